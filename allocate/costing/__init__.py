"""What it would take: what bringing every area to a goal costs, with and without other rules, and by when."""
