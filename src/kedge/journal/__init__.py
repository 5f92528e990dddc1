"""The durable, hash-chained record of everything a book decided, and the tables that people read."""
