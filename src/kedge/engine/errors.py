"""Why an engine does not start."""


class LeftBehindError(Exception):
    """The record holds something open that these settings do not know. Nothing was started; a person decides."""


class ContractsUnknownError(Exception):
    """Which contract of a future is traded now cannot be told. Nothing was started; a newer program may know."""
