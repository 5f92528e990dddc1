"""What the gates compared, as people read it."""

import pytest

from kedge.wording.gate_figures import tell_figures

CASES: list[tuple[str, dict[str, str], str]] = [
    ("routing", {"one_symbol": "true", "elsewhere": "ES"}, "one symbol at a time, open elsewhere: ES"),
    ("routing", {"instrument": "SPY", "deny": "SPY, ES"}, "SPY is on the list of risk.deny: SPY, ES"),
    ("routing", {"strategy": "none", "allowed": "orb"}, "strategy none, allowed orb"),
    ("routing", {"one_symbol": "false", "elsewhere": "ES"}, "any number of symbols"),
    ("shorting", {"shortable": "true"}, "it may be sold short"),
    ("trial", {"strategy": "orb", "on_trial": "false"}, "the strategy is not on trial, strategy orb"),
    (
        "routing",
        {"instrument": "SPY", "open": "ES"},
        "one symbol at a time: SPY is asked for and open, or on its way, is ES",
    ),
    ("strength", {"strength": "70", "above": "70"}, "strength 70, more than 70 is asked for"),
    ("strength", {"strength": "none", "above": "70"}, "no strength given, more than 70 is asked for"),
    (
        "governor",
        {"equity": "99800", "since_s": "90", "ends": "day"},
        "equity 99,800.00, locked 1 min 30 s before, until the day ends",
    ),
    (
        "governor",
        {"equity": "1", "since_s": "1", "ends": "person"},
        "equity 1.00, locked 1.0 s before, until a person releases it",
    ),
    ("governor", {"equity": "1", "left_s": "61"}, "equity 1.00, 1 min 1 s of the pause were left"),
    (
        "governor",
        {"equity": "1000", "entries_per_minute": "3", "max_entries_per_minute": "10", "orders_today": "1200"},
        "equity 1,000.00, entries in the last minute 3 of 10, orders today 1,200",
    ),
    ("governor", {"strategy": "orb", "why": "too many"}, "strategy orb, why too many"),
    ("filters", {"filters": "none"}, "none are set"),
    ("filters", {"opens_in_s": "600", "closes_in_s": "999"}, "the window opens in 10 min 0 s"),
    ("filters", {"opens_in_s": "-600", "closes_in_s": "-1"}, "the window is over"),
    (
        "filters",
        {"bid": "100", "ask": "100.5", "max_quote_age_s": "1", "quote_age_s": "0.25"},
        "bid 100.00, ask 100.50, quote 250 ms old, at most 1.0 s",
    ),
    (
        "filters",
        {"bid": "100", "ask": "100.5", "max_quote_age_s": "1", "quote_age": "unknown"},
        "bid 100.00, ask 100.50, quote of unknown age, at most 1.0 s",
    ),
    (
        "filters",
        {"bid": "99.5", "ask": "100.5", "spread": "1", "max_spread_bps": "20"},
        "bid 99.50, ask 100.50, spread 1 (100.0 bps), at most 20 bps",
    ),
    (
        "filters",
        {"bid": "1", "ask": "1", "expected": "100", "slippage": "0.6", "max_slippage_bps": "50"},
        "bid 1.00, ask 1.00, slippage 0.6 (60.0 bps), at most 50 bps, expected 100.00",
    ),
    (
        "sizing",
        {
            "quantity": "99",
            "source": "risk",
            "cut_by": "max_position_pct",
            "budget": "1000",
            "risk_each": "5.01",
        },
        "99 by the risk down to the stop, cut down by max_position_pct, budget 1,000.00, risk of each 5.01",
    ),
    (
        "limits",
        {
            "quantity": "20",
            "price": "100",
            "max_position_pct": "1000",
            "used": "400",
            "needed": "2000",
        },
        "value in this instrument (max_position_pct): needs 2,000.00, 600.00 left of 1,000.00, 20 at 100.00",
    ),
    (
        "limits",
        {
            "equity": "1",
            "quantity": "1",
            "price": "1",
            "max_position_size": "10",
            "used": "12",
            "needed": "1",
        },
        "size of the position (max_position_size): needs 1, 0 left of 10, 1 at 1.00, equity 1.00",
    ),
    (
        "limits",
        {"equity": "1", "quantity": "1", "price": "1", "positions": "6", "max_positions": "5"},
        "1 at 1.00, equity 1.00, positions with this one 6 of 5",
    ),
    (
        "limits",
        {"quantity": "1", "price": "1", "max_position_size_left": "9", "buying_power_left": "1234.5"},
        "1 at 1.00, it leaves: size of the position 9; buying power 1,234.50",
    ),
    ("approval", {"auto_execute": "true"}, "the account executes by itself"),
    ("approval", {"approved_by": "ann"}, "approved by ann"),
    ("approval", {"who": "ann", "why": "news"}, "declined by ann: news"),
    ("approval", {"waited_s": "300"}, "nobody has approved it in 5 min 0 s"),
    ("approval", {"approve_within_s": "300"}, "waits 5 min 0 s for a yes or no (`kedge approve`)"),
    (
        "collar",
        {"max_price_deviation_pct": "5", "market": "none"},
        "a price at most 5 % from the market, which is not known",
    ),
    ("self_match", {"against": "0"}, "nothing rests against it"),
    ("entry_intake", {"age_s": "-0.5", "direction": "LONG"}, "age -500 ms, direction LONG"),
    (
        "a_gate_of_tomorrow",
        {"some_number": "5", "a_word": "infinity", "odd_bps": "2"},
        "some number 5, a word infinity, odd 2 bps",
    ),
    ("minimum_size", {}, ""),
]


@pytest.mark.parametrize(
    ("gate", "figures", "told"), CASES, ids=[f"{gate}: {told}" for gate, _, told in CASES]
)
def test_figures_are_told_with_their_units_and_limits(gate: str, figures: dict[str, str], told: str) -> None:
    before = dict(figures)
    assert tell_figures(gate, figures) == told
    assert figures == before
