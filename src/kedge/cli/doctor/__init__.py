"""What `kedge doctor` looks at: the machine, the settings, the data directory and the record in it.

Each module gives findings; none of them changes anything, and none needs an engine.
"""
