"""The simulated exchange as a venue: in the same process (paper) or at the far end of a socket."""
