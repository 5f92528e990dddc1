"""What goes wrong between an exchange and its clients, at seeded rates; all off unless asked for.

The exchange itself never errs: its ledger tells what really happened. Only what clients hear of it, and when, is bent.
Each kind of fault draws from its own generator, so that turning one on does not move the others.
"""

from random import Random

import msgspec

from kedge.domain.inputs import VenueReport


class Faults(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How often each thing goes wrong: rates from 0 (never) to 1 (always)."""

    lose_answer: float = 0.0  # done, but neither the answer nor its reports are told
    delay_answer: float = 0.0  # answered `delay_seconds` later
    late_submit: float = 0.0  # a submit is looked at `late_seconds` after it came
    refuse_cancel: float = 0.0  # a cancel is refused, and not done
    close_after: float = 0.0  # done, and the connection is cut in place of the answer
    drop_report: float = 0.0  # a report is never pushed
    duplicate_report: float = 0.0  # a report is pushed twice
    reorder_report: float = 0.0  # a report is pushed after the one that follows it
    delay_seconds: float = 0.5
    late_seconds: float = 1.0

    def __post_init__(self) -> None:
        """Refuse rates that are none."""
        for name in self.__struct_fields__:
            number: float = getattr(self, name)
            if not 0 <= number <= (3600 if name.endswith("_seconds") else 1):
                raise ValueError(f"faults: {name} is out of range: {number}")


class Fate(msgspec.Struct, frozen=True):
    """What is to happen to one request."""

    late: bool = False
    refused: bool = False
    lost: bool = False
    cut: bool = False
    delayed: bool = False


class Mischief:
    """Deals the faults out."""

    def __init__(self, faults: Faults, seed: int) -> None:
        self.faults = faults
        self._dice = {name: Random(f"{seed}:{name}") for name in Faults.__struct_fields__}
        self._held: list[VenueReport] = []

    def fate(self, *, is_submit: bool, is_cancel: bool = False) -> Fate:
        """What happens to the next request that changes something."""
        return Fate(
            late=self._strikes("late_submit") and is_submit,
            refused=is_cancel and self._strikes("refuse_cancel"),
            lost=self._strikes("lose_answer"),
            cut=self._strikes("close_after"),
            delayed=self._strikes("delay_answer"),
        )

    def bend(self, reports: list[VenueReport]) -> list[VenueReport]:
        """The reports as they are to be pushed; one that is held back comes with a later call, or by `release`."""
        bent: list[VenueReport] = []
        for report in reports:
            if self._strikes("drop_report"):
                continue
            copies = [report] * (2 if self._strikes("duplicate_report") else 1)
            if self._strikes("reorder_report") and not self._held:
                self._held = copies
            else:
                bent += copies + self.release()
        return bent

    @property
    def holds(self) -> bool:
        """Whether a report is held back."""
        return bool(self._held)

    def release(self) -> list[VenueReport]:
        """What is held back, when nothing came to overtake it."""
        held, self._held = self._held, []
        return held

    def _strikes(self, name: str) -> bool:
        rate: float = getattr(self.faults, name)
        return self._dice[name].random() < rate
