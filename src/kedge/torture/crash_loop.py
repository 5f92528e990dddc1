"""`kill -9`, again and again: the real engine under load, killed at random moments, judged by the exchange's ledger.

The exchange is a process of its own and lives on. After each kill what was acknowledged and what the exchange took is
compared with the journal as the dead process left it. Every few kills the exchange is calmed (its market stands still
and nothing more gets lost), the engine is started once more without load, and when nothing is open to question all
books are inspected.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec

from kedge.domain.ids import SignalId
from kedge.engine.answers import SignalAnswer
from kedge.journal.errors import JournalError
from kedge.torture.inspection import inspect
from kedge.torture.processes import ExchangeProcess, Life, ProcessError
from kedge.torture.recorded import Recorded, lost_answers, not_written_first
from kedge.torture.truth import Truth
from kedge.venues.simulated.ledger import read_ledger

STARTING_SECONDS_MAX = 0.08  # opening, folding and taking over take about so long
TRADING_SECONDS_MAX = 1.0
KILLS_A_LEG = 10

_LOSSES = {"lose_answer": 0.05, "drop_report": 0.05, "delay_answer": 0.05, "delay_seconds": 0.3}
_CUTS = {"close_after": 0.04, "duplicate_report": 0.1, "reorder_report": 0.1}
# Each leg of the loop has its own kind of bad network; a submit may come late and count, or too late and be refused.
FAULTS: tuple[dict[str, float], ...] = (
    {},
    _LOSSES | {"late_submit": 0.08, "late_seconds": 0.3},
    _CUTS,
    _LOSSES | _CUTS | {"late_submit": 0.08, "late_seconds": 1.5},
)


class CrashReport(msgspec.Struct):
    """What a loop came to; `findings` is empty when every promise held."""

    seed: int
    kills: int = 0
    in_start: int = 0  # kills before the engine took signals
    in_trading: int = 0
    in_flight: int = 0  # of all kills, those with a request under way
    acknowledged: int = 0
    orders: int = 0
    trades: int = 0
    events: int = 0
    inspections: int = 0
    findings: list[str] = []
    anomalies: dict[str, int] = {}


class CrashLoop:
    """One engine's many lives on one journal."""

    def __init__(self, folder: Path, seed: int, tell: Callable[[str], None]) -> None:
        """All files lie in `folder`; `tell` is given a line on progress after each leg."""
        self._folder = folder
        self._seed = seed
        self._tell = tell
        self._random = Random(f"crash/{seed}")
        self._acknowledged: dict[SignalId, SignalAnswer] = {}
        self._recorded = Recorded(folder / "data")
        self._truth = Truth()
        self._runs = 0
        self.report = CrashReport(seed)

    async def run(self, kills: int, leg: int = KILLS_A_LEG) -> CrashReport:
        """Kill so often, and inspect after each leg; ends at the first finding."""
        try:
            while self.report.kills < kills and not self.report.findings:
                await self._leg(min(leg, kills - self.report.kills))
                self._tell(self._progress())
        except (ProcessError, TimeoutError) as error:
            self.report.findings.append(f"{type(error).__name__}: {error}")
        return self.report

    async def _leg(self, kills: int) -> None:
        faults = FAULTS[(self.report.kills // kills) % len(FAULTS)]
        exchange = await self._exchange(faults, calm=False)
        try:
            for _ in range(kills):
                await self._life(exchange)
                if self.report.findings:
                    return
        finally:
            await exchange.stop()
        await self._inspect()

    async def _exchange(self, faults: dict[str, float], *, calm: bool) -> ExchangeProcess:
        return await ExchangeProcess.start(self._folder, self._random.getrandbits(30), faults, calm=calm)

    async def _life(self, exchange: ExchangeProcess) -> None:
        life = await self._start(exchange)
        if self._random.random() < 0.3:
            await life.until(lambda: life.phase != "")
            await asyncio.sleep(self._random.random() * STARTING_SECONDS_MAX)
        else:
            await life.until(lambda: life.phase == "trading")
            await asyncio.sleep(self._random.random() * TRADING_SECONDS_MAX)
        if not await life.kill():
            self._find([f"the engine ended by itself: {life.failure or 'see subject.log'}"])
        self._take(life)
        self._count(life)
        self._compare(life)

    async def _start(self, exchange: ExchangeProcess, *, quiet: bool = False) -> Life:
        self._runs += 1
        return await Life.start(self._folder, exchange.address, self._seed, self._runs, quiet=quiet)

    def _take(self, life: Life) -> None:
        """An id must be answered the same way in every life."""
        for answer in life.answers:
            first = self._acknowledged.setdefault(answer.signal, answer)
            if (first.outcome, first.code, first.order) != (answer.outcome, answer.code, answer.order):
                self._find([f"signal {answer.signal} was answered {first} and later {answer}"])

    def _compare(self, life: Life) -> None:
        """What can be said at once, while the exchange may still be at it."""
        self._truth.take(read_ledger(self._folder / "ledger"))
        try:
            self._recorded.update()
        except JournalError as error:
            self._find([f"the journal cannot be read after the kill: {error}"])
            return
        if life.seq > self._recorded.events:
            self._find(
                [
                    f"event {life.seq} was there when an answer came, the journal ends at {self._recorded.events}"
                ]
            )
        fresh = {answer.signal: answer for answer in life.answers}
        self._find(lost_answers(self._recorded, fresh))
        self._find(not_written_first(self._recorded, self._truth))
        self._find(self._truth.findings)
        self.report.in_flight += bool(self._recorded.unanswered)

    async def _inspect(self) -> None:
        exchange = await self._exchange({}, calm=True)
        try:
            life = await self._start(exchange, quiet=True)
            await life.until(lambda: life.is_quiet)
            status = await life.stop()
        finally:
            await exchange.stop()
        self._compare(life)
        if life.last_state is None or status:
            self._find(
                [f"the engine did not come to rest (status {status}): {life.failure or 'see subject.log'}"]
            )
            return
        self._find(lost_answers(self._recorded, self._acknowledged))
        self._find(inspect(self._folder / "data", self._truth, life.last_state))
        self.report.inspections += 1
        self._sum_up()

    def _count(self, life: Life) -> None:
        self.report.kills += 1
        if life.phase == "trading":
            self.report.in_trading += 1
        else:
            self.report.in_start += 1

    def _sum_up(self) -> None:
        report = self.report
        report.acknowledged = len(self._acknowledged)
        report.orders = len(self._truth.orders)
        report.trades = self._truth.trades
        report.events = self._recorded.events
        report.anomalies = dict(sorted(self._recorded.anomalies.items()))

    def _find(self, findings: list[str]) -> None:
        known = self.report.findings
        known += [finding for finding in findings if finding not in known]

    def _progress(self) -> str:
        report = self.report
        return (
            f"{report.kills} kills ({report.in_start} starting, {report.in_trading} trading, {report.in_flight} with "
            f"requests under way), {report.acknowledged} signals acknowledged, {report.orders} orders, "
            f"{report.trades} trades, {report.events} events, {len(report.findings)} findings"
        )
