"""A saved run checked without the solvers that made it."""
