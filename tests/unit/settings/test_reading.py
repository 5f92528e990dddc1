"""Settings that are in order: what they become, and where each value came from."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.settings.builders import GOOD, changed, read_text

from kedge.domain.accounts import AccountTerms, Follow
from kedge.domain.adaptive import Adapt, Adjust, AdjustBy, Tighten, Widen
from kedge.domain.capabilities import Capabilities
from kedge.domain.governor import Basis, DailyLoss, DayClock, Drawdown, Ends, Governor, Tier, Trail
from kedge.domain.ids import AccountId, Symbol, VenueName
from kedge.domain.instants import MILLISECOND, MINUTE, SECOND, Span
from kedge.domain.instruments import AssetClass, Instrument
from kedge.domain.limits import Counted, Filters, Limits, Routing, SizeMethod, Sizing, Trial
from kedge.domain.orders import Holder
from kedge.domain.protection import (
    Horizon,
    KeyLevels,
    LevelStop,
    Plan,
    StopMethod,
    TargetMethod,
    TargetPart,
    TargetPlan,
)
from kedge.settings import assembly
from kedge.settings.errors import SettingsError
from kedge.settings.reading import read
from kedge.settings.values import Bars, BarStamps, PaperVenue, RecordedFeed, RollBy, SimulatedFeed
from kedge.sim.abilities import Abilities
from kedge.sim.settings import CommissionIn, FillOn, LimitFill, SameBar, SimSettings

TRAILS = Follow(trail_percent=Decimal(1))
# What holds an account back when its settings say nothing of it.
HELD_BACK: dict[str, Any] = {
    "routing": Routing(one_symbol=True),
    "filters": Filters(max_quote_age=Span(500 * MILLISECOND)),
    "clock": DayClock("America/New_York"),
    "reduce_on_anomaly": True,
}


def test_the_good_file_becomes_the_engine_s_own_words(tmp_path: Path) -> None:
    settings = read_text(tmp_path, GOOD).settings
    assert settings.data_dir == tmp_path / "data"
    assert dict(settings.venues) == {
        "paper": PaperVenue(VenueName("paper"), 7, SimSettings(slippage_bps=Decimal(1)))
    }
    alpha, beta = settings.accounts
    assert alpha == AccountTerms(
        AccountId("alpha"),
        VenueName("paper"),
        Decimal(100_000),
        quantity=Decimal(10),
        max_position_size=Decimal(1000),
        stop_percent=Decimal(2),
        order_timeout=Span(30 * SECOND),
        follow=TRAILS,
        **HELD_BACK,
    )
    assert beta == AccountTerms(
        AccountId("beta"), VenueName("paper"), Decimal(50_000), follow=TRAILS, **HELD_BACK
    )
    assert settings.instruments == (
        Instrument(Symbol("SPY"), Decimal("0.01"), calendar="XNYS"),
        Instrument(
            Symbol("ES"),
            Decimal("0.25"),
            multiplier=Decimal(50),
            asset=AssetClass.FUTURE,
            margin=Decimal(15_000),
            calendar="CMES",
        ),
    )
    assert settings.feeds == (SimulatedFeed((Symbol("SPY"),), Decimal(5)),)


def test_every_option_of_the_simulated_exchange_can_be_set(tmp_path: Path) -> None:
    given = """{kind: paper, seed: 3, slippage_bps: 0.5, commission_flat: 1, commission_per_share: 0.005,
      commission_percent: 0.1, commission_minimum: 2, fill_delay_ms: 50, partial_fill_rate: 0.25, reject_rate: 0.01,
      spread_ticks: 2, fill_on: close, limit_fill: through, same_bar: stop_first,
      commission_in: base, respect_size: true, check_cash: false,
      abilities: {bracket: false, oco: false, replace: false, reduce_only: false,
      gtc: false, stop_orders: false, stop_limit_orders: false, trailing_orders: false}}"""
    settings = read_text(tmp_path, changed("{kind: paper, seed: 7, slippage_bps: 1}", given)).settings
    terms = SimSettings(
        slippage_bps=Decimal("0.5"),
        commission_flat=Decimal(1),
        commission_per_share=Decimal("0.005"),
        commission_percent=Decimal("0.1"),
        commission_minimum=Decimal(2),
        fill_delay=Span(50 * MILLISECOND),
        partial_fill_rate=Decimal("0.25"),
        reject_rate=Decimal("0.01"),
        spread_ticks=2,
        fill_on=FillOn.CLOSE,
        limit_fill=LimitFill.THROUGH,
        same_bar=SameBar.STOP_FIRST,
        commission_in=CommissionIn.BASE,
        respect_size=True,
        check_cash=False,
        abilities=Abilities(
            bracket=False,
            oco=False,
            replace=False,
            reduce_only=False,
            gtc=False,
            stop_orders=False,
            stop_limit_orders=False,
            trailing_orders=False,
        ),
    )
    assert settings.accounts[0].capabilities == terms.abilities.capabilities, "the kernel plans by the same"
    assert settings.venues[VenueName("paper")] == PaperVenue(VenueName("paper"), 3, terms)
    assert "seed" not in terms.__struct_fields__, "the seed is the venue's"
    options = len(terms.__struct_fields__) + len(Abilities.__struct_fields__)
    assert given.count(":") == options + 2, "an option of the exchange has no key"


def test_accounts_may_share_an_account_at_their_venue(tmp_path: Path) -> None:
    given = "    venue_account: main\n    owner: Ann O'Neil\n"
    text = changed("    cash: 100000\n", f"    cash: 100000\n{given}").replace(
        "    cash: 50000\n", "    cash: 50000\n    venue_account: main\n"
    )
    alpha, beta = read_text(tmp_path, text).settings.accounts
    assert (alpha.held_at, alpha.owner) == ("main", "Ann O'Neil")
    assert (beta.held_at, beta.owner) == ("main", "")
    assert read_text(tmp_path, GOOD).settings.accounts[1].held_at == "beta"


def test_every_option_of_an_account_can_be_set(tmp_path: Path) -> None:
    given = """
    currency: USD
    signal_ttl_seconds: 0.5
    sizing: {quantity: 1.5}
    risk: {max_position_size: 20}
    protection: {stop: {value: 0.75}, allow_unprotected: true, stop_limit_pct: 0.25,
                 hold: engine, disaster_stop: 1.5,
                 break_even_after_r: 0.5, time_exit_min: 1.5, trailing: {pct: 0.4, after_r: 2}}
    orders: {timeout_seconds: 1.000000001}
"""
    beta = read_text(tmp_path, changed("    cash: 50000\n", f"    cash: 0{given}")).settings.accounts[1]
    assert beta == AccountTerms(
        AccountId("beta"),
        VenueName("paper"),
        Decimal(0),
        quantity=Decimal("1.5"),
        max_position_size=Decimal(20),
        stop_percent=Decimal("0.75"),
        allow_unprotected=True,
        stop_limit_percent=Decimal("0.25"),
        disaster_stop=Decimal("1.5"),
        capabilities=Capabilities(hold=Holder.ENGINE),
        order_timeout=Span(1_000_000_001),
        signal_ttl=Span(SECOND // 2),
        follow=Follow(
            trail_percent=Decimal("0.4"),
            after_r=Decimal(2),
            break_even_r=Decimal("0.5"),
            time_exit=Span(90 * SECOND),
        ),
        **HELD_BACK,
    )


def test_every_option_of_what_holds_an_account_back_can_be_set(tmp_path: Path) -> None:
    given = """
    one_symbol: false
    auto_execute: false
    approve_within_seconds: 90
    min_signal_strength: 55.5
    strategies: [orb, ema]
    reduce_on_anomaly: false
    sizing: {method: risk, risk_pct: 0.25}
    risk: {max_position_size: 20, max_order_value: 1000, max_positions: 3, max_position_pct: 11, max_exposure_pct: 51,
           max_leverage: 2, max_open_risk_pct: 4, min_cash: 500, exposure: margin, max_price_deviation_pct: 6,
           max_active_orders: 9, max_daily_orders: 99, repeat_window_ms: 250, allow: [SPY, ES], deny: [TSLA],
           by_strategy: [{strategy: new, max_position_size: 1, max_order_value: 700, max_entries_per_day: 2,
                          allow: [ES]}]}
    filters: {max_spread_bps: 5, max_slippage_bps: 7.5, max_quote_age_ms: 750, window: "22:00-04:00",
              timezone: Europe/Berlin}
    governor:
      timezone: America/Chicago
      day_starts: "17:00"
      cooldown_losses: 2
      cooldown_minutes: 7.5
      max_entries_per_minute: 4
      max_entries_per_hour: 40
      max_entries_per_day: 44
      daily_loss: {pct: 5, basis: higher, ends: person, flatten: false}
      trailing_drawdown: {amount: 2000, mode: end_of_day, lock_at: 100, ends: day, flatten: false}
      profit_target_pct: 6
      max_day_profit: 1500
      tiers: [{profit: 0, contracts: 5}, {profit: 1500, contracts: 10}]
      max_rejections: 6
      max_refusals: 8
      max_repeats: 7
"""
    beta = read_text(tmp_path, changed("    cash: 50000\n", f"    cash: 50000{given}")).settings.accounts[1]
    assert not beta.reduce_on_anomaly
    assert beta.routing == Routing(
        one_symbol=False,
        auto_execute=False,
        approve_within=Span(90 * SECOND),
        min_strength=Decimal("55.5"),
        allow=(Symbol("SPY"), Symbol("ES")),
        deny=(Symbol("TSLA"),),
        strategies=("orb", "ema"),
    )
    assert beta.sizing == Sizing(SizeMethod.RISK, Decimal("0.25"))
    assert beta.max_position_size == 20
    assert beta.limits == Limits(
        max_order_value=Decimal(1000),
        max_price_deviation_pct=Decimal(6),
        max_positions=3,
        max_position_pct=Decimal(11),
        max_exposure_pct=Decimal(51),
        max_leverage=Decimal(2),
        max_open_risk_pct=Decimal(4),
        min_cash=Decimal(500),
        max_active_orders=9,
        repeat_window=Span(250 * MILLISECOND),
        exposure=Counted.MARGIN,
    )
    assert beta.trials == (Trial("new", Decimal(1), Decimal(700), 2, (Symbol("ES"),)),)
    assert beta.filters == Filters(Decimal(5), Decimal("7.5"), Span(750 * MILLISECOND))
    assert beta.clock == DayClock("America/Chicago", 17 * 60, 22 * 60, 4 * 60, "Europe/Berlin")
    assert beta.governor == Governor(
        daily_loss=DailyLoss(Decimal(5), in_pct=True, basis=Basis.HIGHER, ends=Ends.PERSON, flatten=False),
        drawdown=Drawdown(
            Decimal(2000), mode=Trail.END_OF_DAY, lock_at=Decimal(100), ends=Ends.DAY, flatten=False
        ),
        profit_target=Decimal(3000),
        max_day_profit=Decimal(1500),
        tiers=(Tier(Decimal(0), Decimal(5)), Tier(Decimal(1500), Decimal(10))),
        cooldown_losses=2,
        cooldown=Span(450 * SECOND),
        max_entries_per_minute=4,
        max_entries_per_hour=40,
        max_entries_per_day=44,
        max_daily_orders=99,
        max_rejections=6,
        max_refusals=8,
        max_repeats=7,
    )


def test_no_disaster_stop_and_exits_that_the_venue_holds(tmp_path: Path) -> None:
    alpha = read_text(tmp_path, changed("stop: {method: percent, value: 2.0}", "disaster_stop: off"))
    assert alpha.settings.accounts[0].disaster_stop is None
    beta = alpha.settings.accounts[1]
    assert (beta.disaster_stop, beta.capabilities.hold) == (Decimal(2), Holder.VENUE)


@pytest.mark.parametrize(
    ("given", "plan"),
    [
        ("{stop: {method: ticks, value: 8}}", Plan(stop_ticks=Decimal(8))),
        ("{stop: {method: atr}}", Plan(level_stop=LevelStop(StopMethod.ATR, Decimal("1.5"), 1))),
        (
            "{stop: {method: structure, beyond_ticks: 3}, swing_bars: 4, bar: 5m}",
            Plan(
                level_stop=LevelStop(StopMethod.STRUCTURE, Decimal("1.5"), 3),
                horizon=Horizon(Span(300 * SECOND), swing_bars=4),
            ),
        ),
        (
            "{stop: {method: opposite_range}, target: {method: range, value: 1}, range_minutes: 30, atr_bars: 7}",
            Plan(
                level_stop=LevelStop(StopMethod.OPPOSITE_RANGE, Decimal("1.5"), 1),
                horizon=Horizon(None, 7, 2, Span(1800 * SECOND)),
                target=TargetPlan(TargetMethod.RANGE, Decimal(1)),
            ),
        ),
        (
            "{stop: {method: atr, fallback_pct: 3}}",
            Plan(level_stop=LevelStop(StopMethod.ATR), fallback_percent=Decimal(3)),
        ),
        (
            "{stop: {key_levels: {within_ticks: 20, round_to: 0.5}}}",
            Plan(key_levels=KeyLevels(20, 2, Decimal("0.5"), Decimal(25))),
        ),
        (
            "{stop: {key_levels: {within_ticks: 0, past_ticks: 3, max_wider_pct: 10}}}",
            Plan(key_levels=KeyLevels(0, 3, None, Decimal(10))),
        ),
        (
            "{target: {method: risk_reward, value: 2}, partial_targets: [{at_r: 1, pct: 50}, {at_r: 2, pct: 50}]}",
            Plan(
                target=TargetPlan(TargetMethod.RISK_REWARD, Decimal(2)),
                parts=(TargetPart(Decimal(1), Decimal(50)), TargetPart(Decimal(2), Decimal(50))),
            ),
        ),
        ("{target: {method: risk_reward}}", Plan(target=TargetPlan(TargetMethod.RISK_REWARD, Decimal(2)))),
        ("{target: {method: ticks, value: 40}}", Plan(target=TargetPlan(TargetMethod.TICKS, Decimal(40)))),
        (
            "{partial_targets: [{at_r: 1, pct: 50}, {at_r: 2, pct: 50}]}",
            Plan(parts=(TargetPart(Decimal(1), Decimal(50)), TargetPart(Decimal(2), Decimal(50)))),
        ),
    ],
)
def test_where_stops_and_targets_go(given: str, plan: Plan, tmp_path: Path) -> None:
    text = changed("    cash: 50000\n", f"    cash: 0\n    protection: {given}\n")
    assert read_text(tmp_path, text).settings.accounts[1].plan == plan


@pytest.mark.parametrize(
    ("given", "follow"),
    [
        ("{trailing: {pct: null}}", Follow()),
        ("{trailing: {amount: 0.5}}", Follow(trail_amount=Decimal("0.5"))),
        (
            "{trailing: {pct: 3, amount: 0.5, after_r: 0}}",
            Follow(trail_amount=Decimal("0.5"), after_r=Decimal(0)),
        ),
    ],
)
def test_how_a_stop_follows_the_market(given: str, follow: Follow, tmp_path: Path) -> None:
    text = changed("    cash: 50000\n", f"    cash: 0\n    protection: {given}\n")
    assert read_text(tmp_path, text).settings.accounts[1].follow == follow


@pytest.mark.parametrize(
    ("given", "adapt"),
    [
        ("{}", Adapt()),
        ("{widen: {atr_multiple: 2}}", Adapt(Widen(Decimal(2)))),
        ("{widen: {atr_multiple: 2.5, give_back: true}}", Adapt(Widen(Decimal("2.5"), give_back=True))),
        ("{tighten: {at_pct: 80, to_pct: 10}}", Adapt(tighten=Tighten(Decimal(80), Decimal(10)))),
        (
            "{target: {method: risk_reward, adjust: {by: atr, min_r: 1.5}}}",
            Adapt(target=Adjust(AdjustBy.ATR, Decimal(3), Decimal("1.5"))),
        ),
    ],
)
def test_what_is_done_at_the_close_of_a_bar(given: str, adapt: Adapt, tmp_path: Path) -> None:
    text = changed("    cash: 50000\n", f"    cash: 0\n    protection: {given}\n")
    assert read_text(tmp_path, text).settings.accounts[1].adapt == adapt


@pytest.mark.parametrize(
    ("given", "key", "said"),
    [
        ("{stop: {method: ticks, value: 8, fallback_pct: 3}}", "stop.fallback_pct", "no use for it"),
        ("{stop: {key_levels: {round_to: 1}}}", "stop.key_levels.within_ticks", "missing"),
        ("{widen: {give_back: true}}", "widen.atr_multiple", "missing"),
        ("{tighten: {at_pct: 80}}", "tighten.to_pct", "missing"),
        ("{tighten: {to_pct: 80}}", "tighten.at_pct", "missing"),
        ("{tighten: {at_pct: 100, to_pct: 1}}", "tighten.at_pct", "below 100"),
        ("{target: {method: ticks, adjust: {min_r: 1}}}", "target.adjust.by", "missing"),
        ("{target: {method: ticks, adjust: {by: moon}}}", "target.adjust.by", "moon"),
        (
            "{target: {method: ticks, adjust: {by: resistance, multiple: 2}}}",
            "adjust.multiple",
            "leave it out",
        ),
        ("{target: {adjust: {by: atr}}}", "target.adjust", "the method none has no use for it"),
        ("{target: {method: range, adjust: {by: range}}, range_minutes: 7}", "range_minutes", "whole bars"),
        ("{target: {method: ticks, adjust: {by: range}}, range_minutes: 7}", "range_minutes", "whole bars"),
    ],
)
def test_half_a_wish_for_the_close_of_a_bar_is_refused(
    given: str, key: str, said: str, tmp_path: Path
) -> None:
    text = changed("    cash: 50000\n", f"    cash: 0\n    protection: {given}\n")
    with pytest.raises(SettingsError) as caught:
        read_text(tmp_path, text)
    assert key in str(caught.value)
    assert said in str(caught.value)


NUMBERS = [
    ("0.005", "0.005"),
    ("0.1", "0.1"),
    ("1e2", "100"),
    ("'7.50'", "7.5"),
    ("+.5", "0.5"),
    ("00012", "12"),
    ("3.", "3"),
]


@pytest.mark.parametrize(("written", "meant"), NUMBERS)
def test_numbers_are_exactly_what_is_written(written: str, meant: str, tmp_path: Path) -> None:
    settings = read_text(tmp_path, changed("slippage_bps: 1", f"commission_flat: {written}")).settings
    assert str(settings.venues[VenueName("paper")].terms.commission_flat) == meant


@pytest.mark.parametrize("symbol", ["NO", "1e3", "12:30", "0x10", "true", "BTC/USD", "ES=F", "2026-03-02"])
def test_a_symbol_is_never_taken_for_something_else(symbol: str, tmp_path: Path) -> None:
    settings = read_text(tmp_path, GOOD.replace("SPY", symbol)).settings
    assert settings.instruments[0].symbol == symbol
    assert settings.feeds[0].instruments == (symbol,)


def test_a_section_with_nothing_in_it_has_its_defaults(tmp_path: Path) -> None:
    alpha = read_text(tmp_path, changed("risk: {max_position_size: 1000}", "risk:")).settings.accounts[0]
    assert alpha.max_position_size == 1000


def test_an_alias_repeats_what_it_stands_for(tmp_path: Path) -> None:
    text = GOOD.replace("risk: {max", "risk: &limits {max").replace(
        "cash: 50000", "cash: 50000\n    risk: *limits"
    )
    text = text.replace("max_position_size: 1000", "max_position_size: 77")
    settings = read_text(tmp_path, text, {"KEDGE_ACCOUNTS__BETA__RISK__MAX_POSITION_SIZE": "5"}).settings
    assert [account.max_position_size for account in settings.accounts] == [77, 5], "the alias shares nothing"


def test_aliases_of_aliases_are_bounded(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(SettingsError, match="the settings grow to more than 200000 values here"):
        read_text(tmp_path, "\n".join(lines))


def test_each_value_says_where_it_came_from(tmp_path: Path) -> None:
    reading = read_text(
        tmp_path,
        GOOD,
        {"KEDGE_ACCOUNTS__BETA__CASH": "7"},
        dotenv="\nKEDGE_VENUES__PAPER__SEED=9\nKEDGE_ACCOUNTS__BETA__CASH=8\n",
    )
    told = {each.key: (each.value, each.place and str(each.place)) for each in reading.in_force}
    assert told["accounts.alpha.cash"] == ("100000", f"{tmp_path}/kedge.yaml:7:11")
    assert told["accounts.beta.cash"] == ("7", "environment variable KEDGE_ACCOUNTS__BETA__CASH")
    assert told["venues.paper.seed"] == ("9", f"{tmp_path}/.env:2: KEDGE_VENUES__PAPER__SEED")
    assert told["accounts.beta.risk.max_position_size"] == ("1000", None)
    assert told["feeds.simulated.instruments"] == ("SPY", f"{tmp_path}/kedge.yaml:17:36")
    assert told["instruments.SPY.margin"] == ("none", None)
    assert len(told) == len(reading.in_force), "each key once"


def test_the_data_directory_counts_from_who_names_it(tmp_path: Path) -> None:
    variables = {"KEDGE_DATA_DIR": "elsewhere"}
    assert read_text(tmp_path, GOOD).settings.data_dir == tmp_path / "data"
    assert read_text(tmp_path, GOOD, variables).settings.data_dir == Path("elsewhere")
    assert read_text(tmp_path, changed("./data", "/srv/kedge")).settings.data_dir == Path("/srv/kedge")
    assert read_text(tmp_path, changed("./data", "~/kedge")).settings.data_dir == Path("~/kedge").expanduser()
    dotenv = read_text(tmp_path, GOOD, dotenv="KEDGE_DATA_DIR=here").settings.data_dir
    assert dotenv == tmp_path / "here"


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = read_text(tmp_path, GOOD).settings
    with pytest.raises(AttributeError):
        settings.accounts = ()  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.venues["more"] = settings.venues[VenueName("paper")]  # type: ignore[index]


def test_what_a_domain_value_refuses_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stricter(AccountTerms, frozen=True):
        def __post_init__(self) -> None:
            raise ValueError(f"account {self.id}: not on a Sunday")

    monkeypatch.setattr(assembly, "AccountTerms", Stricter)
    with pytest.raises(
        SettingsError, match=r"kedge.yaml:5:5: accounts.alpha: account alpha: not on a Sunday"
    ):
        read_text(tmp_path, GOOD)


# -- the digest --

SAME = [
    GOOD.replace("cash: 100000", "cash: 100000.00"),
    GOOD.replace("cash: 100000", "cash: 1e5  # as before"),
    GOOD.replace("data_dir: ./data", "data_dir: /srv/kedge"),
    GOOD.replace("data_dir: ./data", "bars: {lengths: [300s], history: 200}"),
    GOOD.replace(
        "{kind: paper, seed: 7, slippage_bps: 1}", "{slippage_bps: 1.0, seed: 7, kind: paper, reject_rate: 0}"
    ),
    GOOD.replace("    orders: {timeout_seconds: 30}\n", "").replace(
        "cash: 100000\n", "cash: 100000\n    orders: {timeout_seconds: 30}\n"
    ),
]


@pytest.mark.parametrize("text", SAME)
def test_the_digest_does_not_depend_on_how_settings_are_written(text: str, tmp_path: Path) -> None:
    assert text != GOOD
    assert read_text(tmp_path, text).settings.digest() == read_text(tmp_path, GOOD).settings.digest()


OTHER = [
    ("seed: 7", "seed: 8"),
    ("slippage_bps: 1", "slippage_bps: 1.000000001"),
    ("cash: 100000", "cash: 100001"),
    ("id: beta", "id: gamma"),
    ("quantity: 10", "quantity: 11"),
    ("timeout_seconds: 30", "timeout_seconds: 31"),
    ("tick: 0.25", "tick: 0.5"),
    ("[SPY]", "[SPY, ES]"),
    ("quotes_per_second: 5", "quotes_per_second: 6"),
    ("data_dir: ./data", "bars: {lengths: [5m, 1h]}"),
    ("data_dir: ./data", "bars: {history: 100}"),
]


@pytest.mark.parametrize(("old", "new"), OTHER)
def test_the_digest_tells_other_settings_apart(old: str, new: str, tmp_path: Path) -> None:
    assert (
        read_text(tmp_path, changed(old, new)).settings.digest()
        != read_text(tmp_path, GOOD).settings.digest()
    )


def test_the_digest_is_the_same_wherever_a_value_was_set(tmp_path: Path) -> None:
    variables = {"KEDGE_ACCOUNTS__ALPHA__CASH": "1"}
    by_variable = read_text(tmp_path, GOOD, variables).settings.digest()
    assert by_variable == read_text(tmp_path, changed("cash: 100000", "cash: 1")).settings.digest()
    assert len(by_variable) == 32


def test_reading_changes_nothing_and_needs_no_dotenv(tmp_path: Path) -> None:
    file = tmp_path / "kedge.yaml"
    file.write_text("\ufeff" + GOOD.replace("\n", "\r\n"), "utf-8")
    first, second = read(file, {}), read(file, {})
    assert msgspec.structs.asdict(first.settings) == msgspec.structs.asdict(second.settings)
    assert [path.name for path in tmp_path.iterdir()] == ["kedge.yaml"]


def test_when_an_account_trades(tmp_path: Path) -> None:
    given = (
        "session: {calendar: CMES, premarket: true, queue_when_closed: false, flatten_before_close_min: 2.5}"
    )
    alpha, beta = read_text(tmp_path, changed("orders: {timeout_seconds: 30}", given)).settings.accounts
    assert (alpha.calendar, alpha.premarket, alpha.afterhours) == ("CMES", True, False)
    assert (alpha.queue_when_closed, alpha.cancel_at_close) == (False, True)
    assert alpha.flatten_before_close == 150 * SECOND
    assert (beta.calendar, beta.queue_when_closed, beta.flatten_before_close) == ("", True, None)


@pytest.mark.parametrize(
    ("asset", "calendar"), [("equity", "XNYS"), ("future", "CMES"), ("forex", "FOREX"), ("crypto", "CRYPTO")]
)
def test_an_instrument_trades_by_the_calendar_of_its_kind(tmp_path: Path, asset: str, calendar: str) -> None:
    text = changed("{symbol: SPY, tick: 0.01}", f"{{symbol: SPY, tick: 0.01, asset: {asset}}}")
    assert read_text(tmp_path, text).settings.instruments[0].calendar == calendar


def test_a_recorded_feed_lies_where_the_settings_lie(tmp_path: Path) -> None:
    given = "kind: recorded, instruments: [SPY], paths: [spy.csv, /srv/SPY_2.parquet], stamps: end"
    text = changed("kind: simulated, instruments: [SPY], quotes_per_second: 5", given)
    [feed] = read_text(tmp_path, text).settings.feeds
    assert feed == RecordedFeed(
        (Symbol("SPY"),), (tmp_path / "spy.csv", Path("/srv/SPY_2.parquet")), BarStamps.END
    )


def test_bars_are_of_five_minutes_and_the_past_is_asked_for(tmp_path: Path) -> None:
    assert read_text(tmp_path, GOOD).settings.bars == Bars((Span(5 * MINUTE),), 200)


def test_bars_of_several_lengths(tmp_path: Path) -> None:
    text = changed("data_dir: ./data", "bars: {lengths: [30s, 300s, 1h, 1d], history: 0}")
    reading = read_text(tmp_path, text)
    lengths = (Span(30 * SECOND), Span(5 * MINUTE), Span(60 * MINUTE), Span(24 * 60 * MINUTE))
    assert reading.settings.bars == Bars(lengths, 0)
    assert [each.value for each in reading.in_force if each.key == "bars.lengths"] == ["30s, 5m, 1h, 1d"]
    by_variable = read_text(
        tmp_path, GOOD, {"KEDGE_BARS__LENGTHS": "[30s, 5m, 1h, 1d]", "KEDGE_BARS__HISTORY": "0"}
    )
    assert by_variable.settings.bars == reading.settings.bars


def test_a_future_with_a_roll_is_a_root_and_no_instrument(tmp_path: Path) -> None:
    text = changed("margin: 15000", "margin: 15000, roll: {months: HMUZ, days_before: 5}")
    settings = read_text(tmp_path, text).settings
    assert [each.symbol for each in settings.instruments] == ["SPY"]
    [root] = settings.roots
    assert (root.instrument.symbol, root.instrument.margin) == ("ES", Decimal(15_000))
    assert (root.roll.months, root.roll.days_before, root.by) == ("HMUZ", 5, RollBy.DAYS)


def test_a_roll_by_volume_has_its_days_too(tmp_path: Path) -> None:
    text = changed("margin: 15000", "margin: 15000, roll: {months: HMUZ, by: volume}")
    by_volume = read_text(tmp_path, text).settings
    assert [(root.by, root.roll.days_before) for root in by_volume.roots] == [(RollBy.VOLUME, 7)]
    by_days = read_text(tmp_path, text.replace("volume", "days")).settings
    assert by_volume.digest() != by_days.digest()
