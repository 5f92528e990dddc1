"""Why an engine does not start."""


class LeftBehindError(Exception):
    """The record holds something open that these settings do not know. Nothing was started; a person decides."""
