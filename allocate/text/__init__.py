"""Words and tables for people; what libraries print by themselves, kept from them."""
