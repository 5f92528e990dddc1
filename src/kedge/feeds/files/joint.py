"""Several files of one instrument and kind are parts of one recording: where they overlap they must tell the same.

What two of them tell alike is handed on once, and counted. Where one tells otherwise or leaves out what another one
tells, while it goes on, nobody knows which is right, and that is an error. Only a cut may part the rows of one stamp:
the file before it then holds the first of them, the file behind it the rest.

Nothing but the rows of one stamp is kept. Whether a file goes on is known when it tells again, so what it has left out
is kept in mind until then.
"""

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Final

import msgspec

from kedge.domain.ids import Symbol
from kedge.domain.instants import MINUTE, Instant, Span, show_instant
from kedge.domain.quotes import Bar, MarketData
from kedge.feeds.errors import BadFileError
from kedge.feeds.files.recorded_file import RecordedFile

Row = tuple[
    int, int, MarketData
]  # its key (time, or number of arrival), the number of its file, and what it tells
Thing = tuple[
    type[MarketData], Symbol, int
]  # what can be told twice; bars of another length are another thing
Told = dict[int, list[MarketData]]  # by file

_NONE: Final = -1
_DAY: Final = Span(24 * 60 * MINUTE)
_TWICE: Final = "told by two files"
_RULE: Final = "files of one instrument and kind must tell the same where they overlap"


class _Tellers(msgspec.Struct):
    """The files that tell of one thing."""

    going: dict[int, None] = {}  # they have begun, and left nothing out
    ended: dict[int, tuple[Instant, int]] = {}  # they left something out: when, and which file told it


class _Share(msgspec.Struct):
    """What one file adds to what several tell with one key."""

    place: tuple[int, int]  # what orders it among the others
    known: int = 0  # so many of its rows have been told by those before it


class Joint:
    """Joins rows of files that come in the order of their keys."""

    def __init__(self, files: Sequence[RecordedFile], *, by_arrival: bool) -> None:
        self._files = files
        self._by_arrival = by_arrival
        self._tellers: dict[Thing, _Tellers] = {}
        self._alone: dict[
            Thing, int
        ] = {}  # the file, where only one goes on: then there is nothing to compare

    def join(self, rows: Iterator[Row]) -> Iterator[MarketData]:
        """Each row once; raises `BadFileError` where files contradict each other."""
        current = 0
        waiting: list[tuple[int, MarketData]] = []
        for key, file, item in rows:
            if key != current and waiting:
                if len(waiting) == 1 and self._alone.get(self._thing(waiting[0][1])) == waiting[0][0]:
                    yield waiting.pop()[1]
                else:
                    yield from self._joined(waiting)
                    waiting = []
            current = key
            waiting.append((file, item))
        yield from self._joined(waiting)

    def _joined(self, rows: Sequence[tuple[int, MarketData]]) -> list[MarketData]:
        """The rows of one key: in the order of the files, but those behind a cut after those before it."""
        things: dict[Thing, Told] = {}
        for file, item in rows:
            things.setdefault(self._thing(item), {}).setdefault(file, []).append(item)
        shares = {thing: self._go_on(thing, told) for thing, told in things.items()}
        chosen: list[tuple[tuple[int, int], MarketData]] = []
        for file, item in rows:
            share = shares[self._thing(item)][file]
            if share.known:
                share.known -= 1
            else:
                chosen.append((share.place, item))
        return [item for _, item in sorted(chosen, key=itemgetter(0))]

    def _thing(self, item: MarketData) -> Thing:
        if self._by_arrival:  # the recorder makes a part for each day, and those of two days may take turns
            return type(item), item.instrument, item.at // _DAY
        return type(item), item.instrument, item.at - item.start if isinstance(item, Bar) else 0

    def _go_on(self, thing: Thing, told: Told) -> dict[int, _Share]:
        """What each file adds to what the others tell with one key."""
        tellers = self._tellers.get(thing)
        if tellers is None:
            tellers = self._tellers[thing] = _Tellers()
        at = next(iter(told.values()))[0].at
        for file in told:
            if file in tellers.ended:
                left_out, other = tellers.ended[file]
                raise self._contradiction(
                    file, other, f"goes on, but lacks {_called(thing, left_out)}, told by"
                )
        shares = self._shares(thing, told, tellers, at)
        if tellers.going.keys() != told.keys():
            for file in [file for file in tellers.going if file not in told]:
                del tellers.going[file]
                tellers.ended[file] = at, next(iter(told))
            tellers.going |= dict.fromkeys(file for file in told if file not in tellers.ended)
        self._alone[thing] = next(iter(tellers.going)) if len(tellers.going) == 1 else _NONE
        return shares

    def _shares(self, thing: Thing, told: Told, tellers: _Tellers, at: Instant) -> dict[int, _Share]:
        first, *others = sorted(told, key=lambda file: (file not in tellers.going, file))
        shares = {first: _Share((first, 0))}
        if not others:
            return shares
        exact = self._by_arrival or issubclass(thing[0], Bar)  # of one key there is one: no cut can part it
        joined = list(told[first])
        for number, file in enumerate(others, 1):
            own = told[file]
            known = _known(joined, own, begins=file not in tellers.going, exact=exact)
            if known is None:
                raise self._contradiction(file, first, f"tells otherwise of {_called(thing, at)} than")
            self._files[file].told_again(known, _TWICE)
            if known < len(own):  # the others have ended before
                for before in shares:
                    tellers.ended[before] = at, file
                    tellers.going.pop(before, None)
                joined += own[known:]
            elif own != (
                joined if file in tellers.going else joined[-known:]
            ):  # it ends, for it lacks what follows
                tellers.ended[file] = at, first
                tellers.going.pop(file, None)
            shares[file] = _Share((max(file, *(share.place[0] for share in shares.values())), number), known)
        return shares

    def _contradiction(self, file: int, other: int, how: str) -> BadFileError:
        return BadFileError(self._files[file].path, f"{how} {self._files[other].path}; {_RULE}")


def _called(thing: Thing, at: Instant) -> str:
    kind, symbol, _ = thing
    return f"the {kind.__name__.lower()} of {symbol} at {show_instant(at)}"


def _known(joined: list[MarketData], own: list[MarketData], *, begins: bool, exact: bool) -> int | None:
    """How many of its own rows a file has in common with what others tell of a stamp; None where they contradict."""
    if own == joined:
        return len(own)
    shorter = min(len(own), len(joined))
    if exact:
        return None
    if own[:shorter] == joined[:shorter]:
        return shorter
    if not begins:
        return None
    if any(joined[place : place + len(own)] == own for place in range(len(joined))):
        return len(own)
    for known in range(shorter, 0, -1):
        if joined[-known:] == own[:known]:
            return known
    return None if any(item in joined for item in own) else 0
