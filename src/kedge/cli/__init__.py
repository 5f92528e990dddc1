"""Floor 8: the command line. It reads through the journal's reader and acts through the engine's doors."""
