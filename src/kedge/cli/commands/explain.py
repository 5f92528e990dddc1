"""`kedge explain`: why a signal ended as it did, and what came of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import forms, listing, output
from kedge.cli.commands.attempts import Attempt, attempt_item, attempts_of, show_attempts
from kedge.cli.commands.orders import show_orders
from kedge.cli.commands.strategies import explain_missed
from kedge.cli.completion import offer_signals
from kedge.cli.exits import Told, show_story, story_of
from kedge.cli.forms import Item
from kedge.cli.gates import gate_items, show_gates
from kedge.cli.held import Holdings, beside, claimed
from kedge.cli.listing import oldest_first, page
from kedge.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, examples
from kedge.cli.output import Column
from kedge.cli.record import id_of, reading
from kedge.domain.events import Check, SignalJudged, SignalQueued, SignalRepeated, SignalTaken
from kedge.domain.governing import SignalHeld
from kedge.domain.ids import AccountId, OrderId, SignalId
from kedge.domain.instants import parse_instant, show_instant
from kedge.domain.numbers import ZERO
from kedge.domain.signals import Outcome, SignalKind
from kedge.domain.strategies import Fate
from kedge.engine.clock import system_clock
from kedge.wording import figures
from kedge.wording.phrases import meaning
from kedge.wording.text import Cell
from kedge.wording.times import Calendar, show_moment, show_span

if TYPE_CHECKING:
    from kedge.journal.base import Recorded
    from kedge.journal.reader import Fields, JournalReader

EXAMPLES = examples("kedge explain SIGNAL", "kedge explain SIGNAL --json")


def explain(
    signal_id: Annotated[
        str,
        typer.Argument(
            metavar="SIGNAL", help="The signal's id, or the end of it.", autocompletion=offer_signals
        ),
    ],
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Tell why a signal ended as it did, and what came of it.

    Each gate with its verdict and the figures that it compared; then the orders, the fills, what became of the stop
    and the targets, and the result.
    """
    with reading(data_dir) as reader:
        found = reader.signal(SignalId(signal_id))
        if found is None:
            setups = {str(row["id"]): row for row in reader.setups() if row["fate"] == Fate.MISSED}
            known = [str(row["id"]) for row in reader.signals()] + list(setups)
            full = id_of("signal", signal_id, known)
            if full in setups:
                explain_missed(setups[full], as_json=as_json)
                return
            found = reader.signal(SignalId(full))
        assert found is not None, "the id is one of those listed"
        fields, events = found
        orders = oldest_first(reader.orders(signal=SignalId(str(fields["id"]))), "created")
        fills = [fill for order in orders for fill in reader.fills(order=OrderId(str(order["id"])))]
        story = story_of(reader, fields, orders)
        attempts = attempts_of(reader, orders)
        result = _result(reader, fields, orders)
        journal_id = reader.journal_id
    gates = _gates(fields, events)
    if as_json:
        output.emit(
            {
                "signal": forms.item(fields, forms.SIGNAL),
                "outcome": fields["outcome"],
                "gates": gates,
                "orders": forms.orders(orders),
                "attempts": [attempt_item(attempt) for attempt in attempts],
                "fills": forms.items(fills, forms.FILL),
                "exits": [told.item() for told in story],
                "result": result,
                "approval": _approval(events),
            }
        )
    else:
        _show_signal(fields, events)
        show_gates(gates)
        _show_consequences(orders, fills, attempts, result, journal_id, story)


def _gates(fields: "Fields", events: "Sequence[Recorded]") -> list[Item]:
    """The gates of this kind of signal, as it was judged last; those behind a no were not reached."""
    from kedge.kernel.on_signal import gates_of

    checks, outcome = _checks(events)
    kind = str(fields["kind"] or "")
    closes = any(check.gate == "exit_size" for check in checks) or kind in (SignalKind.EXIT, SignalKind.SELL)
    gates = gates_of(SignalKind(kind), closes=closes) if kind in SignalKind.__members__ else ()
    return gate_items(checks, [gate.__name__ for gate in gates], outcome)


def _checks(events: "Sequence[Recorded]") -> tuple[tuple[Check, ...], Outcome | None]:
    """The last judgement; a no of a person, or nobody's word, ends the one by which the signal was held."""
    judged = [told.event for told in events if isinstance(told.event, SignalJudged)]
    if not judged:
        return (), None
    last, before = judged[-1], judged[:-1]
    if len(last.checks) == 1 and before and before[-1].outcome is Outcome.HELD:
        return before[-1].checks[:-1] + last.checks, last.outcome
    return last.checks, last.outcome


def _waited(events: "Sequence[Recorded]") -> str:
    """How long it waited for the open, or since when."""
    queued = next((told for told in events if isinstance(told.event, SignalQueued)), None)
    if queued is None:
        return ""
    taken = _taken_after(events, queued)
    if taken is None:
        return f"for the open since {show_moment(queued.at)}"
    return f"for the open, {show_span(taken.at - queued.at)}"


def _taken_after(events: "Sequence[Recorded]", told: "Recorded") -> "Recorded | None":
    return next(
        (each for each in events if isinstance(each.event, SignalTaken) and each.seq > told.seq), None
    )


def _approval(events: "Sequence[Recorded]") -> Item | None:
    """Since when it was held for a person and until when, and what was said; None where it never was."""
    held = [told for told in events if isinstance(told.event, SignalHeld)]
    if not held:
        return None
    event = held[-1].event
    assert isinstance(event, SignalHeld), "the others are left out"
    taken = _taken_after(events, held[-1])
    return {
        "held": show_instant(held[-1].at),
        "until": show_instant(event.until),
        "ended": None if taken is None else show_instant(taken.at),
        "said": taken.event.why if taken is not None and isinstance(taken.event, SignalTaken) else None,
    }


def _approval_line(approval: Item | None) -> str:
    if approval is None:
        return ""
    held = show_moment(parse_instant(str(approval["held"])))
    if approval["ended"] is None:
        until = show_moment(parse_instant(str(approval["until"])))
        return f"waits for a yes or no since {held}, until {until}"
    return f"held since {held}; {approval['said']} at {show_moment(parse_instant(str(approval['ended'])))}"


def _result(reader: "JournalReader", signal: "Fields", orders: "Sequence[Fields]") -> Item | None:
    """The position that the signal opened or closed, as a trade once it is complete."""
    ids = {order["id"] for order in orders}
    if not ids:
        return None
    account = AccountId(str(signal["account"]))
    held = Holdings(reader, account)
    for trade in reader.trades(account=account, since=listing.instant(signal["at"])):
        if trade["entry_order"] in ids or trade["exit_order"] in ids or _was_within(orders, trade):
            held.know([trade])
            return {"status": "closed"} | held.trade(trade)
    for position in reader.positions(account=account):
        if position["entry_order"] in ids or _was_within(orders, position):
            held.know([position])
            return {"status": "open"} | held.item(position)
    return None


def _was_within(orders: "Sequence[Fields]", one: "Fields") -> bool:
    """Whether one of the orders has added to this trade or position, or taken a part off it."""
    begun = one.get("entry_time") or one.get("opened")
    ended = one.get("exit_time")
    return any(
        order["instrument"] == one["instrument"]
        and figures.decimal(order["filled"])
        and int(order["created"] or 0) >= int(begun or 0)
        and (ended is None or int(order["created"] or 0) <= int(ended))
        for order in orders
    )


def _show_signal(fields: "Fields", events: "Sequence[Recorded]") -> None:
    at = listing.instant(fields["at"])
    asked = (
        fields["kind"],
        fields["direction"],
        figures.shown_quantity(fields["quantity"]),
        fields["instrument"],
    )
    code = str(fields["code"] or "")
    repeats = sum(isinstance(told.event, SignalRepeated) for told in events)
    output.show_pairs(
        (
            ("Signal", Cell(str(fields["id"]), "bold")),
            ("Asked for", " ".join(str(word) for word in asked if word)),
            ("Account", str(fields["account"])),
            ("Strategy", str(fields["strategy"] or "")),
            ("Reason", str(fields["reason"] or "")),
            ("Strength", str(fields["strength"] or "")),
            ("Stop", str(fields["stop"] or "")),
            ("Beside it", beside(fields)),
            ("Waited" if fields["outcome"] != Outcome.QUEUED else "Waits", _waited(events)),
            ("Approval", _approval_line(_approval(events))),
            ("Judged", show_moment(at) if at is not None else ""),
            ("Outcome", Cell(f"{fields['outcome']}{' ' + code if code else ''}", _style(fields))),
            ("Came again", f"{repeats} times with another content, refused each time" if repeats else ""),
        )
    )
    if code:
        output.paragraph(meaning(code))
    output.say()


def _style(fields: "Fields") -> str:
    if fields["outcome"] in (Outcome.QUEUED, Outcome.HELD):
        return "yellow"
    return "red" if fields["code"] else "green"


def _show_consequences(
    orders: "Sequence[Fields]",
    fills: "Sequence[Fields]",
    attempts: Sequence[Attempt],
    result: Item | None,
    journal_id: str,
    story: Sequence[Told],
) -> None:
    if not orders:
        show_story(story, journal_id)
        return
    output.say()
    show_orders(page(orders, "created", limit=None, after=None), journal_id)
    show_attempts(attempts)
    if fills:
        output.say()
        _show_fills(fills)
    show_story(story, journal_id)
    output.say()
    if result is None:
        output.say("No position came of it.")
    elif result["status"] == "open":
        output.say(
            f"The position is open: {result['direction']} {figures.shown_quantity(result['quantity'])}."
        )
    else:
        pnl = figures.decimal(result["pnl"]) or ZERO
        multiple = figures.shown_multiple(result["r_multiple"])
        output.say_parts(
            f"Result: closed by {str(result['exit_reason']).replace('_', ' ')}, ",
            figures.gain_cell(pnl),
            f" after fees of {figures.money(figures.decimal(result['fees']) or ZERO)}",
            f" ({multiple} R)." if multiple else ".",
        )
        if said := claimed(result):
            output.say(f"The sender of the exit says {said}.")


def _show_fills(fills: "Sequence[Fields]") -> None:
    calendar = Calendar([listing.instant(fill["at"]) for fill in fills], system_clock())
    prices = figures.prices(figures.decimal(fill["price"]) for fill in fills)
    output.show_table(
        (
            Column(f"Time {calendar.zone}"),
            Column("Fill"),
            Column("Role"),
            Column("Side"),
            Column("Size", right=True),
            Column.over("Price", prices),
            Column("Fee", right=True),
        ),
        (
            (
                calendar.show(listing.instant(fill["at"])),
                str(fill["execution"]),
                str(fill["role"]),
                str(fill["side"]),
                figures.shown_quantity(fill["quantity"]),
                price,
                figures.money(figures.decimal(fill["fee"]) or ZERO),
            )
            for fill, price in zip(fills, prices, strict=True)
        ),
    )
