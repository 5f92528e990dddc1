"""The door for the same user's other programs: a local socket in the data directory that nobody else can open."""
