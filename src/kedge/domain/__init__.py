"""Floor 0: the words of the trade. Immutable, exact, and unaware of the world."""
