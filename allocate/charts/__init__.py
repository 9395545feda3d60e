"""Charts: findings drawn as SVG, for the report, for notebooks and for files."""
