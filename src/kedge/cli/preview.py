"""What would come of a signal, in the form of `kedge explain`: nothing was done, and that is said."""

from typing import TYPE_CHECKING

from kedge.cli import output
from kedge.cli.errors import Problem
from kedge.cli.forms import Item
from kedge.cli.gates import gate_items, show_gates
from kedge.domain.instants import show_instant
from kedge.domain.numbers import Nano, from_nano, plain
from kedge.domain.signals import Outcome
from kedge.wording.figures import price, quantity
from kedge.wording.phrases import meaning
from kedge.wording.text import Cell

if TYPE_CHECKING:
    from decimal import Decimal

    from kedge.domain.signals import Signal
    from kedge.engine.preview import Preview, PreviewOrder

NOTHING_DONE = "Nothing was done: this was a dry run."
_WOULD = {
    Outcome.ORDERED: "would be ORDERED",
    Outcome.ADJUSTED: "would be ADJUSTED",
    Outcome.REFUSED: "would be REFUSED",
    Outcome.QUEUED: "would wait for the open:",
    Outcome.HELD: "would wait for a person:",
}


def tell_preview(preview: "Preview", *, as_json: bool) -> None:
    """How it would end; an id that is known is answered as it would be."""
    from kedge.engine.answers import Repeat

    answer = preview.answer
    if answer.repeat is Repeat.CONFLICT:
        raise Problem(
            "SIGNAL_CONFLICT",
            f"Signal {answer.signal} is known with another content (it ended as {answer.outcome}): "
            "it would not be taken.",
            facts={"signal": answer.signal, "outcome": answer.outcome},
        )
    gates = gate_items(preview.checks, preview.gates, answer.outcome)
    if as_json:
        output.emit(
            {
                "dry_run": True,
                "signal": None if preview.signal is None else _signal_item(preview.signal, preview),
                "outcome": answer.outcome,
                "repeat": answer.repeat,
                "code": answer.code or None,
                "meaning": meaning(answer.code) or None,
                "gates": gates,
                "would_send": None if preview.order is None else _order_item(preview.order),
                "orders": [],
                "attempts": [],
                "fills": [],
                "exits": [],
                "result": None,
                "approval": None,
            }
        )
        return
    if answer.repeat is Repeat.SAME:
        output.say(
            f"Signal {answer.signal} was sent before and ended as {answer.outcome}: it would not be done again."
        )
        output.say(NOTHING_DONE, "bold")
        return
    would = f"{_WOULD[answer.outcome]} {answer.code}".rstrip().removesuffix(":")
    output.show_pairs(
        (
            ("Outcome", Cell(would, "yellow" if answer.code else "green")),
            ("Order", "" if preview.order is None else _order_line(preview.order)),
        )
    )
    if answer.code:
        output.paragraph(meaning(answer.code))
    output.say()
    show_gates(gates)
    output.say()
    output.say(NOTHING_DONE, "bold")


def _signal_item(signal: "Signal", preview: "Preview") -> Item:
    """As `explain` names its fields; there is no order, and no time at which it was judged."""
    return {
        "id": signal.id,
        "account": signal.account,
        "kind": signal.kind,
        "instrument": signal.instrument,
        "direction": signal.direction,
        "strength": _nano(signal.strength),
        "expected_price": _nano(signal.expected_price),
        "quantity": _nano(signal.quantity),
        "stop": _nano(signal.stop),
        "strategy": signal.strategy,
        "reason": signal.reason,
        "ts": show_instant(signal.ts),
        "at": None,
        "outcome": preview.answer.outcome,
        "code": preview.answer.code or None,
        "order_id": None,
        "metadata": signal.metadata,
        "pnl": _nano(signal.pnl),
    }


def _order_item(order: "PreviewOrder") -> Item:
    return {
        "instrument": order.instrument,
        "side": order.side,
        "type": order.type,
        "quantity": plain(order.quantity),
        "limit_price": _plain(order.limit_price),
        "stop_price": _plain(order.stop_price),
        "stop": _plain(order.stop),
        "targets": [
            {"price": plain(target.price), "quantity": plain(target.quantity)} for target in order.targets
        ],
    }


def _order_line(order: "PreviewOrder") -> str:
    how = "at the market" if order.type == "market" else str(order.type).replace("_", " ")
    if order.limit_price is not None or order.stop_price is not None:
        parts = (("stop", order.stop_price), ("limit", order.limit_price))
        how = " ".join(f"{name} {price(at)}" for name, at in parts if at is not None)
    told = [f"{order.side} {quantity(order.quantity)} {order.instrument} {how}"]
    if order.stop is not None:
        told.append(f"its stop at {price(order.stop)}")
    told += [f"{quantity(target.quantity)} out at {price(target.price)}" for target in order.targets]
    return ", ".join(told)


def _plain(number: "Decimal | None") -> str | None:
    return None if number is None else plain(number)


def _nano(number: Nano | None) -> str | None:
    return None if number is None else plain(from_nano(number))
