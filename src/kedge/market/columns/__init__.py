"""The same indicators over whole columns at once, to the same last bit: for replays and studies of long histories."""
