"""Proving finished allocations, and repeating saved runs; nothing here shares anything out."""
