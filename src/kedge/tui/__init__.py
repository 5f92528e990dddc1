"""The dashboard on a terminal: a program of its own that looks at a running engine, and may come and go."""
