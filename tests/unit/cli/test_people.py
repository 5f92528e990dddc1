"""A person and a running engine: yes and no to signals, pauses, locks, what was refused, what would come of a signal.

The engine runs in this process, by a clock and at prices that the tests move; the commands run in a thread beside it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.builders import SPY
from tests.unit.cli.calls import Call, Outcome
from tests.unit.engine.stage import FAR, UNIT, FarVenue, HandClock, entry, only

from kedge.domain.accounts import AccountTerms
from kedge.domain.codes import MEANING, Code
from kedge.domain.governor import LENIENT, DailyLoss, Ends
from kedge.domain.ids import AccountId, BookId, OrderId, Symbol
from kedge.domain.inputs import VenueFilled
from kedge.domain.instants import MINUTE, Span
from kedge.domain.limits import ROOMY, Filters, Routing
from kedge.domain.numbers import Nano, Ticks
from kedge.domain.orders import Execution, Role
from kedge.domain.quotes import Quote
from kedge.engine.clock import system_clock
from kedge.engine.control.server import ControlServer
from kedge.engine.engine import Engine
from kedge.journal.sqlite import open_journal

PATIENCE_SECONDS = 10.0
SEND = ["signal", "send", "--instrument", "SPY", "--kind", "entry", "--direction", "long", "--quantity", "10"]


def account(name: str, **others: Any) -> AccountTerms:
    terms = AccountTerms(AccountId(name), FAR, Decimal(100_000), limits=ROOMY, governor=LENIENT)
    return msgspec.structs.replace(terms, **others)


ACCOUNTS = (
    account("alpha"),
    account(
        "slow",
        routing=Routing(auto_execute=False, approve_within=Span(10 * MINUTE)),
        filters=Filters(max_quote_age=Span(MINUTE)),
    ),
    account(
        "tight",
        governor=msgspec.structs.replace(LENIENT, daily_loss=DailyLoss(Decimal(100), ends=Ends.PERSON)),
    ),
    account("orb"),
    account("daily", governor=msgspec.structs.replace(LENIENT, daily_loss=DailyLoss(Decimal(100)))),
    account("quick", governor=msgspec.structs.replace(LENIENT, cooldown_losses=1)),
)


class Office:
    """A running engine, and somebody at a terminal."""

    def __init__(self, directory: Path, call: Call) -> None:
        self.directory = directory
        self.clock = HandClock(system_clock())
        self.venue = FarVenue([])
        self._call = call
        self.engine = self._engine()

    def _engine(self) -> Engine:
        journal = open_journal(
            self.directory, book=BookId("main"), new_id="journal1", program="t", reserve_bytes=4096
        )
        self.venue = FarVenue([])
        engine = Engine(
            journal,
            [self.venue],
            accounts=ACCOUNTS,
            instruments=[SPY],
            clock=self.clock,
            draw_bits=lambda bits: journal.head.seq + 1,
        )
        engine.open_with(ControlServer(engine, self.directory))
        return engine

    async def restart(self, seconds: float = 0) -> None:
        """End, let so much time pass, and start again."""
        await self.engine.stop()
        self.clock.pass_seconds(seconds)
        self.engine = self._engine()
        await self.engine.start()

    async def kedge(self, *words: object) -> Outcome:
        """A command, called beside the engine."""
        return await asyncio.to_thread(self._call, *words, "--data-dir", self.directory)

    async def document(self, *words: object, status: int = 0) -> Any:
        told = await self.kedge(*words, "--json")
        assert told.status == status, told
        return told.document

    def quote(self, bid: int = 10_000) -> None:
        """A price of now, in cents."""
        self.engine.on_quote(Quote(Symbol("SPY"), self.clock.now, Ticks(bid), Ticks(bid + 1)))

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():  # noqa: ASYNC110 (there is no event to wait for)
                await asyncio.sleep(0)

    async def held(self, id_: str = "s-1", **others: Any) -> None:
        """A signal that waits."""
        self.quote()
        assert (await self.engine.signal(entry(id_, account="slow", **others))).code == "APPROVAL_NEEDED"

    def fill(self, order: OrderId | None, quantity: int, cents: int = 10_000) -> None:
        """The venue trades so much."""
        assert order is not None
        fill = Execution(f"x-{order}", Nano(quantity * UNIT), Nano(cents * UNIT // 100))
        self.venue.stream.put(VenueFilled(order, fill, at=self.clock.now))

    async def locked(self, name: str = "tight") -> None:
        """An account that holds 1,000 shares, after a fall by 0.20."""
        self.quote()
        self.fill((await self.engine.signal(entry(f"{name}-1", account=name, quantity="1000"))).order, 1000)
        state, id_ = self.engine.book.state, AccountId(name)
        await self.until(lambda: state.positions.get(id_))
        self.quote(9_980)
        await self.until(lambda: state.accounts[id_].governed.locks)
        await self.engine.recorded()


@pytest.fixture
def office(tmp_path: Path, kedge: Call) -> Callable[[], Any]:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Office]:
        made = Office(tmp_path / "data", kedge)
        await made.engine.start()
        try:
            yield made
        finally:
            await made.engine.stop()

    return opened


Open = Callable[[], Any]


# --- yes and no ---


async def test_what_waits_is_listed_with_the_time_left_approved_and_leaves(office: Open) -> None:
    async with office() as at:
        await at.held(reason="orb")
        listed = (await at.document("signals", "--held"))["items"]
        assert [(each["id"], each["outcome"], each["account"]) for each in listed] == [
            ("s-1", "HELD", "slow")
        ]
        assert 0 < listed[0]["left_seconds"] <= 600
        shown = (await at.kedge("signals", "--held")).out
        assert "s-1" in shown
        assert "9 min" in shown
        assert "orb" in shown
        assert "`kedge approve SIGNAL`" in shown
        assert (await at.document("status"))["signals_held"] == 1
        assert "1 signal for a yes or no, the first for " in (await at.kedge("status")).out
        told = await at.kedge("approve", "s-1", "--why", "looks good")
        assert (told.status, told.err) == (0, "")
        assert "Outcome  ORDERED\n" in told.out
        assert len(at.venue.called("submit")) == 1
        assert (await at.document("signals", "--held"))["items"] == []
        assert (await at.kedge("signals", "--held")).out == "No signal waits for a person.\n"
        explained = await at.document("explain", "s-1")
        assert explained["gates"][-1]["figures"] == {
            "approved_by": explained["gates"][-1]["figures"]["approved_by"]
        }
        assert explained["approval"]["said"].endswith(": looks good")
        text = (await at.kedge("explain", "s-1")).out
        assert "Approval   held since " in text
        assert "; approved by " in text


async def test_a_no_ends_it_as_refused_and_explain_shows_which_gates_it_had_passed(office: Open) -> None:
    async with office() as at:
        await at.held()
        waiting = await at.document("explain", "s-1")
        assert waiting["gates"][-1]["verdict"] == "held"
        assert waiting["approval"]["ended"] is None
        assert "waits for a yes or no since " in (await at.kedge("explain", "s-1")).out
        item = await at.document("decline", "s-1", "--why", "news at 14:00")
        assert (item["outcome"], item["code"], item["meaning"]) == (
            "REFUSED",
            "APPROVAL_DECLINED",
            MEANING[Code.APPROVAL_DECLINED],
        )
        told = await at.document("explain", "s-1")
        assert {gate["verdict"] for gate in told["gates"][:-1]} == {"passed"}
        assert told["gates"][-1]["code"] == "APPROVAL_DECLINED"
        assert len(told["gates"]) == len(waiting["gates"])
        assert told["approval"]["said"].startswith("declined by ")
        assert ": news at 14:00" in (await at.kedge("explain", "s-1")).out
        assert at.venue.called("submit") == []


async def test_an_approved_signal_is_refused_all_the_same_where_a_gate_says_no(office: Open) -> None:
    async with office() as at:
        await at.held()
        at.clock.pass_seconds(120)
        told = await at.kedge("approve", "s-1")
        assert told.status == 0
        assert "Outcome  REFUSED QUOTE_TOO_OLD\n" in told.out
        assert told.out.endswith(f"{MEANING[Code.QUOTE_TOO_OLD]}\n")


async def test_what_waits_is_still_there_after_a_restart_and_lapses_while_no_engine_runs(
    office: Open,
) -> None:
    async with office() as at:
        await at.held()
        await at.restart(60)
        assert [each["id"] for each in (await at.document("signals", "--held"))["items"]] == ["s-1"]
        await at.restart(3600)
        at.quote()
        await at.until(lambda: not at.engine.book.state.held)
        await at.engine.recorded()
        told = await at.kedge("approve", "s-1")
        assert (told.status, told.out) == (1, "")
        assert told.err == (
            "kedge: Signal s-1 cannot be approved: it waits for nobody: it is REFUSED (APPROVAL_EXPIRED).\n"
        )
        assert at.venue.called("submit") == []
        text = (await at.kedge("explain", "s-1")).out
        assert "nobody has approved it in 1 h 1 min" in text


async def test_only_what_waits_can_be_answered_and_the_error_says_why(office: Open) -> None:
    async with office() as at:
        told = await at.kedge("approve", "nothing")
        assert (told.status, told.err) == (
            1,
            "kedge: There is no signal nothing. `kedge signals --held` lists those that wait.\n",
        )
        await at.engine.signal(entry("s-2", account="alpha"))
        told = await at.kedge("decline", "s-2")
        assert told.err == "kedge: Signal s-2 cannot be declined: it waits for nobody: it is ORDERED.\n"
        error = (await at.document("decline", "s-2", status=1))["error"]
        assert error["code"] == "NOT_WAITING"


# --- strategies and accounts ---


async def test_a_strategy_is_paused_seen_in_the_status_and_goes_on(office: Open) -> None:
    async with office() as at:
        await at.engine.signal(entry("s-1", strategy="fade"))
        assert (await at.kedge("pause", "fade", "--why", "too many")).out == (
            "Strategy fade is paused: its entries are refused.\n"
        )
        assert "was already paused" in (await at.kedge("pause", "fade")).out
        paused = (await at.document("status"))["strategies_paused"]
        assert [(each["strategy"], each["why"]) for each in paused] == [("fade", "too many")]
        assert "strategy fade since " in (await at.kedge("status")).out
        await at.restart()
        assert (
            await at.engine.signal(entry("s-2", account="tight", strategy="fade"))
        ).code == "STRATEGY_PAUSED"
        assert await at.document("resume", "fade") == {"strategy": "fade", "paused": False, "changed": True}
        assert "was not paused" in (await at.kedge("resume", "fade")).out
        assert (await at.document("status"))["strategies_paused"] == []


async def test_a_name_that_is_both_has_to_be_said_and_one_that_is_nobodys_is_not_guessed(
    office: Open,
) -> None:
    async with office() as at:
        await at.engine.signal(entry("s-1", strategy="orb"))
        told = await at.kedge("pause", "orb")
        assert (told.status, told.err) == (
            2,
            "kedge: orb is an account and a strategy. Say which with --account or --strategy.\n",
        )
        assert (await at.document("pause", "orb", status=2))["error"]["code"] == "AMBIGUOUS_NAME"
        assert (await at.document("pause", "orb", "--strategy"))["strategy"] == "orb"
        assert (await at.document("pause", "orb", "--account"))["account"] == "orb"
        told = await at.kedge("pause", "nobody")
        accounts = "Accounts: alpha, slow, tight, orb, daily, quick."
        assert (told.status, told.err) == (
            1,
            f"kedge: There is no account or strategy nobody. {accounts} Strategies: orb.\n",
        )
        assert (await at.document("pause", "new", "--strategy"))["changed"], "before it has sent anything"
        told = await at.kedge("pause", "alhpa", "--account")
        assert told.err == "kedge: There is no account alhpa. Did you mean alpha?\n"


async def test_a_lock_is_shown_and_not_released_while_equity_is_below_the_limit(office: Open) -> None:
    async with office() as at:
        await at.locked()
        locks = (await at.document("status"))["locks"]
        assert [(each["account"], each["code"], each["ends"]) for each in locks] == [
            ("tight", "DAILY_LOSS_LIMIT", "person")
        ]
        assert "tight is locked by the daily loss limit since " in (await at.kedge("status")).out
        told = await at.kedge("resume", "tight")
        assert told.out.startswith(
            "Account tight was already ACTIVE.\nIt is locked by the daily loss limit since "
        )
        release = ("resume", "tight", "--release", "daily_loss_limit", "--yes")
        told = await at.kedge(*release)
        still = "equity 99800 is still at or below the limit 99900, which would lock it again"
        assert (told.status, told.err) == (1, f"kedge: Account tight cannot go on: {still}.\n")
        assert (await at.document(*release, status=1))["error"]["code"] == "NOT_RELEASED"
        at.quote(9_995)
        item = await at.document(*release)
        assert (item["account"], item["released"], item["locks"]) == ("tight", "DAILY_LOSS_LIMIT", [])
        assert "not locked by" in (await at.kedge(*release)).err


async def test_a_lock_is_not_ended_without_a_yes(office: Open) -> None:
    async with office() as at:
        await at.locked()
        told = await at.kedge("resume", "tight", "--release", "DAILY_LOSS_LIMIT")
        assert (told.status, told.err) == (
            2,
            "kedge: Nothing was done: there is nobody to ask. Give --yes.\n",
        )
        assert only(at.engine.book.state.accounts[AccountId("tight")].governed.locks)


async def test_without_an_engine_the_record_tells_what_is_held_back(office: Open) -> None:
    async with office() as at:
        await at.held()
        await at.locked()
        await at.engine.signal(entry("f-1", strategy="fade"))
        for name in ("fade", "orb"):
            await at.engine.operator.set_strategy(name, "ann", "too many", paused=True)
        await at.engine.signal(entry("o-1", account="orb", strategy="orb"))
        await at.engine.operator.set_strategy("orb", "ann", "mended", paused=False)
        running = await at.document("status")
        await at.engine.stop()
        ended = await at.document("status")
        names = ("strategies_paused", "locks", "cooling_down", "signals_held")
        assert {name: ended[name] for name in names} == {name: running[name] for name in names}
        assert (len(ended["locks"]), len(ended["strategies_paused"]), ended["signals_held"]) == (1, 1, 1)
        assert "tight is locked by the daily loss limit since " in (await at.kedge("status")).out
        assert "No engine is running" in (await at.kedge("signals", "--held")).out


async def test_a_lock_of_a_day_and_a_cool_down_are_told_out_of_the_record_as_well(office: Open) -> None:
    async with office() as at:
        await at.locked("daily")
        state = at.engine.book.state
        (way_out,) = [o for o in state.orders.values() if o.request.role is Role.EXIT]
        at.fill(way_out.id, 1000, 9_980)
        await at.until(lambda: not state.positions[AccountId("daily")])
        at.fill((await at.engine.signal(entry("q-1", account="quick"))).order, 10, 9_980)
        await at.until(lambda: state.positions.get(AccountId("quick")))
        exit_ = {"id": "q-2", "account": "quick", "kind": "EXIT", "instrument": "SPY"}
        at.fill((await at.engine.signal(exit_)).order, 10, 9_970)
        await at.until(lambda: state.accounts[AccountId("quick")].governed.cooling_until)
        await at.engine.recorded()
        running = await at.document("status")
        assert [(each["account"], each["ends"]) for each in running["locks"]] == [("daily", "day")]
        assert [each["account"] for each in running["cooling_down"]] == ["quick"]
        assert "quick takes no entries until " in (await at.kedge("status")).out
        await at.engine.stop()
        ended = await at.document("status")
        assert (ended["locks"], ended["cooling_down"]) == (running["locks"], running["cooling_down"])
        await at.restart(86_400)
        await at.engine.stop()
        assert (await at.document("status"))["locks"] == []


WRONG = [
    (
        ("resume", "alpha", "--release", "SPREAD_TOO_WIDE"),
        "SPREAD_TOO_WIDE is no lock; there are DAILY_LOSS_LIMIT, ",
    ),
    (("pause", "alpha", "--account", "--strategy"), "Give --account or --strategy, not both."),
    (("signals", "--held", "--refused"), "Give --held or --refused, not both."),
    (("signals", "--refused", "--limit", "3"), "--limit and --after are for lists"),
]


@pytest.mark.parametrize(("words", "message"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
async def test_a_wrong_call_is_told_in_a_sentence(words: tuple[str, ...], message: str, office: Open) -> None:
    async with office() as at:
        told = await at.kedge(*words)
        assert (told.status, told.out) == (2, "")
        assert told.err.startswith(f"kedge: {message}")


# --- refusals ---


async def test_refusals_are_summed_by_code_with_the_last_time_and_the_meaning(office: Open) -> None:
    async with office() as at:
        for number in range(3):
            at.clock.pass_seconds(1)
            await at.engine.signal(
                {"id": f"x-{number}", "account": "alpha", "kind": "EXIT", "instrument": "SPY"}
            )
        await at.engine.signal(entry("e-1", account="orb", strength=10))
        items = (await at.document("signals", "--refused"))["items"]
        assert [(each["code"], each["count"]) for each in items] == [
            ("NO_POSITION", 3),
            ("SIGNAL_TOO_WEAK", 1),
        ]
        assert items[0]["meaning"] == MEANING[Code.NO_POSITION]
        assert items[0]["last"] <= items[1]["last"]
        only_orb = (await at.document("signals", "--refused", "--account", "orb"))["items"]
        assert [each["code"] for each in only_orb] == ["SIGNAL_TOO_WEAK"]
        assert (await at.document("signals", "--refused", "--since", "2200-01-01"))["items"] == []
        shown = (await at.kedge("signals", "--refused")).out.splitlines()
        assert shown[1].split()[:2] == ["NO_POSITION", "3"]
        assert MEANING[Code.NO_POSITION] in shown[1]


# --- what if ---


async def test_a_dry_run_shows_the_gates_and_the_order_and_leaves_no_trace(office: Open) -> None:
    async with office() as at:
        at.quote()
        await at.engine.recorded()
        before = at.engine.head, at.engine.book.snapshot()
        words = (*SEND, "--account", "slow", "--stop", "95", "--target", "2R", "--id", "d-1", "--dry-run")
        told = await at.kedge(*words)
        item = await at.document(*words)
        await at.engine.recorded()
        assert (at.engine.head, at.engine.book.snapshot()) == before
        assert (told.status, told.err) == (0, "")
        assert "would wait for a person: APPROVAL_NEEDED" in told.out
        assert "buy 10 SPY at the market, its stop at 95.00, 10 out at 110.03" in told.out
        assert told.out.endswith("Nothing was done: this was a dry run.\n")
        assert (item["dry_run"], item["outcome"], item["code"]) == (True, "HELD", "APPROVAL_NEEDED")
        assert item["would_send"]["stop"] == "95"
        await at.engine.signal({**entry("d-1", account="slow", expected_price=None), "targets": ["2R"]})
        real = await at.document("explain", "d-1")
        assert item["gates"] == real["gates"]
        assert set(real) <= set(item)
        again = await at.kedge(*words)
        assert (
            again.err.startswith("kedge: Signal d-1 is known with another content")
            or "sent before" in again.out
        )


async def test_a_dry_run_of_what_would_be_refused_names_the_gate_and_what_is_not_reached(
    office: Open,
) -> None:
    async with office() as at:
        at.quote()
        told = await at.kedge(*SEND, "--account", "alpha", "--strength", "50", "--dry-run")
        assert "would be REFUSED SIGNAL_TOO_WEAK" in told.out
        assert "strength 50, more than 70 is asked for" in told.out
        assert "not reached" in told.out
        told = await at.kedge("signal", "send", "{}", "--dry-run")
        assert (told.status, told.out) == (2, "")
        assert (await at.document("signals"))["items"] == []
