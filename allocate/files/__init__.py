"""Files: read whole or refused, written whole or not at all; tables as they stand in them."""
