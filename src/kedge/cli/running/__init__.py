"""Running an engine from the command line: one run from opening the record to letting go of it, and how it is shown."""
