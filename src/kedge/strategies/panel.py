"""All indicators over one instrument's bars of one length, for all strategies that look at them.

Each is updated once for each bar, however many ask for it. What is written down of a panel is enough to go on from:
it reads afterwards as it would have without a break.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NoReturn, Self

import msgspec

from kedge.domain.instants import NEVER, Instant, show_instant
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import from_nano, use_exact_arithmetic
from kedge.market.bars import BuiltBar
from kedge.market.hours import Hours
from kedge.strategies.gauges import Fed, Gauge, Raw, gauge_of, name_of
from kedge.strategies.needs import Need
from kedge.strategies.seen import Reading, Seen


class Look(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A bar, and what the indicators said to it, in ticks."""

    built: BuiltBar
    session: Hours | None
    readings: dict[str, Raw]


class PanelState(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What a panel goes on from."""

    tick: Decimal
    last: Look | None
    indicators: dict[str, msgspec.Raw]


_STATE = msgspec.json.Decoder(PanelState)


class Panel:
    """The bars come one by one in their order, each once."""

    def __init__(self, instrument: Instrument, needs: Iterable[Need]) -> None:
        """Cold: nothing is known yet. Raises `ValueError` for a need that cannot be met."""
        self.instrument = instrument
        self._gauges: dict[str, tuple[Need, Gauge, Any]] = {}
        for need in sorted(set(needs), key=name_of):
            gauge = gauge_of(need)
            self._gauges[name_of(need)] = (need, gauge, gauge.made(need.length))
        self._last: Look | None = None
        self._seen: Seen | None = None
        self._views: dict[tuple[tuple[str, Need], ...], Seen] = {}

    @classmethod
    def resumed(cls, instrument: Instrument, needs: Iterable[Need], state: str) -> Self:
        """One that goes on from `state`; what is asked for and was not there begins cold. Raises `ValueError`."""
        panel = cls(instrument, needs)
        try:
            panel._take_up(_STATE.decode(state))
        except msgspec.DecodeError as error:
            _refuse(instrument, str(error))
        return panel

    @property
    def at(self) -> Instant:
        """The close of the last bar; before any there is none."""
        return Instant(-NEVER) if self._last is None else self._last.built.bar.at

    @property
    def needs(self) -> tuple[Need, ...]:
        """All indicators on it, in one order."""
        return tuple(need for need, _, _ in self._gauges.values())

    def state(self) -> str:
        """What `resumed` needs: JSON, the same text for the same panel."""
        indicators = {
            name: msgspec.Raw(msgspec.json.encode(held)) for name, (_, _, held) in self._gauges.items()
        }
        return msgspec.json.encode(PanelState(self.instrument.tick, self._last, indicators)).decode()

    def take(self, built: BuiltBar, hours: Hours | None) -> Seen:
        """The next bar and the session that it lies in: what there is to see, each reading under its own name.

        Raises `ValueError` for a bar that does not come after the one before it.
        """
        use_exact_arithmetic()
        if built.bar.start < self.at:
            raise ValueError(
                f"{self.instrument.symbol}: a bar from {show_instant(built.bar.start)} cannot follow one that "
                f"ended at {show_instant(self.at)}"
            )
        fed = Fed(built, None if hours is None else hours.open, self._is_followed_by(built, hours))
        readings = {name: gauge.fed(held, fed) for name, (_, gauge, held) in self._gauges.items()}
        before = None if self._seen is None else msgspec.structs.replace(self._seen, before=None)
        self._last = Look(built, hours, readings)
        self._seen = seen = self._shown(self._last, before)
        self._views.clear()
        return seen

    def read(self, needs: Mapping[str, Need]) -> Seen:
        """The last bar as a strategy sees it: the readings that it needs, under the names that it has given them.

        Raises `LookupError` before the first bar, and for a need that is not on the panel.
        """
        key = tuple(needs.items())
        view = self._views.get(key)
        if view is None:
            if self._seen is None:
                raise LookupError(f"{self.instrument.symbol}: no bar has come yet")
            names = {name: name_of(need) for name, need in key}
            missing = [own for own in names.values() if own not in self._gauges]
            if missing:
                raise LookupError(f"{self.instrument.symbol}: there is no {missing[0]} on the panel")
            self._views[key] = view = _renamed(self._seen, names)
        return view

    def _is_followed_by(self, built: BuiltBar, hours: Hours | None) -> bool:
        """Whether no bar is lacking between the last one and this one, as far as both lie in one session."""
        last = self._last
        if last is None or last.session is None or hours is None or last.session.open != hours.open:
            return True
        return built.bar.start == last.built.bar.at

    def _shown(self, look: Look, before: Seen | None) -> Seen:
        bar, price = look.built.bar, self.instrument.price
        readings: dict[str, Reading] = {}
        for name, (_, gauge, _) in self._gauges.items():
            raw = look.readings.get(name)
            readings[name] = None if raw is None else gauge.read(self.instrument, raw)
        return Seen(
            instrument=self.instrument.symbol,
            tick=self.instrument.tick,
            start=bar.start,
            end=bar.at,
            open=price(bar.open),
            high=price(bar.high),
            low=price(bar.low),
            close=price(bar.close),
            volume=from_nano(bar.volume),
            missing=look.built.missing,
            session=look.session,
            before=before,
            readings=readings,
        )

    def _take_up(self, state: PanelState) -> None:
        use_exact_arithmetic()
        if state.tick != self.instrument.tick:
            _refuse(self.instrument, f"it is in ticks of {state.tick}, not of {self.instrument.tick}")
        for name, (need, gauge, _) in self._gauges.items():
            raw = state.indicators.get(name)
            if raw is None:
                continue
            held = msgspec.json.decode(raw, type=gauge.type)
            if gauge.length(held) != need.length:
                _refuse(self.instrument, f"what it calls {name} is of {gauge.length(held)}")
            self._gauges[name] = (need, gauge, held)
        self._last = state.last
        if state.last is not None:
            self._seen = self._shown(state.last, None)


def _renamed(seen: Seen, names: Mapping[str, str]) -> Seen:
    """With these names for the readings, and no others, in the bar before it too."""
    before = seen.before
    return msgspec.structs.replace(
        seen,
        before=None if before is None else _renamed(before, names),
        readings={name: seen.readings[own] for name, own in names.items()},
    )


def _refuse(instrument: Instrument, why: str) -> NoReturn:
    raise ValueError(f"{instrument.symbol}: the state of its indicators cannot be read: {why}") from None
