"""What `kedge demo` runs: the real engine, on a market and with a source of signals that are made up."""
