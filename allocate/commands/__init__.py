"""The commands, a module for those that belong together; each imports only click until it is called."""
