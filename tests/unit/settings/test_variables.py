"""`.env` and the environment: how variables are written, what they reach, and what is wrong with some."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.unit.settings.builders import GOOD, changed, faults, read_text

from kedge.settings.dotenv import read_dotenv

LINES = [
    ("A=1", "1"),
    ("  export  A = 1  ", "1"),
    ("A=", ""),
    ("A=# all comment", ""),
    ("A=one two # three", "one two"),
    ("A=one#two", "one#two"),
    ("A='one # two'  # three", "one # two"),
    ('A="one # two"', "one # two"),
    (r'A="say \"a\\b\"\n\t"', 'say "a\\b"\n\t'),
    (r"A='a\n'", r"a\n"),
    ("A=$HOME ${B}", "$HOME ${B}"),
    ("A=a=b", "a=b"),
    ('A=""', ""),
]


@pytest.mark.parametrize(("line", "value"), LINES)
def test_a_line_of_the_dotenv(line: str, value: str) -> None:
    (variable,), faults_ = read_dotenv(f"# first\n\n{line}\n", ".env")
    assert (variable.name, variable.value, variable.place.line, faults_) == ("A", value, 3, [])


@pytest.mark.parametrize("line", ["A", "1A=2", "A B=2", "=2", "A='b", 'A="b', "A='b' c", 'A="b\\"', "É=1"])
def test_a_line_of_another_form_is_told(line: str) -> None:
    found, (fault,) = read_dotenv(line, ".env")
    assert (found, fault.text) == ([], ".env:1: is not of the form NAME=value")


def test_a_variable_that_is_set_twice_is_told(tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD, dotenv="A=1\nB=2\nA=3\n") == [
        ".env:3: A: is set twice; the first time in line 1"
    ]


def test_a_dotenv_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert faults(tmp_path, GOOD) == [".env: Is a directory"]


def test_later_sources_override_earlier_ones(tmp_path: Path) -> None:
    dotenv = "KEDGE_ACCOUNTS__ALPHA__CASH=2\nKEDGE_ACCOUNTS__BETA__CASH=3\n"
    settings = read_text(tmp_path, GOOD, {"KEDGE_ACCOUNTS__BETA__CASH": "4"}, dotenv).settings
    assert [account.cash for account in settings.accounts] == [2, 4]


REACHED = [
    ("KEDGE_DATA_DIR", "/srv", "data_dir", "/srv"),
    ("KEDGE_VENUES__PAPER__REJECT_RATE", "0.005", "venues.paper.reject_rate", "0.005"),
    ("KEDGE_ACCOUNTS__BETA__PROTECTION__STOP__VALUE", "3", "accounts.beta.protection.stop.value", "3"),
    (
        "KEDGE_ACCOUNTS__BETA__PROTECTION__ALLOW_UNPROTECTED",
        "true",
        "accounts.beta.protection.allow_unprotected",
        "true",
    ),
    ("KEDGE_FEEDS__SIMULATED__QUOTES_PER_SECOND", "9", "feeds.simulated.quotes_per_second", "9"),
    ("KEDGE_FEEDS__SIMULATED__INSTRUMENTS", "[ES, SPY]", "feeds.simulated.instruments", "ES, SPY"),
    ("KEDGE_INSTRUMENTS__SPY__LOT", "10", "instruments.SPY.lot", "10"),
    ("KEDGE_ACCOUNTS__ALPHA__RISK", "{max_position_size: 12}", "accounts.alpha.risk.max_position_size", "12"),
    ("KEDGE_ACCOUNTS__ALPHA__RISK", "", "accounts.alpha.risk.max_position_size", "1000"),
    ("KEDGE_FEEDS", "[{kind: simulated, instruments: [ES]}]", "feeds.simulated.instruments", "ES"),
]


@pytest.mark.parametrize(("name", "value", "key", "shown"), REACHED)
def test_a_variable_reaches_its_key(name: str, value: str, key: str, shown: str, tmp_path: Path) -> None:
    reading = read_text(tmp_path, GOOD, {name: value})
    (found,) = [each for each in reading.in_force if each.key == key]
    assert found.value == shown
    assert found.place is None or found.place.variable == name


def test_a_whole_goes_before_its_parts(tmp_path: Path) -> None:
    variables = {
        "KEDGE_ACCOUNTS__GAMMA__CASH": "5",
        "KEDGE_ACCOUNTS": "[{id: gamma, venue: paper, cash: 1}]",
    }
    (gamma,) = read_text(tmp_path, GOOD, variables).settings.accounts
    assert (str(gamma.id), gamma.cash) == ("gamma", Decimal(5))


def test_signs_that_a_variable_cannot_have_are_underscores(tmp_path: Path) -> None:
    text = GOOD.replace("SPY", "BTC/USD").replace("beta", "my-2nd.one")
    variables = {"KEDGE_INSTRUMENTS__BTC_USD__TICK": "0.5", "KEDGE_ACCOUNTS__MY_2ND_ONE__CASH": "6"}
    settings = read_text(tmp_path, text, variables).settings
    assert (settings.instruments[0].tick, settings.accounts[1].cash) == (Decimal("0.5"), Decimal(6))


VARIABLE = "environment variable"
WRONG = [
    (
        {"KEDGE_ACCOUNTS__ALPHA__CASH": "abc"},
        "KEDGE_ACCOUNTS__ALPHA__CASH: accounts.alpha.cash: 'abc' is not a number; a number of 0 or more is needed",
    ),
    (
        {"KEDGE_ACCOUNTS__ALPHA__CASH": ""},
        "KEDGE_ACCOUNTS__ALPHA__CASH: accounts.alpha.cash: has no value; a number of 0 or more is needed",
    ),
    (
        {"KEDGE_ACCOUNTS__DELTA__CASH": "1"},
        "KEDGE_ACCOUNTS__DELTA__CASH: accounts.delta: there is no such entry; there are: ALPHA, BETA",
    ),
    (
        {"KEDGE_VENUES__ALPACA__SEED": "1"},
        "KEDGE_VENUES__ALPACA__SEED: venues.alpaca: there is no such entry; there are: PAPER",
    ),
    (
        {"KEDGE_ACCOUNTS__ALPHA__CSH": "1"},
        "KEDGE_ACCOUNTS__ALPHA__CSH: accounts.alpha.csh: unknown key; did you mean cash?",
    ),
    ({"KEDGE_DATADIR": "x"}, "KEDGE_DATADIR: datadir: unknown key; did you mean data_dir?"),
    ({"KEDGE_DATA_DIR__MORE": "x"}, "KEDGE_DATA_DIR__MORE: data_dir: has no levels below it"),
    ({"KEDGE_API__PORT": "1"}, "KEDGE_API__PORT: api: not built yet; unset it"),
    (
        {"KEDGE_ACCOUNTS__ALPHA__ORDERS__SLIPPAGE_ALERT_PCT": "1"},
        (
            "KEDGE_ACCOUNTS__ALPHA__ORDERS__SLIPPAGE_ALERT_PCT: accounts.alpha.orders.slippage_alert_pct: "
            "not built yet; unset it"
        ),
    ),
    ({"KEDGE_data_dir": "x"}, "KEDGE_data_dir: is not written in capitals"),
    (
        {"KEDGE_": "x"},
        (
            "KEDGE_: unknown key; known here: data_dir, venues, accounts, owners, feeds, record_market_data, "
            "corporate_actions, bars, instruments, strategies"
        ),
    ),
    (
        {"KEDGE_FEEDS": "[{kind: x"},
        (
            "KEDGE_FEEDS: is not YAML: expected ',' or '}', but got '<stream end>' "
            "(while parsing a flow mapping, from line 1 on)"
        ),
    ),
    (
        {"KEDGE_FEEDS": "!!python/none ''"},
        "KEDGE_FEEDS: the tag 'tag:yaml.org,2002:python/none' is not allowed; values need none",
    ),
    (
        {"KEDGE_ACCOUNTS": "many"},
        "KEDGE_ACCOUNTS: accounts: a text stands here; a list of sections (one at least) is needed",
    ),
]


@pytest.mark.parametrize(("variables", "said"), WRONG)
def test_what_is_wrong_with_a_variable_is_told_by_its_name(
    variables: dict[str, str], said: str, tmp_path: Path
) -> None:
    assert faults(tmp_path, GOOD, variables) == [f"{VARIABLE} {said}"]


def test_a_variable_that_could_mean_two_entries_is_refused(tmp_path: Path) -> None:
    text = GOOD.replace("id: alpha", "id: a-b").replace("id: beta", "id: a.b")
    assert faults(tmp_path, text, {"KEDGE_ACCOUNTS__A_B__CASH": "1"}) == [
        f"{VARIABLE} KEDGE_ACCOUNTS__A_B__CASH: accounts.a_b: stands for more than one entry; there are: A_B, A_B"
    ]


def test_a_variable_does_not_hide_what_is_wrong_in_the_file(tmp_path: Path) -> None:
    text = changed("risk: {max_position_size: 1000}", "risk: high")
    said = faults(tmp_path, text, {"KEDGE_ACCOUNTS__ALPHA__RISK__MAX_POSITION_SIZE": "5"})
    assert said == ["kedge.yaml:9:11: accounts.alpha.risk: a text stands here; a section is needed"]


@pytest.mark.parametrize(
    "name",
    [
        "KEDGE_DEBUG",
        "KEDGE_HYPOTHESIS_PROFILE",
        "KEDGE_SERVICE_HOST",
        "KEDGE_SERVICE_PORT_HTTP",
        "KEDGE_PORT",
        "KEDGE_PORT_8765_TCP_ADDR",
        "PATH",
        "NOT_KEDGE_DATA_DIR",
    ],
)
def test_variables_that_mean_something_else_are_left_alone(name: str, tmp_path: Path) -> None:
    assert faults(tmp_path, GOOD, {name: "tcp://10.0.0.1:80"}) == []


def test_a_variable_that_holds_a_secret_is_no_setting(tmp_path: Path) -> None:
    (said,) = faults(
        tmp_path, changed("data_dir: ./data", "api: {token: env:KEDGE_API_TOKEN}"), {"KEDGE_API_TOKEN": "x"}
    )
    assert said == "kedge.yaml:1:1: api: not built yet; remove it"
