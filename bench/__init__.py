"""How fast allocate is, measured against something that is known to be fast: ``python -m bench``."""
