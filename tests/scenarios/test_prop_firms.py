"""The rules of prop firms, played from their profiles: what the firms publish as examples happens here as they say.

Each test names the row of the facts that it is from: the tables of futures and of CFD firms, their mechanics, and the
examples beside them. A point of ES is 50 dollars.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from tests.builders import ALPHA, WIDE, Desk, signal
from tests.unit.settings.builders import GOOD, read_text

from kedge.domain import events as e
from kedge.domain import governing as g
from kedge.domain.accounts import AccountTerms, Follow
from kedge.domain.governor import Governed
from kedge.domain.ids import Symbol
from kedge.domain.instants import SECOND, Instant
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.limits import Filters
from kedge.domain.numbers import from_nano
from kedge.domain.orders import Role
from kedge.engine.days import Days
from kedge.sessions.markets import calendar

ES = Instrument(
    Symbol("ES"), Decimal("0.25"), multiplier=Decimal(50), asset=AssetClass.FUTURE, margin=Decimal(500)
)


def instant(text: str) -> Instant:
    """A moment, by UTC."""
    return Instant(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND)


class Trader:
    """An account under the rules of a firm; its days turn by the engine's own clockwork."""

    def __init__(self, terms: AccountTerms, begins: str) -> None:
        self.desk = Desk(terms, instruments=(ES,))
        self.desk.now = instant(begins)
        self._days = Days([terms])
        self._trades = 0
        self._turn()

    @property
    def governed(self) -> Governed:
        return self.desk.book.state.accounts[ALPHA].governed

    def wait_until(self, text: str) -> None:
        """Time passes, with every midnight in between."""
        then = instant(text)
        while (change := self._days.next_change) <= then:
            self.desk.now = Instant(max(self.desk.now, change))
            self._turn()
        self.desk.now = then

    def buy(self, price: str, quantity: int = 1) -> None:
        self._trades += 1
        entry = self.desk.enter(
            f"s-{self._trades}", instrument="ES", quantity=quantity, stop="10", target=None
        )[0]
        self.desk.fill(entry, quantity, price)

    def sell(self, price: str) -> None:
        """All that is held."""
        held = self.desk.held("ES")
        self._trades += 1
        leaving = [
            order.id
            for order in self.desk.book.state.orders.values()
            if order.request.role is Role.EXIT and order.leaves
        ] or self.desk.exit(f"x-{self._trades}", instrument="ES")
        self.desk.fill(leaving[0], str(held), price)

    def trade(self, bought: str, sold: str, quantity: int = 1) -> None:
        """A round trip."""
        self.buy(bought, quantity)
        self.sell(sold)

    def price(self, bid: str) -> None:
        self.desk.quote(bid, str(Decimal(bid) + ES.tick), ES)

    def fall(self, first: int, last: int, code: str) -> Decimal:
        """The price falls point by point; the limit that is breached by that."""
        for point in range(first, last - 1, -1):
            self.price(str(point))
            if found := [limit for each, limit in self.breaches() if each == code]:
                return found[-1]
        raise AssertionError(f"{code} was not reached at {last}")

    def breaches(self) -> list[tuple[str, Decimal]]:
        """What was breached, and the limit."""
        return [
            (event.code, from_nano(event.limit))
            for event in self.desk.events
            if isinstance(event, g.LimitBreached)
        ]

    def _turn(self) -> None:
        for turned in self._days.due(self.desk.now):
            self.desk.give(turned)


Open = Callable[..., Trader]


@pytest.fixture
def account_at(tmp_path: Path) -> Open:
    """An account that goes by a profile, and by these settings of its own; its limits are not what is played."""

    def opened(profile: str, *own: str, begins: str = "2026-03-02T15:00") -> Trader:
        lines = "".join(f"    {line}\n" for line in (f"prop_profile: {profile}", *own))
        text = GOOD[: GOOD.index("    cash")] + lines + GOOD[GOOD.index("  - id: beta") :]
        terms = read_text(tmp_path, text).settings.accounts[0]
        terms = msgspec.structs.replace(
            terms, limits=WIDE, follow=Follow(), filters=Filters(), calendar="", flatten_before_close=None
        )
        return Trader(terms, begins)

    return opened


# --- the daily loss, at the firm's own midnight, whatever the clocks do ---


@pytest.mark.parametrize(
    ("begins", "before", "midnight"),
    [
        pytest.param(
            "2026-03-02T12:00", "2026-03-02T22:59:59", "2026-03-02T23:00", id="a day like any other"
        ),
        pytest.param("2026-03-29T12:00", "2026-03-29T21:59:59", "2026-03-29T22:00", id="the day of 23 hours"),
        pytest.param("2026-10-25T12:00", "2026-10-25T22:59:59", "2026-10-25T23:00", id="the day of 25 hours"),
    ],
)
def test_ftmo_what_was_gained_today_may_be_lost_until_midnight_in_prague(
    account_at: Open, begins: str, before: str, midnight: str
) -> None:
    """FTMO's own example (academy.ftmo.com/lesson/maximum-daily-loss; facts 6.2 "FTMO 2-step" and 6.3): 4,000 closed on
    a day make 14,000 of 200,000 the loss that is allowed until midnight, then 10,000; 13,000 carried over breach it.
    """
    trader = account_at("ftmo-2-step", "cash: 200000", begins=begins)
    trader.trade("100", "180")  # 80 points: 4,000
    trader.buy("350")
    trader.price("90")  # 260 points: 13,000
    trader.wait_until(before)
    assert trader.breaches() == []
    trader.wait_until(midnight)
    assert trader.breaches() == [("DAILY_LOSS_LIMIT", Decimal(194_000))]
    assert trader.governed.locks["DAILY_LOSS_LIMIT"].ends == "person", "it fails the account"


def test_ftmo_fees_count_as_losses_of_the_day(account_at: Open) -> None:
    """Facts 6.2 "FTMO 2-step": on equity, commissions and swaps counted."""
    trader = account_at("ftmo-2-step", "cash: 200000")
    entry = trader.desk.enter(instrument="ES", quantity=1, stop="10", target=None)[0]
    trader.desk.fill(entry, 1, "400", fee=500)
    assert trader.fall(400, 100, "DAILY_LOSS_LIMIT") == 190_000
    assert trader.desk.book.quote(ES.symbol)[0] == ES.ticks(Decimal(210)), "190 points and the fee: 10,000"


@pytest.mark.parametrize(
    ("begins", "before", "turn"),
    [
        pytest.param("2026-03-08T15:00", "2026-03-08T20:59:59", "2026-03-08T21:00", id="the day of 23 hours"),
        pytest.param("2026-11-01T15:00", "2026-11-01T21:59:59", "2026-11-01T22:00", id="the day of 25 hours"),
    ],
)
def test_blue_guardian_open_gains_at_five_in_new_york_raise_what_may_not_be_lost(
    account_at: Open, begins: str, before: str, turn: str
) -> None:
    """Facts 6.2 "Blue Guardian 2-step": 4 % of the beginning, from the higher of balance and equity, 5 pm New York."""
    trader = account_at("blue-guardian-2-step", "cash: 100000", begins=begins)
    trader.buy("100")
    trader.price("140")  # 2,000 open
    trader.wait_until(before)
    assert trader.governed.day_equity == 100_000
    trader.wait_until(turn)
    assert trader.fall(140, 20, "DAILY_LOSS_LIMIT") == 98_000


@pytest.mark.parametrize(
    ("profile", "turn", "floor"),
    [
        pytest.param("the5ers-high-stakes", "2026-03-02T22:00", 100_700, id="The5ers: the higher, 106,000"),
        pytest.param("fundingpips-2-step", "2026-03-02T21:00", 100_700, id="FundingPips: the same, at UTC+3"),
        pytest.param("alpha-pro-10", "2026-03-02T21:00", 98_800, id="Alpha Pro: the balance, 104,000"),
    ],
)
def test_a_daily_loss_that_is_a_share_of_the_day_s_beginning_grows_with_it(
    account_at: Open, profile: str, turn: str, floor: int
) -> None:
    """Facts 6.2 "The5ers High Stakes" and "FundingPips 2-step" (5 % of the higher of balance and equity at the day's
    start), "Alpha Pro 10 %" (5 % of the day-start balance); 6.3, mechanic 1: amount base.
    """
    trader = account_at(profile, "cash: 100000")
    trader.trade("100", "180")  # 4,000 closed
    trader.buy("200")
    trader.price("240")  # 2,000 open
    trader.wait_until(turn)
    assert trader.fall(240, 60, "DAILY_LOSS_LIMIT") == floor


@pytest.mark.parametrize(
    ("profile", "own", "begins", "before", "turn"),
    [
        pytest.param(
            "apex-eod-50k",
            (),
            "2026-03-08T15:00",
            "2026-03-08T21:59:59",
            "2026-03-08T22:00",
            id="Apex, spring",
        ),
        pytest.param(
            "apex-eod-50k",
            (),
            "2026-11-01T15:00",
            "2026-11-01T22:59:59",
            "2026-11-01T23:00",
            id="Apex, autumn",
        ),
        pytest.param(
            "topstep-50k",
            ("governor: {daily_loss_limit: 1000}",),
            "2026-03-08T15:00",
            "2026-03-08T21:59:59",
            "2026-03-08T22:00",
            id="Topstep, spring",
        ),
        pytest.param(
            "topstep-50k",
            ("governor: {daily_loss_limit: 1000}",),
            "2026-11-01T15:00",
            "2026-11-01T22:59:59",
            "2026-11-01T23:00",
            id="Topstep, autumn",
        ),
    ],
)
def test_a_daily_loss_that_only_pauses_closes_all_and_ends_when_the_firm_s_day_does(
    account_at: Open, profile: str, own: tuple[str, ...], begins: str, before: str, turn: str
) -> None:
    """Facts 6.1 "Apex EOD eval" (1,000 of 50K: pause only, 6 pm ET) and "Topstep DLL breach" (optional 1,000: positions
    are flattened, orders cancelled, locked until 5 pm CT).
    """
    trader = account_at(profile, *own, begins=begins)
    trader.buy("100")
    assert trader.fall(100, 75, "DAILY_LOSS_LIMIT") == 49_000
    trader.desk.wait(0)
    trader.sell("80")
    trader.wait_until(before)
    judged = trader.desk.judge(signal("late", at=trader.desk.now, instrument="ES", quantity=1, stop=50))
    assert judged.code == "DAILY_LOSS_LIMIT"
    trader.wait_until(turn)
    trader.buy("100")
    assert trader.desk.held("ES") == 1


# --- the drawdown: what moves its floor, and how far ---


@pytest.mark.parametrize(
    ("profile", "floor"),
    [
        pytest.param("apex-intraday-50k", 49_500, id="Apex intraday: open gains move it at once"),
        pytest.param("topstep-50k", 48_000, id="Topstep: the balance at the day's end, so not yet"),
        pytest.param("apex-eod-100k", 97_000, id="Apex end of day: the same"),
    ],
)
def test_a_trailing_drawdown_intraday_and_one_at_the_day_s_end(
    account_at: Open, profile: str, floor: int
) -> None:
    """Facts 6.1, "Apex Intraday eval" (trailing peak incl. open profit, real time) against "Topstep Combine" and "Apex
    EOD eval" (trailing EOD balance): 1,500 open and given back again, on the first day.
    """
    trader = account_at(profile, "governor: {daily_loss_limit: 9000}")
    trader.buy("100")
    trader.price("130")
    assert trader.fall(130, 30, "DRAWDOWN_LIMIT") == floor


@pytest.mark.parametrize(("profile", "turn"), [("topstep-50k", "23:00"), ("apex-eod-50k", "23:00")])
def test_the_floor_of_the_next_day_follows_the_balance_and_open_losses_reach_it_at_once(
    account_at: Open, profile: str, turn: str
) -> None:
    """Facts 6.1 "Topstep Combine": trailing EOD balance, monitored real-time incl. unrealised."""
    trader = account_at(profile, "governor: {daily_loss_limit: 9000}")
    trader.trade("100", "130")  # 1,500 closed
    trader.buy("100")
    trader.price("120")  # 1,000 open, which the day's end does not count
    trader.wait_until(f"2026-03-02T{turn}")
    assert trader.fall(120, 50, "DRAWDOWN_LIMIT") == 49_500


def test_topstep_s_floor_rises_to_what_the_account_began_with_and_no_further(account_at: Open) -> None:
    """Facts 6.1 "Topstep Combine": locks at the start balance."""
    trader = account_at("topstep-50k")
    trader.trade("100", "155")  # 2,750 closed
    trader.wait_until("2026-03-03T15:00")
    trader.buy("100")
    assert trader.fall(100, 20, "DRAWDOWN_LIMIT") == 50_000


@pytest.mark.parametrize(
    ("peak", "floor"),
    [
        pytest.param("151", 50_050, id="a peak of 52,550: not yet locked"),
        pytest.param("152", 50_100, id="a peak of 52,600: locked"),
        pytest.param("180", 50_100, id="a peak of 54,000: no further"),
    ],
)
def test_apex_s_floor_locks_at_the_beginning_plus_a_hundred(account_at: Open, peak: str, floor: int) -> None:
    """Facts 6.1 "Apex conflict" (older figures: 2,500 on 50K, lock 50,100 at a peak of 52,600) and "PA start+$100"."""
    trader = account_at(
        "apex-intraday-50k",
        "governor: {trailing_drawdown: {amount: 2500, lock_at: 100}, profit_target: null}",
    )
    trader.buy("100")
    trader.price(peak)
    assert trader.fall(int(peak), 90, "DRAWDOWN_LIMIT") == floor


def test_ftmo_s_static_floor_stays_where_it_was(account_at: Open) -> None:
    """Facts 6.2 "FTMO 2-step": 10 % static."""
    trader = account_at("ftmo-2-step", "cash: 100000", "governor: {profit_target_pct: 50}")
    trader.trade("100", "300")  # 10,000 closed
    trader.wait_until("2026-03-03T15:00")
    trader.buy("600", 2)
    trader.fall(600, 450, "DAILY_LOSS_LIMIT")
    assert trader.fall(450, 390, "DRAWDOWN_LIMIT") == 90_000


def test_ftmo_s_one_step_floor_follows_the_balance_at_midnight_without_an_end(account_at: Open) -> None:
    """Facts 6.2 "FTMO 1-step": 10 % trailing EOD (midnight balance), no lock stated."""
    trader = account_at("ftmo-1-step", "cash: 100000", "governor: {profit_target_pct: 50}")
    for day in (3, 4):
        trader.trade("100", "220")  # 6,000 closed
        trader.wait_until(f"2026-03-0{day}T15:00")
    assert trader.governed.peak == 112_000
    trader.buy("600")
    trader.fall(600, 500, "DAILY_LOSS_LIMIT")
    assert trader.fall(500, 390, "DRAWDOWN_LIMIT") == 102_000


@pytest.mark.parametrize(
    ("sold", "floor"),
    [
        pytest.param("180", 98_000, id="4,000 closed: at once"),
        pytest.param("240", 100_000, id="7,000 closed: locked at what the account began with"),
    ],
)
def test_a_floor_that_follows_the_closed_balance_moves_when_a_position_is_closed(
    account_at: Open, sold: str, floor: int
) -> None:
    """Facts 6.2 "E8 One": 6 % trailing closed balance, locks at initial. When its day begins is not in the facts, so it
    has no profile.
    """
    trader = account_at(
        "ftmo-1-step",
        "cash: 100000",
        "governor: {daily_loss: {pct: 50}, trailing_drawdown: {pct: 6, mode: closed, lock_at: 0}}",
    )
    trader.trade("100", sold)
    trader.buy("300")
    trader.price("340")  # open gains move nothing
    assert trader.fall(340, 120, "DRAWDOWN_LIMIT") == floor


# --- the size ---


def test_topstep_s_most_contracts_are_those_of_its_account(account_at: Open) -> None:
    """Facts 6.1 "Topstep Combine": at most 5 contracts of 50K."""
    trader = account_at("topstep-50k")

    def judged(id_: str, quantity: int) -> e.SignalJudged:
        return trader.desk.judge(signal(id_, at=trader.desk.now, instrument="ES", quantity=quantity, stop=99))

    assert judged("six", 6).code == "SIZE_TOO_LARGE"
    assert judged("five", 5).outcome == "ORDERED"


def test_a_tier_is_decided_when_the_day_begins_and_does_not_rise_during_it(account_at: Open) -> None:
    """Facts 6.1 "Topstep scaling plan": the largest position is evaluated at the end of a day, and does not rise
    intraday. The steps are examples.
    """
    trader = account_at(
        "topstep-50k", "governor: {tiers: [{profit: -2000, contracts: 2}, {profit: 1500, contracts: 3}]}"
    )

    def three() -> str:
        id_ = f"three-{len(trader.desk.events)}"
        wanted = signal(id_, at=trader.desk.now, instrument="ES", quantity=3, stop=99)
        return str(trader.desk.judge(wanted).code)

    trader.trade("100", "132")  # 1,600 closed
    assert three() == "TIER_EXCEEDED"
    trader.wait_until("2026-03-02T22:59:59")
    assert three() == "TIER_EXCEEDED"
    trader.wait_until("2026-03-02T23:00")
    assert three() == ""


# --- the time ---


@pytest.mark.parametrize(
    ("profile", "zone", "wall"),
    [
        pytest.param("topstep-50k", "America/Chicago", "15:10", id="Topstep"),
        pytest.param("apex-eod-50k", "America/New_York", "16:59", id="Apex"),
    ],
)
@pytest.mark.parametrize("day", ["2026-03-06", "2026-03-09", "2026-10-30", "2026-11-02"])
def test_positions_are_closed_before_the_session_ends_on_both_sides_of_a_change_of_clocks(
    profile: str, zone: str, wall: str, day: str, tmp_path: Path
) -> None:
    """Facts 6.3 "time": flatten before close (3:10 pm CT / 4:59 pm ET)."""
    text = GOOD.replace("    cash: 100000", f"    prop_profile: {profile}", 1)
    text = text.replace("sizing: {method: fixed, quantity: 10}\n", "sizing: {method: fixed, quantity: 1}\n")
    text = text.replace("max_position_size: 1000", "max_position_size: 5")
    terms = read_text(tmp_path, text).settings.accounts[0]
    session = calendar(terms.calendar).session_on(date.fromisoformat(day))
    assert session is not None
    assert terms.flatten_before_close is not None
    closing = datetime.fromtimestamp(session.close // SECOND, ZoneInfo(zone))
    closing -= timedelta(seconds=terms.flatten_before_close // SECOND)
    assert closing.strftime("%H:%M") == wall
