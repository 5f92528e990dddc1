"""Why an engine does not start, or does nothing any more."""


class EngineStoppedError(Exception):
    """The engine is not running (any more): nothing was done, hand it in again after the restart."""


class LeftBehindError(Exception):
    """The record holds something open that these settings do not know. Nothing was started; a person decides."""


class ContractsUnknownError(Exception):
    """Which contract of a future is traded now cannot be told. Nothing was started; a newer program may know."""


class NotDoneError(Exception):
    """What a person asked for cannot be done, and was not; that is recorded."""
