"""Many points of one scenario: budgets, parameters, need shares and rule limits varied together."""
