"""Indicators that take one piece at a time, in constant memory. Each is its own state: encode it to save it."""
