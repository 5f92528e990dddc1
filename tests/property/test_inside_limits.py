"""Inside the limits: whatever is open and under way, no entry leaves that could breach one, fill as it may.

What the book did is written as `kedge journal export` writes it; the referee, who shares no code with the gates, reads
that and does his own sums.
"""

from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.builders import ALPHA, ENGINE_HELD, ES, FREE, SPY, WIDE, Desk, account, check_sums, later, signal

from kedge.cli.export import lines_of
from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import AccountTerms
from kedge.domain.capabilities import Capabilities
from kedge.domain.codes import Code
from kedge.domain.governor import Basis, DailyLoss, Drawdown, Governor, Tier, Trail
from kedge.domain.ids import AccountId, BookId, Symbol
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import is_final
from kedge.domain.limits import AssetShare, Counted, Limits, SizeMethod, Sizing
from kedge.domain.messages import PATIENT, MessageBudget
from kedge.domain.orders import Order, Role
from kedge.domain.owners import OwnerTerms
from kedge.domain.refusals import RejectKind
from kedge.domain.signals import Direction, Outcome
from kedge.domain.steps import Step
from kedge.journal.memory import MemoryJournal
from kedge.referee import Referee

QQQ = Instrument(Symbol("QQQ"), Decimal("0.01"))
INSTRUMENTS = (SPY, ES, QQQ)


# One, two or three of them are narrow at a time, for what is refused by one limit tells nothing of the others.
PERCENT = st.sampled_from([1, 3, 5, 10, 20, 50]).map(Decimal)
NARROW: dict[str, st.SearchStrategy[Any]] = {
    "max_order_value": st.sampled_from([Decimal(500), Decimal(5_000), Decimal(50_000)]),
    "max_positions": st.integers(1, 2),
    "max_position_pct": PERCENT,
    "max_exposure_pct": PERCENT,
    "max_leverage": st.sampled_from([Decimal("0.1"), Decimal(1), Decimal(2)]),
    "max_open_risk_pct": st.sampled_from([Decimal("0.1"), Decimal(1), Decimal(3)]),
    "min_cash": st.sampled_from([Decimal(5_000), Decimal(90_000)]),
    "max_active_orders": st.integers(3, 8),
    "exposure": st.just(Counted.MARGIN),
    "by_asset": st.lists(
        st.builds(AssetShare, st.sampled_from([SPY.asset, ES.asset]), PERCENT),
        min_size=1,
        max_size=2,
        unique_by=lambda share: share.asset,
    ).map(tuple),
}
FEW = st.integers(1, 3)
STRICT: dict[str, st.SearchStrategy[Any]] = {
    "daily_loss": st.builds(
        DailyLoss,
        st.sampled_from([Decimal(20), Decimal(200)]),
        flatten=st.booleans(),
        basis=st.sampled_from([*Basis]),
    ),
    "drawdown": st.builds(
        Drawdown,
        st.sampled_from([Decimal(20), Decimal(200)]),
        mode=st.sampled_from([*Trail]),
        flatten=st.booleans(),
    ),
    "max_day_profit": st.just(Decimal(50)),
    "profit_target": st.just(Decimal(50)),
    "cooldown_losses": st.integers(1, 2),
    "max_entries_per_minute": FEW,
    "max_entries_per_hour": FEW,
    "max_entries_per_day": FEW,
    "max_daily_orders": st.integers(2, 8),
    "tiers": st.sampled_from(
        [(Tier(Decimal(0), Decimal(12)),), (Tier(Decimal(0), Decimal(3)), Tier(Decimal(20), Decimal(30)))]
    ),
}


@st.composite
def some(draw: st.DrawFn, of: dict[str, st.SearchStrategy[Any]], base: Any, most: int) -> Any:
    """The terms of a stage on which nothing is narrow, with a few that are."""
    names = draw(st.lists(st.sampled_from([*of]), max_size=most, unique=True))
    return replace(base, **{name: draw(of[name]) for name in names})


LIMITS = some(NARROW, replace(WIDE, max_leverage=Decimal(4)), 3)
GOVERNORS = some(STRICT, FREE, 2)
BUDGETS = st.sampled_from([PATIENT, PATIENT, MessageBudget(4, 200), MessageBudget(10, 8)])
SIZINGS = st.sampled_from(
    [
        Sizing(),
        Sizing(SizeMethod.EQUITY_PCT, Decimal(5)),
        Sizing(SizeMethod.EQUITY_PCT, Decimal(100)),
        Sizing(SizeMethod.RISK, Decimal(1)),
        Sizing(SizeMethod.RISK, Decimal(50)),
    ]
)
STEP = st.tuples(
    st.sampled_from(
        [
            *["enter", "enter", "fill", "change", "quote"] * 3,
            *["answer", "changed", "answer", "changed", "exit", "cancel", "wait", "reject", "day"],
        ]
    ),
    st.integers(0, 10**6),
    st.sampled_from(INSTRUMENTS),
    st.sampled_from([*Direction]),
    st.sampled_from([None, None, None, 1, 10, 400]),
)


class Player:
    """Plays steps against a desk; the referee reads every event as it comes."""

    def __init__(self, terms: AccountTerms) -> None:
        self.desk = Desk(terms, INSTRUMENTS)
        self.journal = MemoryJournal(BookId("main"), "journal1")
        self.referee = Referee()
        self.price = dict.fromkeys((one.symbol for one in INSTRUMENTS), 100)
        self.count = 0
        self.seen = 0
        self.account = ALPHA

    def play(self, *step: Any) -> None:
        """Do it, and hold what came of it against the limits."""
        self.act(*step)
        self.judge()

    def judge(self) -> None:
        """Export what is new, as a desk does that must prove what it did."""
        desk, before = self.desk, self.journal.head.seq
        new = zip(desk.events[self.seen :], desk.recorded[self.seen :], strict=True)
        self.seen = len(desk.events)
        for (number, at), events in groupby(new, key=lambda each: (each[1][2], each[1][1])):
            self.journal.append([Step(number, at, None, [event for event, _ in events])])
        verdict = self.referee.read(_lines(lines_of(self.journal.rows(before))))
        assert verdict.ok, [str(each) for each in verdict.breaches]

    def act(
        self, what: str, place: int, instrument: Instrument, direction: Direction, quantity: int | None
    ) -> None:
        desk = self.desk
        self.count += 1
        alive = [order for order in desk.book.state.orders.values() if not is_final(order.state)]
        entries = [order for order in alive if order.request.role is Role.ENTRY]
        likely = entries if entries and place % 4 else alive
        chosen = likely[place % len(likely)].id if likely else None
        if what == "enter":
            self._enter(place, instrument, direction, quantity)
        elif what == "quote":
            self.price[instrument.symbol] += place % 41 - 20
            self.price[instrument.symbol] = max(self.price[instrument.symbol], 30)
            at = self.price[instrument.symbol]
            desk.quote(str(at), str(at + instrument.tick), instrument)
        elif what == "exit":
            desk.exit(f"x-{self.count}", instrument=instrument.symbol, account=self.account)
        elif what == "wait":
            desk.wait(place % 90)
        elif what == "day":
            until = later(desk.now, 1 + place % 20)
            desk.give(i.DayTurned(self.account, f"day {place % 3}", until, at=desk.now))
        elif chosen is not None and what == "reject":
            desk.reject(chosen, kind=[*RejectKind][place % len(RejectKind)], fits=1 + place % 9)
        elif chosen is not None and what == "answer":
            (desk.accept, desk.accept, desk.silent)[place % 3](chosen)
        elif chosen is not None and what == "fill":
            order = desk.order(chosen)
            desk.fill(
                chosen, str(1 + place % max(int(order.leaves), 1)), self.price[order.request.instrument]
            )
        elif chosen is not None and what == "change":
            order = desk.order(chosen)
            terms = {"quantity": quantity or 50} if place % 2 else {"limit_price": 90 + place % 30}
            desk.ask_replace(chosen, self.price[order.request.instrument], **terms)
        elif chosen is not None and what == "changed":
            self._answer_change(desk.order(chosen), place)
        elif chosen is not None and what == "cancel":
            desk.ask_cancel(chosen) if place % 2 else desk.cancelled(chosen)

    def _answer_change(self, order: Order, place: int) -> None:
        if order.pending is None:
            return
        if place % 3:
            self.desk.give(i.VenueReplaced(order.id, order.pending, at=self.desk.now))
        else:
            self.desk.refused(order.id, i.Request.REPLACE)

    def _enter(self, place: int, instrument: Instrument, direction: Direction, quantity: int | None) -> None:
        price = self.price[instrument.symbol]
        away = 1 + place % 9
        stop = price - away if direction is Direction.LONG else price + away
        wanted: dict[str, Any] = {"limit": price + place % 9 - 4} if place % 2 == 0 else {}
        bid = instrument.ticks(Decimal(price))
        sent = signal(
            f"s-{self.count}",
            direction=direction,
            at=self.desk.now,
            instrument=instrument.symbol,
            quantity=quantity,
            stop=stop,
            account=self.account,
            **wanted,
        )
        self.desk.give(i.SignalArrived(sent, bid, type(bid)(bid + 1), at=self.desk.now))


def _lines(chunks: Iterable[bytes]) -> Iterable[bytes]:
    return (line for chunk in chunks for line in chunk.splitlines())


@settings(deadline=None, max_examples=600)
@given(
    limits=LIMITS,
    sizing=SIZINGS,
    governor=GOVERNORS,
    messages=BUDGETS,
    capabilities=st.sampled_from([Capabilities(), ENGINE_HELD]),
    steps=st.lists(STEP, min_size=10, max_size=40),
)
def test_no_entry_leaves_that_could_breach_a_limit(
    limits: Limits,
    sizing: Sizing,
    governor: Governor,
    messages: MessageBudget,
    capabilities: Capabilities,
    steps: list[Any],
) -> None:
    terms = account(
        limits=limits,
        sizing=sizing,
        capabilities=capabilities,
        governor=governor,
        messages=messages,
        quantity=5_000,
        max_adds=9,
    )
    player = Player(terms)
    for step in steps:
        player.play(*step)
    check_sums(player.desk.book, player.desk.events)


BETA = AccountId("beta")
OWNED: dict[str, st.SearchStrategy[Any]] = {
    "max_exposure_pct": PERCENT,
    "max_exposure": st.sampled_from([Decimal(300), Decimal(3_000), Decimal(30_000)]),
    "max_open_risk_pct": st.sampled_from([Decimal("0.1"), Decimal(1), Decimal(3)]),
    "max_open_risk": st.sampled_from([Decimal(30), Decimal(300)]),
    "max_position_pct": PERCENT,
    "max_position_size": st.sampled_from([Decimal(5), Decimal(50)]),
    "daily_loss": st.builds(DailyLoss, st.sampled_from([Decimal(20), Decimal(200)])),
    "allow_opposite": st.just(True),
}
_ALL = Decimal(10**6)
OWNERS = some(OWNED, OwnerTerms("ann", _ALL, max_open_risk_pct=_ALL, max_position_pct=_ALL), 3)


@settings(deadline=None, max_examples=400)
@given(
    owner=OWNERS,
    sizing=SIZINGS,
    capabilities=st.sampled_from([Capabilities(), ENGINE_HELD]),
    steps=st.lists(st.tuples(STEP, st.booleans()), min_size=10, max_size=40),
)
def test_no_entry_leaves_that_could_breach_a_limit_over_all_accounts(
    owner: OwnerTerms, sizing: Sizing, capabilities: Capabilities, steps: list[Any]
) -> None:
    terms = account(sizing=sizing, capabilities=capabilities, quantity=50, owner="ann", max_adds=9)
    player = Player(terms)
    player.desk.give(i.AccountDeclared(replace(terms, id=BETA), at=player.desk.now))
    player.desk.give(i.OwnersDeclared((owner,), at=player.desk.now))
    for step, is_beta in steps:
        player.account = BETA if is_beta else ALPHA
        player.play(*step)


def a_day_of_losses(governor: Governor) -> Player:
    """Ten bought at 100, closed at 80, and another entry at once."""
    player = Player(account(governor=governor))
    player.play("enter", 4, SPY, Direction.LONG, 10)
    (entry,) = (each.id for each in player.desk.book.state.orders.values() if each.request.role is Role.ENTRY)
    player.desk.fill(entry, 10)
    player.play("quote", 0, SPY, Direction.LONG, None)
    (leg,) = (each.id for each in player.desk.book.state.orders.values() if each.request.role is Role.STOP)
    player.desk.fill(leg, 10, 80)
    player.play("enter", 4, ES, Direction.LONG, 1)
    return player


@pytest.mark.parametrize(
    ("governor", "entries"),
    [
        (FREE, 2),
        (replace(FREE, daily_loss=DailyLoss(Decimal(150))), 1),
        (replace(FREE, drawdown=Drawdown(Decimal(150))), 1),
        (replace(FREE, cooldown_losses=1), 1),
        (replace(FREE, max_entries_per_day=1), 1),
    ],
)
def test_nothing_new_leaves_once_enough_is_lost(governor: Governor, entries: int) -> None:
    player = a_day_of_losses(governor)
    assert player.referee.verdict.entries == entries


NARROWED: list[tuple[Any, Any, Code]] = [
    ({}, {"tiers": (Tier(Decimal(0), Decimal(12)),)}, Code.TIER_EXCEEDED),
    ({"max_active_orders": 3}, {}, Code.TOO_MANY_ACTIVE_ORDERS),
    ({"max_positions": 1}, {}, Code.TOO_MANY_POSITIONS),
    ({"max_exposure_pct": Decimal(2)}, {}, Code.EXPOSURE_TOO_LARGE),
    ({"max_open_risk_pct": Decimal(2)}, {}, Code.RISK_TOO_LARGE),
    ({"max_leverage": Decimal("0.02")}, {}, Code.LEVERAGE_TOO_HIGH),
    ({"min_cash": Decimal(98_990), "max_leverage": Decimal(1)}, {}, Code.BUYING_POWER),
    ({"by_asset": (AssetShare(ES.asset, Decimal(1)),)}, {}, Code.ASSET_EXPOSURE_TOO_LARGE),
    ({"max_position_pct": Decimal(2)}, {}, Code.POSITION_TOO_LARGE),
    ({"max_order_value": Decimal(2_000)}, {}, Code.ORDER_VALUE_TOO_LARGE),
    ({}, {"max_entries_per_minute": 1}, Code.TOO_MANY_ENTRIES),
    ({}, {"max_daily_orders": 2}, Code.TOO_MANY_ORDERS),
]


@pytest.mark.parametrize(("limits", "governor", "code"), NARROWED, ids=[str(code) for *_, code in NARROWED])
def test_what_one_entry_leaves_of_each_limit_is_too_little_for_the_next(
    limits: dict[str, Any], governor: dict[str, Any], code: Code
) -> None:
    """Ten shares are on their way, then ten contracts are asked for; the referee would see them leave."""
    player = Player(account(limits=replace(WIDE, **limits), governor=replace(FREE, **governor)))
    player.play("enter", 4, SPY, Direction.LONG, 10)
    player.play("enter", 4, ES, Direction.LONG, 10)
    judged = [event for event in player.desk.events if isinstance(event, e.SignalJudged)]
    assert [each.code for each in judged] == ["", code]
    assert player.referee.verdict.entries == 1


def test_nothing_new_leaves_once_the_day_is_over_until_the_next_one_begins() -> None:
    player = Player(account())
    player.play("day", 1, SPY, Direction.LONG, None)
    player.play("enter", 4, SPY, Direction.LONG, 10)
    for _ in range(2):
        player.play("wait", 89, SPY, Direction.LONG, None)
    player.play("enter", 4, ES, Direction.LONG, 1)
    judged = [event for event in player.desk.events if isinstance(event, e.SignalJudged)]
    assert [each.outcome for each in judged] == [Outcome.ORDERED, Outcome.REFUSED]
    assert player.referee.verdict.entries == 1
    player.play("day", 2, SPY, Direction.LONG, None)
    player.play("enter", 4, ES, Direction.LONG, 1)
    assert player.referee.verdict.entries == 2
