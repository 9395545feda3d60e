"""What `make docs` fills into the pages of the site, taken from the code."""
