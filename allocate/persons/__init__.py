"""Need from persons: a table with a row a person, streamed, weighed and added up by area."""
