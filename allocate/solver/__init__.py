"""Numbers only: no files, no names, no pydantic; imports nothing of the project but itself."""
