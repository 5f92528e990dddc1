"""What the exchange server is started with: its command line, and the setup file that the command line may name."""

import argparse
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import msgspec

from kedge.domain.ids import AccountId, Symbol
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import parse_decimal
from kedge.lab.faults import Faults
from kedge.sim.settings import SimSettings
from kedge.sim.walk import WalkTerms
from kedge.venues.simulated.address import Address
from kedge.venues.simulated.terms import ExchangeTerms

S = TypeVar("S")
LOOPBACK = "127.0.0.1"


class OptionsError(ValueError):
    """The server cannot be started like this; the text says what to change."""


class Setup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The setup file, a JSON document. What the command line says comes on top of it."""

    instruments: tuple[Instrument, ...] = ()
    accounts: dict[AccountId, Decimal] = {}
    prices: dict[Symbol, Decimal] = {}  # where the random walks start
    walk: WalkTerms = WalkTerms()  # how prices move
    exchange: SimSettings = SimSettings()
    faults: Faults = Faults()
    name: str = "sim"


class Options(msgspec.Struct, frozen=True):
    """Everything that a server needs to start."""

    terms: ExchangeTerms
    prices: dict[Symbol, Decimal]
    walk: WalkTerms
    faults: Faults
    ledger: Path
    sync: bool
    address: Address
    seed: int
    quotes_per_second: float
    parent: int | None


def read_options(arguments: Sequence[str]) -> Options:
    """The options on a command line; raises `OptionsError`, or `SystemExit` for wrong usage and for `--help`."""
    given = _parser().parse_args(arguments)
    setup = Setup() if given.setup is None else _read(given.setup, _content(given.setup), Setup)
    accounts = dict(setup.accounts)
    for text in given.account:
        account, cash = _pair("--account", text)
        accounts[AccountId(account)] = cash
    prices = dict(setup.prices)
    for text in given.price:
        symbol, price = _pair("--price", text)
        prices[Symbol(symbol)] = price
    instruments = {instrument.symbol: instrument for instrument in setup.instruments}
    for text in given.instrument:
        instrument = _read("--instrument", text.encode(), Instrument)
        instruments[instrument.symbol] = instrument
    for symbol in prices:
        if symbol not in instruments:
            raise OptionsError(f"prices: {symbol} is not among the instruments")
    faults = setup.faults if given.faults is None else _read("--faults", given.faults.encode(), Faults)
    if not given.quotes_per_second >= 0:
        raise OptionsError("--quotes-per-second must be 0 or more")
    try:
        terms = ExchangeTerms(tuple(instruments.values()), accounts, setup.exchange, given.seed, setup.name)
    except ValueError as error:
        raise OptionsError(str(error)) from None
    return Options(
        terms=terms,
        prices=prices,
        walk=setup.walk,
        faults=faults,
        ledger=given.ledger,
        sync=given.sync,
        address=Address(path=given.socket) if given.socket else Address(host=given.host, port=given.port),
        seed=given.seed,
        quotes_per_second=given.quotes_per_second,
        parent=given.parent,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("exchange_server", description="The simulated exchange as a process.")
    parser.add_argument("--ledger", type=Path, required=True, help="its record; it goes on where this ends")
    parser.add_argument(
        "--setup", metavar="FILE", help="JSON: instruments, accounts, prices, walk, exchange, faults, name"
    )
    parser.add_argument(
        "--instrument", action="append", default=[], metavar="JSON", help="one more instrument"
    )
    parser.add_argument("--account", action="append", default=[], metavar="ID=CASH", help="one more account")
    parser.add_argument(
        "--price", action="append", default=[], metavar="SYMBOL=PRICE", help="where its walk starts"
    )
    parser.add_argument("--faults", metavar="JSON", help='rates of faults, such as {"lose_answer": 0.1}')
    parser.add_argument("--seed", type=int, default=0, help="of prices, chance at the exchange, and faults")
    parser.add_argument(
        "--quotes-per-second", type=float, default=5.0, help="for each instrument; 0: none at all"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--port", type=int, default=0, help="0 takes any free one")
    where.add_argument("--socket", metavar="PATH", help="a socket in the file system in place of a port")
    parser.add_argument("--host", default=LOOPBACK)
    parser.add_argument("--sync", action="store_true", help="have the disk confirm each entry of the ledger")
    parser.add_argument("--parent", type=int, metavar="PID", help="end when this process is gone")
    return parser


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise OptionsError(f"the setup file {path} cannot be read: {error.strerror}") from None


def _read(where: str, content: bytes, kind: type[S]) -> S:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, ValueError) as error:
        raise OptionsError(f"{where}: {error}") from None


def _pair(option: str, text: str) -> tuple[str, Decimal]:
    name, equals, number = text.partition("=")
    if not (name and equals):
        raise OptionsError(f"{option} {text!r}: NAME=NUMBER is expected")
    try:
        return name, parse_decimal(number)
    except ValueError as error:
        raise OptionsError(f"{option} {text!r}: {error}") from None
