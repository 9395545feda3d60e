"""How results show in Jupyter and marimo: HTML without scripts, everything from the data escaped."""
