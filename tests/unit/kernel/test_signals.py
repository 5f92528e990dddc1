"""Signals: each is judged once, whoever repeats it, and trading states block what they should."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.builders import ALPHA, Desk, names, signal

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import TradingState
from kedge.domain.ids import AccountId
from kedge.domain.instants import Instant
from kedge.domain.signals import Outcome, SignalKind
from kedge.kernel.on_signal import digest


def test_the_same_signal_twice_does_nothing_the_second_time(desk: Desk) -> None:
    wanted = signal(stop=95)
    desk.send(wanted)
    assert desk.send(wanted) == ([], [])
    desk.wait(3600)
    assert desk.send(wanted) == ([], [])


def test_a_refused_signal_that_comes_again_is_not_judged_again(desk: Desk) -> None:
    desk.set_trading(TradingState.HALTED)
    assert desk.judge(signal()).outcome is Outcome.REFUSED
    desk.set_trading(TradingState.ACTIVE)
    assert desk.send(signal()) == ([], [])


def test_a_sender_that_repeats_itself_may_stamp_it_anew(desk: Desk) -> None:
    desk.send(signal(at=desk.now))
    assert desk.send(signal(at=Instant(desk.now + 5))) == ([], [])


@pytest.mark.parametrize(
    "other",
    [{"quantity": 11}, {"stop": 96}, {"instrument": "ES"}, {"strategy": "other"}, {"metadata": {"a": "b"}}],
    ids=str,
)
def test_a_known_id_with_another_content_is_refused_and_recorded(desk: Desk, other: dict[str, Any]) -> None:
    first = signal(stop=95)
    desk.send(first)
    (repeated,), orders = desk.send(signal(**({"stop": 95} | other)))
    assert isinstance(repeated, e.SignalRepeated)
    assert repeated.first_digest == digest(first) != repeated.digest
    assert orders == []


def test_the_archive_s_word_counts_for_a_signal_that_left_the_memory(desk: Desk) -> None:
    wanted = signal(stop=95)
    known = i.SignalArrived(wanted, at=desk.now, first_digest=digest(wanted))
    assert desk.give(known) == []
    other = i.SignalArrived(wanted, at=desk.now, first_digest="something else")
    assert names(desk.give(other)) == ["SignalRepeated"]


def test_the_order_in_which_a_sender_writes_its_metadata_is_no_content() -> None:
    assert digest(signal(metadata={"a": "1", "b": "2"})) == digest(signal(metadata={"b": "2", "a": "1"}))


@pytest.mark.parametrize("state", [TradingState.HALTED, TradingState.REDUCING])
@pytest.mark.parametrize("who", [None, ALPHA])
def test_a_halt_blocks_entries_and_not_the_way_out(
    desk: Desk, state: TradingState, who: AccountId | None
) -> None:
    _, stop, _ = desk.enter(filled=10)
    other = desk.enter("s-2", instrument="ES", target=None)
    desk.set_trading(state, who)
    judged = desk.judge(signal("s-3", instrument="ES", at=desk.now))
    assert judged.code == {"HALTED": "TRADING_HALTED", "REDUCING": "REDUCING_ONLY"}[state]
    assert names(desk.ask_cancel(other[0])) == ["CancelSubmitted"]
    adjusted = desk.judge(signal("s-4", SignalKind.STOP_ADJUSTMENT, None, stop=96, at=desk.now))
    assert adjusted.outcome is Outcome.ADJUSTED
    desk.replaced(stop, stop_price=96)
    assert len(desk.exit()) == 1


def test_the_stricter_of_the_engine_s_and_the_account_s_state_decides(desk: Desk) -> None:
    desk.set_trading(TradingState.HALTED, ALPHA)
    desk.set_trading(TradingState.REDUCING)
    assert desk.judge(signal("a")).code == "TRADING_HALTED"
    desk.set_trading(TradingState.ACTIVE, ALPHA)
    assert desk.judge(signal("b")).code == "REDUCING_ONLY"
    desk.set_trading(TradingState.ACTIVE)
    assert desk.judge(signal("c")).outcome is Outcome.ORDERED


def test_a_state_that_is_set_twice_is_recorded_once(desk: Desk) -> None:
    assert names(desk.set_trading(TradingState.HALTED)) == ["TradingStateChanged"]
    assert desk.set_trading(TradingState.HALTED) == []
    assert names(desk.set_trading(TradingState.HALTED, AccountId("nobody"))) == ["UNKNOWN_ACCOUNT"]


def test_settings_that_say_what_is_known_record_nothing(desk: Desk) -> None:
    state = desk.book.state
    assert desk.give(i.AccountDeclared(state.accounts[ALPHA].terms, at=desk.now)) == []
    assert desk.give(i.InstrumentDeclared(next(iter(state.instruments.values())), at=desk.now)) == []


def test_an_account_that_is_declared_anew_keeps_its_money(desk: Desk) -> None:
    entry, *_ = desk.enter()
    desk.fill(entry, 10, 100)
    terms = desk.book.state.accounts[ALPHA].terms
    doubled = msgspec.structs.replace(terms, cash=terms.cash * 2)
    assert names(desk.give(i.AccountDeclared(doubled, at=desk.now))) == ["AccountDefined"]
    assert desk.cash() == Decimal(99_000)
