"""The command line of the exchange server: what it says comes on top of the setup file."""

from decimal import Decimal
from pathlib import Path

import msgspec

from kedge.domain.ids import AccountId, Symbol
from kedge.lab.faults import Faults
from kedge.lab.options import read_options
from kedge.venues.simulated.address import Address

SETUP = {
    "instruments": [{"symbol": "SPY", "tick": "0.01"}, {"symbol": "QQQ", "tick": "0.01"}],
    "accounts": {"alpha": "1000", "beta": "2000"},
    "prices": {"SPY": "590.5"},
    "walk": {"volatility_bps": "7"},
    "exchange": {"slippage_bps": "1"},
    "faults": {"drop_report": 0.1},
    "name": "lab",
}


def test_the_setup_file_says_it_all(tmp_path: Path) -> None:
    file = tmp_path / "setup.json"
    file.write_bytes(msgspec.json.encode(SETUP))
    options = read_options(["--ledger", "x", "--setup", str(file)])
    assert [instrument.symbol for instrument in options.terms.instruments] == ["SPY", "QQQ"]
    assert options.terms.accounts == {"alpha": Decimal(1000), "beta": Decimal(2000)}
    assert options.terms.settings.slippage_bps == Decimal(1)
    assert (options.terms.name, options.terms.seed) == ("lab", 0)
    assert options.prices == {"SPY": Decimal("590.5")}
    assert options.walk.volatility_bps == Decimal(7)
    assert options.faults == Faults(drop_report=0.1)
    assert options.address == Address(host="127.0.0.1", port=0)
    assert (options.ledger, options.sync, options.parent) == (Path("x"), False, None)


def test_the_command_line_comes_on_top_of_it(tmp_path: Path) -> None:
    file = tmp_path / "setup.json"
    file.write_bytes(msgspec.json.encode(SETUP))
    options = read_options(
        [
            *("--ledger", "x", "--setup", str(file)),
            *("--account", "beta=5", "--account", "gamma=6"),
            *("--price", "QQQ=400"),
            *("--instrument", '{"symbol":"SPY","tick":"0.05"}'),
            *("--faults", '{"lose_answer":0.5}'),
            *("--seed", "9", "--quotes-per-second", "0", "--socket", "/s", "--sync", "--parent", "1"),
        ]
    )
    assert options.terms.accounts == {"alpha": Decimal(1000), "beta": Decimal(5), "gamma": Decimal(6)}
    assert options.prices == {Symbol("SPY"): Decimal("590.5"), Symbol("QQQ"): Decimal(400)}
    assert options.terms.instruments[0].tick == Decimal("0.05")
    assert options.faults == Faults(lose_answer=0.5)
    assert (options.seed, options.terms.seed, options.quotes_per_second) == (9, 9, 0)
    assert (options.address, options.sync, options.parent) == (Address(path="/s"), True, 1)


def test_everything_can_be_said_on_the_command_line() -> None:
    options = read_options(
        [
            "--ledger",
            "x",
            "--instrument",
            '{"symbol":"SPY","tick":"0.01"}',
            "--account",
            "alpha=1",
            "--port",
            "7",
        ]
    )
    assert options.terms.accounts == {AccountId("alpha"): Decimal(1)}
    assert options.address == Address(host="127.0.0.1", port=7)
