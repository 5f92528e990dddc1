"""A run as people see it: what runs, what happens, what came of it."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from kedge import __version__
from kedge.cli import output
from kedge.cli.logs import LOG_FILE, log_to_file, log_to_stderr
from kedge.cli.options import DEFAULT_DATA_DIR
from kedge.cli.output import Column, OutputError, ReaderGoneError
from kedge.cli.running.crier import Crier
from kedge.cli.running.run import Plan, Run
from kedge.cli.running.screen import Screen, has_screen
from kedge.cli.running.tally import Summary
from kedge.domain.accounts import TradingState
from kedge.domain.ids import AccountId
from kedge.domain.numbers import ZERO
from kedge.wording import figures
from kedge.wording.text import Cell

log = logging.getLogger("kedge.run")

_HELD_BACK = "entries are refused until `kedge kill off`"


class Heading(NamedTuple):
    """What is said of a run before it begins."""

    title: str
    pairs: Sequence[tuple[str, str]]
    accounts: Mapping[AccountId, str]  # what each of them does


async def run(plan: Plan, heading: Heading, *, as_json: bool, headless: bool) -> None:
    """Run what was asked for, and tell of it: by a dashboard where there is a screen for one, else line by line."""
    if as_json:
        log_to_stderr()
        opened = Run(plan)
        summary = await opened.run()
        output.emit(summary.document(str(plan.settings.data_dir), opened.journal_id))
        return
    if headless or not has_screen():
        log_to_stderr()
        summary = await _run_in_lines(plan, heading)
    else:
        summary = await _run_on_screen(plan, heading)
    try:
        _say_summary(summary, plan.settings.data_dir)
    except ReaderGoneError:
        if plan.ends_unheard:
            raise
        output.discard()  # it has ended in order, and that is what its status tells


async def _run_in_lines(plan: Plan, heading: Heading) -> Summary:
    opened = Run(plan)
    cries = _Cries(plan, opened)
    if await _is_heading_heard(opened, plan, heading):
        cries.begin()
    try:
        summary = await opened.run()
    finally:
        heard = cries.end()
    if not heard:
        raise ReaderGoneError
    return summary


async def _run_on_screen(plan: Plan, heading: Heading) -> Summary:
    """The heading stays on the terminal below the dashboard, for when it is gone again."""
    data_dir, cries = plan.settings.data_dir, _Cries(plan)
    screen = Screen(data_dir, cries.begin)
    opened = cries.run = Run(plan._replace(crew=lambda engine: [*plan.crew(engine), screen.attend()]))
    log_to_file(data_dir / LOG_FILE)
    await _is_heading_heard(opened, plan, heading)
    try:
        return await opened.run()
    finally:
        cries.end()


class _Cries:
    """The lines of a run, once somebody wants them."""

    def __init__(self, plan: Plan, opened: Run | None = None) -> None:
        self._plan = plan
        self.run = opened
        self._crier: Crier | None = None

    def begin(self) -> None:
        """Say what happens from now on."""
        opened, loop = self.run, asyncio.get_running_loop()
        assert opened is not None, "there is a run before there is anything to say of it"
        end = partial(_end_from_elsewhere, loop, opened)
        self._crier = Crier(opened.state, end if self._plan.ends_unheard else _go_on_without)
        opened.subscribe(self._crier.take)

    def end(self) -> bool:
        """Say what is left; False when nobody listens any more."""
        return self._crier is None or self._crier.close()


def _end_from_elsewhere(loop: asyncio.AbstractEventLoop, opened: Run, _error: Exception) -> None:
    with suppress(RuntimeError):  # the loop has ended before
        loop.call_soon_threadsafe(opened.end)


def _go_on_without(error: Exception) -> None:
    """What is open needs its engine, whether somebody reads of it or not."""
    if isinstance(error, ReaderGoneError):
        log.warning("nobody reads the lines any more; the engine goes on without them")
        output.discard()
    else:
        log.warning("%s The engine goes on without its lines.", error)


async def _is_heading_heard(opened: Run, plan: Plan, heading: Heading) -> bool:
    try:
        _tell_heading(opened, plan, heading)
    except BaseException as error:
        if isinstance(error, ReaderGoneError | OutputError) and not plan.ends_unheard:
            _go_on_without(error)
            return False
        await opened.close()
        raise
    return True


def _tell_heading(opened: Run, plan: Plan, heading: Heading) -> None:
    events, trading = opened.state.seq, opened.trading
    before = f"goes on after {events:,} events" if events else "new"
    output.say(f"kedge {__version__} {heading.title}", "bold")
    output.show_pairs(
        (
            ("Data", f"{plan.settings.data_dir} (journal {opened.journal_id}, {before})"),
            *heading.pairs,
            ("Ends", "at Ctrl-C" if plan.seconds is None else f"after {plan.seconds:g} s, or at Ctrl-C"),
            (
                "Trading",
                "" if trading is TradingState.ACTIVE else Cell(f"{trading}: {_HELD_BACK}", "bold red"),
            ),
            *(
                (
                    f"Account {account.id}",
                    f"{figures.money(opened.cash(account))} {account.currency}, {heading.accounts[account.id]}",
                )
                for account in plan.settings.accounts
            ),
        )
    )
    output.say()


def _say_summary(summary: Summary, data_dir: Path) -> None:
    tally = summary.tally
    output.say()
    output.say(f"Ended in order after {summary.seconds:.1f} s. This run:", "bold")
    output.show_pairs(
        (
            ("Signals", f"{tally.signals}, of which {tally.refused} refused"),
            ("Orders", f"{tally.orders}, with {tally.fills} fill{'s' if tally.fills != 1 else ''}"),
            ("Trades", f"{tally.trades}: {tally.wins} won, {tally.losses} lost"),
            ("P&L", figures.gain_cell(tally.pnl)),
            ("Fees", figures.money(tally.fees)),
            ("Anomalies", Cell(str(tally.anomalies), "bold red") if tally.anomalies else ""),
        )
    )
    output.say()
    output.show_table(
        (
            Column("Account"),
            Column("Cash", right=True),
            Column("Realised", right=True),
            Column("Fees", right=True),
            Column("Trades", right=True),
            Column("Won/lost", right=True),
            Column("Open"),
        ),
        (
            (
                account.terms.id,
                figures.money(account.cash),
                figures.gain_cell(account.realised),
                figures.money(account.fees),
                str(account.trades),
                f"{account.wins}/{account.losses}",
                ", ".join(
                    f"{'LONG' if position.quantity > ZERO else 'SHORT'} {figures.quantity(position.quantity)} "
                    f"{position.instrument}"
                    for position in summary.positions
                    if position.account == account.terms.id
                )
                or "flat",
            )
            for account in summary.accounts
        ),
    )
    output.say()
    output.show_pairs((("Record", f"{summary.head.seq:,} events"), ("Head", summary.head.hash.hex())))
    output.say()
    where = "" if data_dir == DEFAULT_DATA_DIR else f" --data-dir {data_dir}"
    output.say(f"Look further: kedge status{where}")
