"""Limits over all the accounts of one owner: what counts to them, who is named, and what locks all of them."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from tests.builders import ALPHA, SPY, Desk, account, nano, number, signal

from kedge.domain import events as e
from kedge.domain import governing as g
from kedge.domain import inputs as i
from kedge.domain.codes import Code
from kedge.domain.governor import Basis, DailyLoss, Ends
from kedge.domain.ids import AccountId, OrderId
from kedge.domain.instants import NEVER
from kedge.domain.instruments import AssetClass
from kedge.domain.lifecycle import OrderState
from kedge.domain.limits import ROOMY as LIMITS_ROOMY
from kedge.domain.limits import AssetShare, SizeMethod, Sizing
from kedge.domain.numbers import from_nano
from kedge.domain.orders import Role
from kedge.domain.owners import OwnerTerms
from kedge.domain.refusals import RejectKind
from kedge.domain.signals import Direction, Outcome
from kedge.kernel.book import Book
from kedge.kernel.sums import Sums
from kedge.wording.headroom import nearest

D = Decimal
BETA, GAMMA, STRANGER = AccountId("beta"), AccountId("gamma"), AccountId("stranger")
ROOMY = OwnerTerms(
    "ann",
    max_exposure_pct=D(10**6),
    max_open_risk_pct=D(10**6),
    max_position_pct=D(10**6),
    allow_opposite=True,
)


def desk(owner: OwnerTerms | None = None, *, cash: int = 100_000, **terms: Any) -> Desk:
    """Three accounts of ann's and one of somebody else's."""
    made = account(cash=cash, owner="ann", **terms)
    opened = Desk(made)
    for name in (BETA, GAMMA):
        opened.give(i.AccountDeclared(replace(made, id=name), at=opened.now))
    opened.give(i.AccountDeclared(replace(made, id=STRANGER, owner="bob"), at=opened.now))
    if owner is not None:
        opened.give(i.OwnersDeclared((owner,), at=opened.now))
    return opened


def sent(desk: Desk, who: AccountId, id_: str, **wanted: Any) -> e.SignalJudged:
    wanted = {"stop": 95, "limit": 100, "quantity": 100} | wanted
    return desk.judge(signal(id_, at=desk.now, account=who, **wanted))


def bought(desk: Desk, who: AccountId, id_: str, quantity: int = 100, **wanted: Any) -> OrderId:
    """What it has bought at 100."""
    order = sent(desk, who, id_, quantity=quantity, **wanted).order
    assert order is not None, desk.events[-1]
    desk.accept(order)
    desk.fill(order, quantity)
    return order


LIMITS: dict[str, tuple[dict[str, Any], Code, str, float, int, int]] = {
    # what is limited, code, name of the limit, the limit, used by two accounts, needed by the third
    "exposure in percent": (
        {"max_exposure_pct": D(9)},
        Code.OWNER_EXPOSURE_TOO_LARGE,
        "owner.max_exposure_pct",
        27_000,
        20_000,
        10_000,
    ),
    "exposure in money": (
        {"max_exposure": D(29_999)},
        Code.OWNER_EXPOSURE_TOO_LARGE,
        "owner.max_exposure",
        29_999,
        20_000,
        10_000,
    ),
    "one instrument in percent": (
        {"max_position_pct": D("9.5")},
        Code.OWNER_POSITION_TOO_LARGE,
        "owner.max_position_pct",
        28_500,
        20_000,
        10_000,
    ),
    "one instrument in shares": (
        {"max_position_size": D(299)},
        Code.OWNER_POSITION_TOO_LARGE,
        "owner.max_position_size",
        299,
        200,
        100,
    ),
    "open risk in percent": (
        {"max_open_risk_pct": D("0.45")},
        Code.OWNER_RISK_TOO_LARGE,
        "owner.max_open_risk_pct",
        1350,
        1000,
        500,
    ),
    "open risk in money": (
        {"max_open_risk": D("1499.99")},
        Code.OWNER_RISK_TOO_LARGE,
        "owner.max_open_risk",
        1499.99,
        1000,
        500,
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_what_is_open_and_on_its_way_in_all_accounts_counts(name: str) -> None:
    limit, code, key, most, used, needed = LIMITS[name]
    day = desk(replace(ROOMY, **limit))
    bought(day, ALPHA, "s-1")
    assert sent(day, BETA, "s-2").outcome is Outcome.ORDERED  # it only waits at the venue
    judged = sent(day, GAMMA, "s-3")
    assert (judged.outcome, judged.code) == (Outcome.REFUSED, code)
    figures = judged.checks[-1].figures
    assert (figures[key], figures["used"], figures["needed"]) == (nano(str(most)), nano(used), nano(needed))
    assert (figures["owner"], figures["other_accounts"]) == ("ann", "alpha, beta")
    assert figures["owner_equity"] == nano(300_000)
    assert sent(day, STRANGER, "s-4").outcome is Outcome.ORDERED


def test_a_size_of_the_account_s_own_is_cut_down_to_what_the_owner_has_left() -> None:
    day = desk(replace(ROOMY, max_exposure=D(15_000)), sizing=Sizing(SizeMethod.EQUITY_PCT, D(10)))
    bought(day, ALPHA, "s-1")
    judged = sent(day, BETA, "s-2", quantity=None)
    sizing = next(check for check in judged.checks if check.gate == "sizing")
    assert (sizing.figures["cut_by"], sizing.figures["quantity"]) == ("owner.max_exposure", nano(50))


def test_an_owner_that_is_named_without_limits_has_the_documented_ones() -> None:
    day = desk(OwnerTerms("ann"))
    bought(day, ALPHA, "s-1", 300)
    judged = sent(day, BETA, "s-2", quantity=1)
    assert judged.code == Code.OWNER_POSITION_TOO_LARGE
    assert judged.checks[-1].figures["owner.max_position_pct"] == nano(30_000)


def test_an_owner_without_limits_is_only_a_name() -> None:
    day = desk()
    for number_, who in enumerate((ALPHA, BETA, GAMMA)):
        bought(day, who, f"s-{number_}", 500)


# --- both sides of one instrument ---


@pytest.mark.parametrize("filled", [False, True])
def test_one_account_is_not_long_where_another_is_short(filled: bool) -> None:
    day = desk(replace(ROOMY, allow_opposite=False))
    sent(day, ALPHA, "s-1") if not filled else bought(day, ALPHA, "s-1")
    judged = sent(day, BETA, "s-2", direction=Direction.SHORT, stop=105)
    assert (judged.code, judged.checks[-1].gate) == (Code.OWNER_OPPOSITE, "owner_opposite")
    assert judged.checks[-1].figures == {"owner": "ann", "against": nano(100), "accounts": "alpha"}
    assert sent(day, BETA, "s-3", direction=Direction.SHORT, stop=105, instrument="ES", quantity=1).order
    assert sent(day, STRANGER, "s-4", direction=Direction.SHORT, stop=105).order
    assert sent(day, GAMMA, "s-5").order, "the same side is no hedge"


def test_both_sides_are_allowed_where_the_owner_says_so() -> None:
    day = desk(ROOMY)
    bought(day, ALPHA, "s-1")
    assert sent(day, BETA, "s-2", direction=Direction.SHORT, stop=105).order


def test_an_entry_is_not_tried_again_where_another_account_has_taken_the_other_side_meanwhile() -> None:
    day = desk(replace(ROOMY, allow_opposite=False))
    order = sent(day, ALPHA, "s-1").order
    assert order is not None
    day.reject(order, kind=RejectKind.BUSY)
    assert sent(day, BETA, "s-2", direction=Direction.SHORT, stop=105).order
    day.wait(10)
    given_up = next(event for event in day.events if isinstance(event, e.OrderGivenUp))
    assert given_up.code == Code.OWNER_OPPOSITE


@pytest.mark.parametrize(("quantity", "refused"), [(150, False), (151, True)])
def test_an_entry_that_is_made_larger_is_held_against_what_the_other_accounts_leave(
    quantity: int, refused: bool
) -> None:
    day = desk(replace(ROOMY, max_exposure=D(25_000)))
    bought(day, BETA, "s-1")
    order = sent(day, ALPHA, "s-2").order
    assert order is not None
    day.accept(order)
    told = day.ask_replace(order, quantity=quantity)[0]
    assert isinstance(told, e.RequestRefused) is refused
    assert not isinstance(told, e.RequestRefused) or "OWNER_EXPOSURE_TOO_LARGE" in told.reason


# --- the loss of a day ---


def breaches(day: Desk) -> list[tuple[str, str, Decimal, Decimal, str]]:
    return [
        (event.account, event.code, from_nano(event.equity), from_nano(event.limit), event.owner)
        for event in day.events
        if isinstance(event, g.LimitBreached)
    ]


def losing(**loss: Any) -> OwnerTerms:
    return replace(ROOMY, daily_loss=DailyLoss(**({"limit": D(1000)} | loss)))


def test_losses_of_several_accounts_lock_all_of_them_at_the_price_where_they_add_up() -> None:
    day = desk(losing())
    bought(day, ALPHA, "s-1", 100, stop=50)
    bought(day, BETA, "s-2", 100, stop=50)
    waiting = sent(day, GAMMA, "s-3", limit=90, stop=50).order
    assert waiting is not None
    day.accept(waiting)
    for price in ("99", "97.5", "96", "95.20", "95.05", "95.01"):
        day.quote(price, str(number(price) + SPY.tick))
    assert breaches(day) == []
    day.quote("95.00", "95.01")
    told = ("OWNER_DAILY_LOSS", D(299_000), D(299_000), "ann")
    assert breaches(day) == [(ALPHA, *told), (BETA, *told), (GAMMA, *told)]
    assert day.state(waiting) is OrderState.PENDING_CANCEL
    day.wait(0)
    exits = [order for order in day.book.state.orders.values() if order.request.role is Role.EXIT]
    assert sorted(order.request.account for order in exits) == [ALPHA, BETA]
    judged = sent(day, GAMMA, "s-4", instrument="ES", quantity=1)
    assert (judged.code, judged.checks[-1].gate) == (Code.OWNER_DAILY_LOSS, "governor")
    assert sent(day, STRANGER, "s-5").order


def test_a_limit_that_is_set_when_more_is_lost_already_locks_at_once() -> None:
    day = desk(ROOMY)
    bought(day, ALPHA, "s-1", 500, stop=50)
    day.quote("97", "97.01")
    day.give(i.OwnersDeclared((losing(),), at=day.now))
    assert [(who, code) for who, code, *_ in breaches(day)] == [
        (each, "OWNER_DAILY_LOSS") for each in (ALPHA, BETA, GAMMA)
    ]


def test_an_account_that_gains_makes_up_for_one_that_loses() -> None:
    day = desk(losing(flatten=False))
    bought(day, ALPHA, "s-1", 100, stop=50)
    short = sent(day, BETA, "s-2", direction=Direction.SHORT, stop=150, limit=100).order
    assert short is not None
    day.accept(short)
    day.fill(short, 100)
    day.quote("60.00", "60.01")
    assert breaches(day) == []


def test_a_gap_is_seen_whichever_account_it_hits() -> None:
    day = desk(losing())
    bought(day, ALPHA, "s-1", 10, stop=50)
    bought(day, BETA, "s-2", 100, stop=50)
    day.quote("80.00", "80.01")
    assert {who for who, *_ in breaches(day)} == {ALPHA, BETA, GAMMA}


def turn(day: Desk, who: AccountId, name: str) -> None:
    day.give(i.DayTurned(account=who, day=name, until=NEVER, at=day.now))


def test_the_lock_ends_with_the_day_of_each_and_the_next_is_measured_anew() -> None:
    day = desk(losing())
    everybody = (ALPHA, BETA, GAMMA)
    for who in everybody:
        turn(day, who, "2026-03-02")
    bought(day, GAMMA, "s-1", 100, stop=50)  # the last one whose day begins
    day.quote("90.00", "90.01")
    assert len(breaches(day)) == 3
    day.wait(0)
    leaving = next(o.id for o in day.book.state.orders.values() if o.request.role is Role.EXIT)
    day.fill(leaving, 100, "90")
    for who in everybody:
        turn(day, who, "2026-03-03")
    assert [list(day.book.state.accounts[who].governed.locks) for who in everybody] == [[], [], []]
    assert len(breaches(day)) == 3, "days that begin one after the other lock nobody"
    bought(day, BETA, "s-2", 100, stop=50)
    day.quote("90.01", "90.02")
    assert len(breaches(day)) == 3
    day.quote("90.00", "90.01")
    assert breaches(day)[3:] == [
        (who, "OWNER_DAILY_LOSS", D(298_000), D(298_000), "ann") for who in everybody
    ]


def test_a_person_lets_one_go_on_only_once_they_are_above_the_floor_again() -> None:
    day = desk(losing(ends=Ends.PERSON, flatten=False))
    bought(day, ALPHA, "s-1", 100, stop=50)
    day.quote("90.00", "90.01")
    ask = i.ReleaseAsked(account=GAMMA, code="OWNER_DAILY_LOSS", who="ann", why="looked", at=day.now)
    refused = day.give(ask)[0]
    assert isinstance(refused, g.ReleaseRefused)
    assert refused.reason.startswith("equity 299000 is still at or below the limit 299000")
    day.quote("95.00", "95.01")
    assert isinstance(day.give(replace(ask, at=day.now))[0], g.LockReleased)
    assert list(day.book.state.accounts[GAMMA].governed.locks) == []
    assert list(day.book.state.accounts[BETA].governed.locks) == ["OWNER_DAILY_LOSS"]


@pytest.mark.parametrize(("basis", "limit"), [(Basis.BALANCE, 299_000), (Basis.EQUITY, 299_500)])
def test_it_is_measured_from_balance_or_equity_as_the_days_began(basis: Basis, limit: int) -> None:
    day = desk(losing(basis=basis))
    bought(day, ALPHA, "s-1", 100, stop=50)
    day.quote("105", "105.01")
    for who in (ALPHA, BETA, GAMMA):
        turn(day, who, "2026-03-03")
    day.quote("80", "80.01")
    assert {each[3] for each in breaches(day)} == {D(limit)}


def test_a_share_is_of_what_all_began_with() -> None:
    day = desk(losing(limit=D(1), in_pct=True))
    bought(day, ALPHA, "s-1", 1000, stop=50)
    day.quote("97.01", "97.02")
    assert breaches(day) == []
    day.quote("97.00", "97.01")
    assert {each[3] for each in breaches(day)} == {D(297_000)}


def test_locks_and_limits_hold_over_a_restart() -> None:
    day = desk(losing())
    bought(day, ALPHA, "s-1", 100, stop=50)
    bought(day, BETA, "s-2", 100, stop=50)
    day.quote("95.20", "95.21")
    day.book = Book.restored(day.book.snapshot())
    day.quote("95.01", "95.02")
    assert breaches(day) == []
    day.quote("95.00", "95.01")
    assert len(breaches(day)) == 3
    day.book = Book.restored(day.book.snapshot())
    assert sent(day, GAMMA, "s-4").code == Code.OWNER_DAILY_LOSS


# --- who belongs to whom ---


def test_limits_that_the_settings_no_longer_name_are_gone_and_told_once() -> None:
    day = desk(replace(ROOMY, max_exposure=D(15_000)))
    bought(day, ALPHA, "s-1")
    assert sent(day, BETA, "s-2").code == Code.OWNER_EXPOSURE_TOO_LARGE
    assert day.give(i.OwnersDeclared((), at=day.now)) == [g.OwnersDefined(owners=())]
    assert day.give(i.OwnersDeclared((), at=day.now)) == []
    assert sent(day, BETA, "s-3").order


def test_an_account_that_changes_hands_counts_to_its_new_owner() -> None:
    day = desk(replace(ROOMY, max_exposure=D(25_000)))
    bought(day, ALPHA, "s-1")
    bought(day, STRANGER, "s-2")
    terms = replace(account(owner="ann"), id=STRANGER)
    day.give(i.AccountDeclared(terms, at=day.now))
    assert sent(day, BETA, "s-3").code == Code.OWNER_EXPOSURE_TOO_LARGE
    day.give(i.AccountDeclared(replace(terms, owner=""), at=day.now))
    assert sent(day, BETA, "s-4").order


def test_what_is_kept_is_what_counting_everything_gives() -> None:
    day = desk(losing())
    bought(day, ALPHA, "s-1")
    bought(day, BETA, "s-2", 30, stop=50)
    day.exit("x-1", account=ALPHA)
    day.fill(next(o.id for o in day.book.state.orders.values() if o.request.role is Role.EXIT), 40, 99, fee=1)
    day.quote("97", "97.01")
    turn(day, BETA, "2026-03-03")
    sent(day, GAMMA, "s-3")
    kept, counted = (sums.pool_of(ALPHA) for sums in (day.book._sums, Sums(day.book.state)))
    assert kept is not None
    assert counted is not None
    assert (kept.total, kept.cash, kept.reference, kept.initial) == (
        counted.total,
        counted.cash,
        counted.reference,
        counted.initial,
    )
    assert {key: value for key, value in kept.stakes.items() if value.used} == {
        key: value for key, value in counted.stakes.items() if value.used
    }


@pytest.mark.parametrize("wrong", ["NaN", "Infinity", "-Infinity", "0", "-1"])
def test_no_number_is_no_limit(wrong: str) -> None:
    for name in OwnerTerms.__struct_fields__:
        if name.startswith("max_"):
            with pytest.raises(ValueError, match=f"owner ann: {name} must be a number above 0"):
                replace(OwnerTerms("ann"), **{name: D(wrong)})


def test_what_is_left_of_an_owners_limits_is_told_for_each_of_its_accounts() -> None:
    day = desk(replace(losing(), max_position_size=D(250)))
    for who, id_ in ((ALPHA, "s-1"), (BETA, "s-2")):
        bought(day, who, id_, 100, stop=50)
    day.quote("100", "100.01")
    room = day.book.headroom(GAMMA, day.now)
    told = [(each.code, each.level, each.now, each.left) for each in room.levels if each.owner]
    assert told == [(Code.OWNER_DAILY_LOSS, D(299_000), D(300_000), D(1000))]
    left = {each.name: (each.limit, each.used, each.fits) for each in room.limits}
    assert left["owner.max_position_size"] == (D(250), D(200), D(50))
    assert left["owner.max_exposure_pct"][1] == D(20_000)
    assert not [each for each in day.book.headroom(STRANGER, day.now).levels if each.owner]
    sentence = "One more loss of 100.00 a piece on 10 SPY locks all accounts of ann for the day."
    assert nearest(room) == sentence


def test_each_account_is_told_the_same_of_its_owner_before_anything_is_marked_anew() -> None:
    day = desk(losing())
    bought(day, ALPHA, "s-1", 100, stop=50)
    day.quote("99.50", "99.51")
    told = [
        [(each.level, each.now) for each in day.book.headroom(who, day.now).levels if each.owner]
        for who in (ALPHA, BETA, GAMMA)
    ]
    assert told == [[(D(299_000), D(299_950))]] * 3


def test_what_is_open_in_an_asset_class_is_told_too() -> None:
    shares = (AssetShare(AssetClass.EQUITY, D(50)),)
    day = desk(limits=replace(LIMITS_ROOMY, by_asset=shares))
    bought(day, ALPHA, "s-1", 100, stop=50)
    left = {each.name: (each.limit, each.used) for each in day.book.headroom(ALPHA, day.now).limits}
    assert left["max_exposure_by_asset.equity"] == (D(50_000), D(10_000))
