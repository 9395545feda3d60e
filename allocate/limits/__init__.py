"""What rules say in £, and the limits of areas, groups and compared groups that follow from it."""
