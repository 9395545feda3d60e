"""Rule books and scenarios: read strictly, merged, checked and said in words before any number is."""
