"""Words and tables for people; what nobody sees or asked for, kept from them."""
