"""Floor 5: the live shell. Inputs in one order → kernel → journal → commands → reports, which are inputs again."""
