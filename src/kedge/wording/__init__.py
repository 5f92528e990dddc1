"""How figures, times and events read to people: one wording for the command line, the dashboard and whatever comes."""
