"""Following a kill switch until the venues have confirmed what it did, and telling how far it came."""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import output
from kedge.cli.errors import Problem
from kedge.cli.live import Line
from kedge.cli.options import read_seconds
from kedge.domain.accounts import TradingState
from kedge.domain.ids import AccountId
from kedge.domain.instants import show_instant
from kedge.domain.kill import KillMode, KillReport, Left
from kedge.wording.killing import counted
from kedge.wording.text import Cell

if TYPE_CHECKING:
    from kedge.engine.control.messages import KillSeen

TIMEOUT_SECONDS = 30.0
_LOOK_SECONDS = 0.1
_NAMED_MAX = 10  # in a sentence; programs get all of them

Cancels = Annotated[bool, typer.Option("--cancel", help="Withdraw entries that are not filled yet.")]
Flattens = Annotated[
    bool, typer.Option("--flatten", help="Withdraw entries, and close every position at the market.")
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        parser=read_seconds,
        help="How long to wait for the venues to confirm it: 30 unless told.",
    ),
]


def mode_of(*, cancel: bool, flatten: bool) -> KillMode:
    """What the options ask for."""
    return KillMode.FLATTEN if flatten else KillMode.CANCEL if cancel else KillMode.BLOCK


def throw(
    line: Line,
    mode: KillMode,
    why: str,
    seconds: float | None,
    account: AccountId | None = None,
    *,
    as_json: bool,
) -> None:
    """Throw the switch, wait for the venues' word, and tell what came of it; not confirmed is a failure."""
    from kedge.engine.control.messages import ThrowKill

    changed = bool(line.do(ThrowKill(mode, why, account)).items)
    said = _halted(account, changed=changed)
    timeout = TIMEOUT_SECONDS if seconds is None else seconds
    seen = _look(line, account) if not mode.withdraws else _follow(line, account, timeout, said)
    report = seen.report if mode.withdraws else None
    document: dict[str, object] = {"trading": TradingState.HALTED, "account": account, "changed": changed}
    document |= {"mode": mode, "resting": seen.resting} if report is None else report_item(report)
    if report is not None and not report.confirmed:
        problem = f"{said} {' '.join(sentences(report))} Not confirmed within {timeout:g} s; {_GOES_ON}"
        raise Problem("NOT_CONFIRMED_BY_VENUE", problem, facts=document)
    if as_json:
        output.emit(document)
        return
    output.say(said, "bold red")
    if report is not None:
        for sentence in sentences(report):
            output.say(sentence)
    elif seen.resting:
        there = counted(len(seen.resting), "entry rests", "entries rest")
        output.say(f"{there} at their venues and can still fill: --cancel withdraws them.")


_GOES_ON = "the engine goes on with it, and `kedge status` shows how far it is."


def report_item(report: KillReport) -> dict[str, object]:
    """As programs get it."""
    return {
        "mode": report.mode,
        "account": report.account,
        "who": report.who,
        "why": report.why,
        "since": show_instant(report.since),
        "confirmed": report.confirmed,
        "orders": {
            "asked": report.orders,
            "cancelled": report.cancelled,
            "filled": report.filled,
            "left": [_left_item(left) for left in report.orders_left],
        },
        "positions": {
            "asked": report.positions,
            "closed": report.closed,
            "left": [_left_item(left) for left in report.positions_left],
        },
        "not_of_this_book": list(report.foreign),
        "silent": list(report.silent),
    }


def sentences(report: KillReport) -> list[str]:
    """As people get it, one thing after the other."""
    said = []
    if report.orders or report.orders_left:
        filled = f", {report.filled} filled before that" if report.filled else ""
        gone = f"{report.cancelled} of {counted(report.orders, 'order is', 'orders are')} cancelled{filled}"
        said.append(f"{gone}{_rest(report.orders_left)}.")
    else:
        said.append("There was no entry to cancel.")
    if report.mode.closes:
        if report.positions or report.positions_left:
            gone = f"{report.closed} of {counted(report.positions, 'position is', 'positions are')} closed"
            said.append(f"{gone}{_rest(report.positions_left)}.")
        else:
            said.append("There was no position to close.")
    if report.foreign:
        names = ", ".join(report.foreign[:_NAMED_MAX])
        said.append(f"The venue shows orders that are not of this book's making: {names}. Cancel them there.")
    if report.confirmed:
        said.append("The venues have confirmed it.")
    elif report.silent:
        said.append(f"Its venue has not said what is open in account {', '.join(report.silent)}.")
    return said


def kill_cell(report: KillReport) -> Cell:
    """One line of `kedge status`."""
    whose = "" if report.account is None else f"account {report.account}: "
    text = f"{whose}{report.mode} ({report.who}: {report.why}). {' '.join(sentences(report))}"
    return Cell(text, "" if report.confirmed else "bold red")


def _rest(left: tuple[Left, ...]) -> str:
    if not left:
        return ""
    named = [f"{each.id or each.instrument} ({each.why})" for each in left[:_NAMED_MAX]]
    more = f" and {len(left) - _NAMED_MAX} more" if len(left) > _NAMED_MAX else ""
    return f"; {len(left)} could not be: {', '.join(named)}{more}"


def _left_item(left: Left) -> dict[str, object]:
    return {"id": left.id or None, "account": left.account, "instrument": left.instrument, "why": left.why}


def _halted(account: AccountId | None, *, changed: bool) -> str:
    what = "Trading" if account is None else f"Account {account}"
    return f"{what} is halted." if changed else f"{what} was halted already."


def _look(line: Line, account: AccountId | None) -> "KillSeen":
    from kedge.engine.control.messages import KillSeen, LookAtKill

    answer = line.ask(LookAtKill(account))
    assert isinstance(answer, KillSeen), "this question has no other answer"
    return answer


def _follow(line: Line, account: AccountId | None, timeout: float, said: str) -> "KillSeen":
    """Look until it is confirmed, or the time is over; on a terminal the figures go by."""
    deadline, tell = time.monotonic() + timeout, _teller()
    while True:
        try:
            seen = _look(line, account)
        except Problem as problem:
            if problem.code not in ("NO_ANSWER", "ENGINE_STOPPED"):
                raise
            raise Problem(
                "NOT_CONFIRMED_BY_VENUE",
                f"{said} That is in the record, but the engine has ended before it was confirmed: start it again, "
                "and it goes on with it.",
            ) from None
        report = seen.report
        if report is None or report.confirmed or time.monotonic() >= deadline:
            tell("")
            return seen
        tell(
            f"{report.cancelled} of {report.orders} orders cancelled"
            + (f", {report.closed} of {report.positions} positions closed" if report.mode.closes else "")
        )
        time.sleep(_LOOK_SECONDS)


def _teller() -> Callable[[str], None]:
    """Writes over one line of a terminal; elsewhere nothing is written."""
    if not (sys.stderr and sys.stderr.isatty()):
        return lambda _: None
    shown = ""

    def tell(text: str) -> None:
        nonlocal shown
        if text != shown:
            sys.stderr.write(f"\r{text.ljust(len(shown))}" + ("" if text else "\r"))
            sys.stderr.flush()
            shown = text

    return tell
