"""Runs strategies: bars in, what they say out, as one input for the book."""
