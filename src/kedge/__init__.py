"""Kedge turns trading signals into protected orders and never loses track of one."""

__version__ = "0.1.0"
