"""Floor 1: a simulated exchange, pure and seeded: the far end of replay, paper trading and the local venue servers."""
