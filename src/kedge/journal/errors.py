"""What can go wrong with a journal. Each class says what the engine does next.

JournalError
├── NoJournalError          there is none here
├── NotAJournalError        the file is something else
├── NewerJournalError       a newer program wrote it
├── CorruptError            the record is damaged; `seq` says where
├── JournalInUseError       another process writes it
├── NotReadableError        it cannot be read here and now
├── NotWritableError        it cannot be written here and now
├── DiskFullError           no room, not even in the reserve
├── StaleEpochError         another process has taken the book over
├── SyncFailedError         the disk broke its word
├── VanishedError           the file is gone from under the engine
└── OutOfOrderError         the steps do not continue the record
"""


class JournalError(Exception):
    """Base of all of them. None may be passed over: nothing that was refused here has happened."""


class NoJournalError(JournalError):
    """No journal in this directory. Readers say so and end; the engine makes one and never sees this."""


class NotAJournalError(JournalError):
    """The file holds something else. Nothing was changed; a person names another directory."""


class NewerJournalError(JournalError):
    """A newer program wrote the journal. This one leaves it alone and ends; a person installs the newer one."""


class CorruptError(JournalError):
    """The record is damaged from `seq` on. The engine does not start; a person restores a copy and compares."""

    def __init__(self, message: str, seq: int = 0) -> None:
        super().__init__(message)
        self.seq = seq


class JournalInUseError(JournalError):
    """Another process has the data directory. This one ends without having touched anything."""


class NotReadableError(JournalError):
    """The journal cannot be read (permissions, a foreign lock). Readers say so and end; so does the engine."""


class NotWritableError(JournalError):
    """The journal cannot be written (permissions, a foreign lock). The engine ends; a person makes it writable."""


class DiskFullError(JournalError):
    """No room for the batch, the reserve included.

    The engine's memory is now ahead of the record, so it may only append the same batch again once there is room,
    or end the process. Nothing of the batch may be acted on. What rests at the venue goes on protecting.
    """


class StaleEpochError(JournalError):
    """Another process has taken the book over. End this process at once and send nothing more."""


class SyncFailedError(JournalError):
    """The disk failed to write or sync. End the process at once and never try again: after a failed sync the
    system may call pages clean that never reached the disk, so a second try would report a success that is none.
    Whether the batch is in the record is known after the restart only."""


class VanishedError(JournalError):
    """The journal's file was deleted or replaced while the engine wrote it: what is written now goes nowhere that a
    restart would find. End the process at once; a person looks for the disk or the directory.
    """


class OutOfOrderError(JournalError):
    """The steps do not continue the record: a fault of the program. Nothing was written; end the process."""
