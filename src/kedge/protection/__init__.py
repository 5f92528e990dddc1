"""Floor 0: where stops and targets go, as arithmetic on prices and quantities."""
