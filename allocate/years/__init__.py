"""Several years, one after the other: what is given is never taken back, whatever happens between them."""
