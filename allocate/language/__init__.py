"""The rule language: text that knows its place, tokens, expressions, names, and their values."""
