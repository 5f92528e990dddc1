"""Floor 4: the port to venues and its adapters. The kernel plans by capabilities; only adapters know a vendor."""
