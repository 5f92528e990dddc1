"""The panel: each indicator once, exact prices, and the same readings after a restart."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from tests.unit.strategies.data import ES, FIVE, bars, in_session, with_hole

from kedge.market.bars import BuiltBar
from kedge.market.indicators.ema import Ema
from kedge.strategies.needs import Kind, Need
from kedge.strategies.panel import Panel
from kedge.strategies.seen import Seen

EMA, HIGH, LOW = Need(Kind.EMA, 2), Need(Kind.HIGHEST, 2), Need(Kind.LOWEST, 2)
RANGE = Need(Kind.RANGE_HIGH, 10)
ALL = [Need(kind, 3 if not kind.startswith("range") else 15) for kind in Kind]
CLOSES = [100, 101, 99.25, 103, 102, 98, 99, 104.75, 101, 97]


def fed(panel: Panel, built: list[BuiltBar]) -> Seen:
    return [panel.take(each, in_session(each.bar.start)) for each in built][-1]


@pytest.mark.parametrize(
    ("need", "closes", "expected"),
    [
        pytest.param(EMA, [100, 101, 103], 102.166666, id="ema, of closes, in money"),
        pytest.param(Need(Kind.SMA, 2), [100, 101, 103], 102, id="sma, of closes"),
        pytest.param(Need(Kind.RSI, 2), [100, 103, 102], 75, id="rsi, from 0 to 100"),
        pytest.param(Need(Kind.ATR, 2), [100, 101, 103], 1.5, id="atr, in money"),
        pytest.param(HIGH, [100, 101, 103], Decimal(101), id="highest of the bars before"),
        pytest.param(LOW, [100, 101, 90], Decimal(100), id="lowest of the bars before"),
        pytest.param(RANGE, [100, 101.25, 103], Decimal("101.25"), id="high of the opening range"),
        pytest.param(Need(Kind.RANGE_LOW, 10), [100, 98.5, 103], Decimal("98.5"), id="its low"),
        pytest.param(Need(Kind.SWING_HIGH, 1), [100, 105.5, 105, 99, 98], Decimal("105.5"), id="swing high"),
        pytest.param(Need(Kind.SWING_LOW, 1), [100, 95, 96, 101, 102], Decimal(95), id="swing low"),
    ],
)
def test_each_kind_reads(need: Need, closes: list[float], expected: object) -> None:
    panel = Panel(ES, [need])
    fed(panel, bars(closes))
    assert panel.read({"it": need}).readings["it"] == (
        pytest.approx(expected, abs=1e-5) if isinstance(expected, int | float) else expected
    )


def test_prices_are_exact_and_on_the_tick() -> None:
    seen = fed(Panel(ES, []), bars([100.25, 99.75]))
    assert (seen.open, seen.high, seen.low, seen.close) == tuple(
        map(Decimal, ("100.25", "100.25", "99.75", "99.75"))
    )
    assert (seen.end - seen.start, seen.missing, seen.tick) == (FIVE, 0, Decimal("0.25"))


def test_the_bar_before_is_one_bar_and_no_chain() -> None:
    panel = Panel(ES, [EMA])
    fed(panel, bars(CLOSES))
    seen = panel.read({"mine": EMA})
    assert seen.before is not None
    assert seen.before.close == 101
    assert seen.before.readings.keys() == {"mine"}
    assert seen.before.before is None


def test_equal_needs_are_one_indicator_updated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fed_with: list[float] = []
    update = Ema.update

    def noted(ema: Ema, close: float) -> float | None:
        fed_with.append(close)
        return update(ema, close)

    monkeypatch.setattr(Ema, "update", noted)
    panel = Panel(ES, [EMA, Need(Kind.EMA, 2), EMA, HIGH])
    fed(panel, bars([100, 101]))
    one, other = panel.read({"fast": EMA}), panel.read({"slow": EMA})
    assert fed_with == [400, 404]
    assert one.readings["fast"] == other.readings["slow"] == 100.5
    assert panel.read({"fast": Need(Kind.EMA, 2)}) is one
    assert panel.needs == (EMA, HIGH)


def test_averages_go_on_over_sessions_and_the_opening_range_begins_anew() -> None:
    panel = Panel(ES, [EMA, RANGE])
    fed(panel, bars([100, 101, 102]))
    tuesday = bars([200, 201, 202], date(2026, 3, 3))
    first = fed(panel, tuesday[:1])
    assert first.readings == {"ema 2": pytest.approx(101.5 + (200 - 101.5) * 2 / 3), "range_high 10": None}
    assert fed(panel, tuesday[1:]).price("range_high 10") == 201


@pytest.mark.parametrize("place", [0, 1])
def test_a_bar_with_a_hole_voids_the_range_it_belongs_to(place: int) -> None:
    built = bars([100, 101, 102])
    built[place] = with_hole(built[place])
    assert fed(Panel(ES, [RANGE]), built).readings == {"range_high 10": None}


@pytest.mark.parametrize("place", [0, 1])
def test_a_bar_that_did_not_come_voids_the_range_too(place: int) -> None:
    built = bars([100, 101, 102])
    del built[place]
    assert fed(Panel(ES, [RANGE]), built).readings == {"range_high 10": None}


def test_outside_of_sessions_there_is_no_range() -> None:
    panel = Panel(ES, [RANGE])
    for each in bars([100, 101, 102]):
        assert panel.take(each, None).readings == {"range_high 10": None}


@pytest.mark.parametrize("cut", range(1, len(CLOSES)))
def test_a_panel_that_was_written_down_reads_the_same_as_one_that_was_not(cut: int) -> None:
    whole, built = Panel(ES, ALL), bars(CLOSES)
    fed(whole, built[:cut])
    resumed = Panel.resumed(ES, ALL, whole.state())
    assert resumed.at == whole.at == built[cut - 1].bar.at
    for each in built[cut:]:
        assert fed(resumed, [each]) == fed(whole, [each])
        assert resumed.state() == whole.state()


def test_a_panel_that_has_seen_nothing_can_be_written_down() -> None:
    resumed = Panel.resumed(ES, [EMA], Panel(ES, [EMA]).state())
    assert fed(resumed, bars([100, 101])).readings == {"ema 2": 100.5}


def test_the_state_does_not_depend_on_the_order_of_needs() -> None:
    one, other = Panel(ES, [EMA, HIGH, LOW]), Panel(ES, [LOW, HIGH, EMA])
    fed(one, bars(CLOSES))
    fed(other, bars(CLOSES))
    assert one.state() == other.state()


def test_new_needs_begin_cold_and_old_ones_are_dropped() -> None:
    before = Panel(ES, [EMA, HIGH])
    built = bars(CLOSES)
    fed(before, built[:5])
    panel = Panel.resumed(ES, [EMA, LOW], before.state())
    assert panel.read({"e": EMA, "l": LOW}).readings["l"] is None
    later = fed(panel, built[5:7])
    assert later.readings == {"ema 2": fed(before, built[5:7]).readings["ema 2"], "lowest 2": None}
    assert fed(panel, built[7:8]).readings["lowest 2"] == 98
    assert "highest" not in panel.state()


def test_a_range_that_is_new_within_a_session_is_void() -> None:
    before = Panel(ES, [])
    built = bars(CLOSES)
    fed(before, built[:1])
    assert fed(Panel.resumed(ES, [RANGE], before.state()), built[1:]).readings == {"range_high 10": None}


@pytest.mark.parametrize(
    ("state", "why"),
    [
        pytest.param("", "truncated", id="nothing"),
        pytest.param("{", "truncated", id="cut off"),
        pytest.param("[]", "Expected `object`", id="no object"),
        pytest.param('{"tick":"0.25","last":null}', "indicators", id="a part lacks"),
        pytest.param(
            '{"tick":"0.25","last":null,"indicators":{"ema 2":{"len":2}}}', "len", id="no such field"
        ),
        pytest.param(
            '{"tick":"0.25","last":null,"indicators":{"ema 2":{"length":0}}}',
            "1 or more",
            id="no such length",
        ),
        pytest.param(
            '{"tick":"0.25","last":null,"indicators":{"ema 2":{"length":3}}}', "is of 3", id="another length"
        ),
        pytest.param('{"tick":"0.01","last":null,"indicators":{}}', "ticks of 0.01, not of 0.25", id="tick"),
    ],
)
def test_what_cannot_be_read_is_refused(state: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"ES: the state of its indicators cannot be read: .*{why}"):
        Panel.resumed(ES, [EMA], state)


@pytest.mark.parametrize("place", [0, 1])
def test_a_bar_comes_once_and_in_order(place: int) -> None:
    built = bars([100, 101])
    panel = Panel(ES, [EMA])
    fed(panel, built)
    state = panel.state()
    with pytest.raises(
        ValueError, match=r"ES: a bar from 2026-03-02T14:3.:00Z cannot follow one that ended at"
    ):
        panel.take(built[place], None)
    assert panel.state() == state


@pytest.mark.parametrize("length", [-1, 0, 1_001])
def test_lengths_have_bounds(length: int) -> None:
    with pytest.raises(ValueError, match=f"a length of {length} is out of range"):
        Panel(ES, [Need(Kind.SMA, length)])


def test_what_is_not_there_cannot_be_read() -> None:
    panel = Panel(ES, [EMA])
    with pytest.raises(LookupError, match="ES: no bar has come yet"):
        panel.read({"e": EMA})
    fed(panel, bars([100]))
    with pytest.raises(LookupError, match="ES: there is no highest 2 on the panel"):
        panel.read({"h": HIGH})


def test_the_state_is_json() -> None:
    panel = Panel(ES, ALL)
    fed(panel, bars(CLOSES))
    assert msgspec.json.decode(panel.state()).keys() == {"tick", "last", "indicators"}
