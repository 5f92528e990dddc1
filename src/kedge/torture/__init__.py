"""Floor 7: bad days, made from one seed, and an auditor who keeps books of his own."""
