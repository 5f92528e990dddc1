"""Signals out of Python: mappings in the JSON form (`kedge.domain.signal_form`), with names that an editor can offer.

    await engine.signal(Entry("SPY", "LONG", account="alpha", strength=82, stop="588.00", target="597.00"))

Being mappings they can be printed, stored and sent as JSON. They are checked where they are handed in, not here.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

Number = Decimal | int | float | str


class _Form(dict[str, Any]):
    """A signal; what was left out is absent."""

    def __init__(self, **fields: Any) -> None:
        super().__init__((name, _plain(value)) for name, value in fields.items() if value is not None)


class Entry(_Form):
    """Open a position, `LONG` or `SHORT`: at the market unless `order` says otherwise."""

    def __init__(  # noqa: PLR0913 (the fields of the JSON form)
        self,
        instrument: str,
        direction: str,
        *,
        account: str,
        id: str | None = None,  # noqa: A002 (the name that it has in the JSON form)
        ts: datetime | str | None = None,
        strength: Number | None = None,
        expected_price: Number | None = None,
        quantity: Number | None = None,
        order: Mapping[str, Any] | None = None,
        stop: Number | Mapping[str, Any] | None = None,
        target: Number | None = None,
        targets: Iterable[Mapping[str, Any] | str] | None = None,
        strategy: str | None = None,
        reason: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """`stop` is a price, a method ("atr:1.5", or `{"method": "atr", "value": 1.5}`), or "none" where the account
        allows that; `target` is short for one target of 100 %, at a price or at so many R ("2R").
        """
        if target is not None and targets is not None:
            raise ValueError("give either target or targets, not both")
        super().__init__(
            kind="ENTRY",
            account=account,
            instrument=instrument,
            direction=direction,
            id=id,
            ts=ts,
            strength=strength,
            expected_price=expected_price,
            quantity=quantity,
            order=order,
            stop=_stop(stop),
            targets=targets if target is None else (str(target),),
            strategy=strategy,
            reason=reason,
            metadata=metadata,
        )


class Exit(_Form):
    """Close a position, or the `quantity` of it, or `pct` percent; `pnl` is what you think that it has made."""

    def __init__(  # noqa: PLR0913 (the fields of an exit, each by its name)
        self,
        instrument: str,
        *,
        account: str,
        direction: str | None = None,
        id: str | None = None,  # noqa: A002
        ts: datetime | str | None = None,
        quantity: Number | None = None,
        pct: Number | None = None,
        pnl: Number | None = None,
        order: Mapping[str, Any] | None = None,
        strategy: str | None = None,
        reason: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(
            kind="EXIT",
            account=account,
            instrument=instrument,
            direction=direction,
            id=id,
            ts=ts,
            quantity=quantity,
            pct=pct,
            pnl=pnl,
            order=order,
            strategy=strategy,
            reason=reason,
            metadata=metadata,
        )


class StopAdjustment(_Form):
    """Move a position's stop, or its targets."""

    def __init__(
        self,
        instrument: str,
        stop: Number | Mapping[str, Any] | None = None,
        *,
        targets: Iterable[Mapping[str, Any] | str] | None = None,
        account: str,
        direction: str | None = None,
        id: str | None = None,  # noqa: A002
        ts: datetime | str | None = None,
        strategy: str | None = None,
        reason: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(
            kind="STOP_ADJUSTMENT",
            account=account,
            instrument=instrument,
            direction=direction,
            stop=_stop(stop),
            targets=targets,
            id=id,
            ts=ts,
            strategy=strategy,
            reason=reason,
            metadata=metadata,
        )


def _stop(stop: Number | Mapping[str, Any] | None) -> object:
    return stop if stop is None or isinstance(stop, Mapping) else str(stop)


def _plain(value: object) -> object:
    """A value as JSON knows it; numbers become decimal text, so that nothing on the way makes floats of them."""
    match value:
        case bool() | str():
            return value
        case Decimal() | int() | float():
            return str(value)
        case datetime():
            return value.isoformat()
        case Mapping():
            return {str(name): _plain(held) for name, held in value.items()}
        case Iterable():
            return [_plain(held) for held in value]
        case _:
            return value
