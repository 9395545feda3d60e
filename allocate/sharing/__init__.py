"""How the pot is shared out within limits: ways, tranches, rules that give way, rules that clash."""
