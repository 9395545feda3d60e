"""How sure results are: the scenario solved again for draws of what need may be instead."""
