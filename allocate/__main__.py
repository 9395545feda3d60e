"""``python -m allocate``."""

from allocate.cli import main

main(prog_name="allocate")
