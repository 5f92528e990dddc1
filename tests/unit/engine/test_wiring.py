"""An engine out of settings: what it opens, what it goes on with, and what it refuses to leave behind."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import msgspec
import pytest
from tests.builders import ES, SPY
from tests.unit.engine.stage import PATIENCE_SECONDS

import kedge
from kedge.domain.accounts import AccountTerms, TradingState
from kedge.domain.governor import LENIENT
from kedge.domain.ids import AccountId, VenueName
from kedge.domain.instants import MINUTE, Span
from kedge.domain.limits import ROOMY
from kedge.domain.messages import PATIENT
from kedge.domain.numbers import Ticks
from kedge.domain.quotes import MarketData, Quote
from kedge.domain.signals import Outcome
from kedge.engine.clock import system_clock
from kedge.engine.control.client import ControlClient, NoEngineError
from kedge.engine.control.messages import SetTrading
from kedge.engine.engine import Engine
from kedge.engine.errors import LeftBehindError
from kedge.engine.listed import ledger_of
from kedge.engine.wiring import MARKET_DATA, open_engine
from kedge.feeds.files.recorded_data import RecordedData
from kedge.journal.errors import DiskFullError, JournalInUseError
from kedge.journal.sqlite import SqliteJournal
from kedge.lab.feed_server import FeedServer
from kedge.settings.errors import SettingsError
from kedge.settings.starting import write_starting_files
from kedge.settings.values import Bars, PaperVenue, RecordedFeed, Settings, SimulatedFeed, SocketFeed
from kedge.sim.settings import SimSettings
from kedge.sim.walk import WalkTerms
from kedge.venues.simulated.statement import Statement

PAPER, OTHER = VenueName("paper"), VenueName("other")
STILL = WalkTerms(volatility_bps=Decimal(0))


def account(name: str = "alpha", venue: VenueName = PAPER) -> AccountTerms:
    return AccountTerms(
        AccountId(name),
        venue,
        Decimal(100_000),
        quantity=Decimal(10),
        limits=ROOMY,
        messages=PATIENT,
        governor=LENIENT,
    )


def settings(folder: Path, **others: object) -> Settings:
    """Two accounts at one paper venue, on a market that stands still and quotes often."""
    one = Settings(
        data_dir=folder / "data",
        venues=MappingProxyType({PAPER: PaperVenue(PAPER, 7, SimSettings())}),
        accounts=(account(), account("beta")),
        instruments=(SPY, ES),
        feeds=(SimulatedFeed((SPY.symbol, ES.symbol), Decimal(200), 7, STILL),),
        starts=MappingProxyType({SPY.symbol: Decimal("591.20")}),
    )
    return msgspec.structs.replace(one, **others)


async def until(engine: Engine, condition: Callable[[], bool]) -> None:
    """Wait until a durable step makes this true."""
    stepped = asyncio.Event()
    engine.subscribe(lambda _: stepped.set())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            stepped.clear()
            await stepped.wait()


async def priced(engine: Engine) -> None:
    """Wait for the first price."""
    came, take = asyncio.Event(), engine._intake.take

    def note(data: MarketData, *, keep: bool = False) -> bool:
        came.set()
        return take(data, keep=keep)

    engine._intake.take = note  # type: ignore[method-assign]
    async with asyncio.timeout(PATIENCE_SECONDS):
        await came.wait()


async def bought(engine: Engine, name: str = "alpha") -> None:
    """Buy ten shares, and wait until they are there."""
    await priced(engine)
    answer = await engine.signal(kedge.Entry("SPY", "LONG", account=name))
    assert answer.outcome is Outcome.ORDERED, answer
    held = engine.book.state.positions
    await until(engine, lambda: bool(held.get(AccountId(name))))


async def test_a_feed_s_prices_fill_orders_at_the_paper_venue(tmp_path: Path) -> None:
    async with open_engine(settings(tmp_path)) as engine:
        await bought(engine)
        position = engine.book.state.position(AccountId("alpha"), SPY.symbol)
        assert position is not None
        bid, ask = engine.book.quote(SPY.symbol)
        assert (bid, ask) == (59_120, 59_121)
        assert position.cost == Decimal("5912.10")  # the ask, ten times
    told = Statement.of(ledger_of(tmp_path / "data", PAPER)).accounts[AccountId("alpha")]
    assert told.positions == {SPY.symbol: 10}


async def test_positions_cash_and_prices_go_on_where_they_were(tmp_path: Path) -> None:
    async with open_engine(settings(tmp_path)) as engine:
        await bought(engine)
        cash = engine.book.state.accounts[AccountId("alpha")].cash
    elsewhere = MappingProxyType({SPY.symbol: Decimal(700)})  # of no account: the exchange knows the price
    async with open_engine(settings(tmp_path, starts=elsewhere)) as engine:
        account = AccountId("alpha")
        assert engine.book.state.accounts[account].cash == cash
        assert engine.book.state.positions[account][SPY.symbol].quantity == 10
        await priced(engine)
        assert engine.book.quote(SPY.symbol) == (59_120, 59_121)


async def test_charts_are_made_of_the_lengths_that_the_settings_name(tmp_path: Path) -> None:
    lengths = (Span(MINUTE), Span(60 * MINUTE))
    async with open_engine(settings(tmp_path, bars=Bars(lengths, 10))) as engine:
        assert engine.charts.lengths == lengths
        assert [engine.charts.bars(ES.symbol, length) for length in lengths] == [[], []]


async def test_the_digest_of_the_settings_is_in_the_record(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    engine = open_engine(chosen)
    async with engine:
        await engine.recorded()
    again = open_engine(chosen)
    try:
        assert isinstance(again._journal, SqliteJournal)
        started = next(row for row in again._journal.rows() if row.kind == "RunStarted")
        assert chosen.digest().encode() in started.payload
    finally:
        await again.stop()


LEFT_BEHIND = [
    pytest.param(
        {"accounts": (account("beta"),)},
        "account alpha has an open position in SPY, and the settings name no such account. "
        "Put it back until it is flat",
        id="the account is gone",
    ),
    pytest.param(
        {
            "accounts": (account("alpha", OTHER), account("beta")),
            "venues": MappingProxyType(
                {
                    PAPER: PaperVenue(PAPER, 7, SimSettings()),
                    OTHER: PaperVenue(OTHER, 7, SimSettings()),
                }
            ),
        },
        "account alpha has an open position in SPY at venue paper, and the settings move it to other. "
        "Move it back until it is flat",
        id="the account was moved",
    ),
    pytest.param(
        {"feeds": ()},
        "account alpha has an open position in SPY, and no feed of the settings brings its prices: its stop would see "
        "none. Put it back into a feed until nothing is open in it",
        id="the prices are gone",
    ),
    pytest.param(
        {"instruments": (ES,), "feeds": (), "starts": MappingProxyType({})},
        "account alpha has an open position in SPY, and the settings name no such instrument. "
        "Put it back until nothing is open in it",
        id="the instrument is gone",
    ),
]


@pytest.mark.parametrize(("change", "message"), LEFT_BEHIND)
async def test_what_is_open_is_never_left_behind(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    async with open_engine(settings(tmp_path)) as engine:
        await bought(engine)
    with pytest.raises(LeftBehindError) as refused:
        open_engine(settings(tmp_path, **change))
    assert str(refused.value) == message
    async with open_engine(settings(tmp_path)) as engine:  # and nothing was kept locked
        await engine.signal(kedge.Exit("SPY", account="alpha"))
        await until(engine, lambda: not engine.book.state.positions.get(AccountId("alpha")))
    async with open_engine(settings(tmp_path, **change)):
        pass


async def test_a_lost_record_is_not_begun_anew_over_what_is_open_at_the_exchange(tmp_path: Path) -> None:
    async with open_engine(settings(tmp_path)) as engine:
        await bought(engine)
    lost = [file for file in (tmp_path / "data").iterdir() if file.name.startswith("journal.db")]
    kept = {file: file.read_bytes() for file in lost}
    for file in lost:
        file.unlink()
    with pytest.raises(LeftBehindError, match="the record is new, and venue paper remembers orders"):
        open_engine(settings(tmp_path))
    for file, content in kept.items():
        file.write_bytes(content)
    async with open_engine(settings(tmp_path)) as engine:
        assert engine.book.state.positions[AccountId("alpha")][SPY.symbol].quantity == 10


async def test_a_second_engine_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    async with open_engine(settings(tmp_path)) as engine:
        with pytest.raises(JournalInUseError):
            open_engine(settings(tmp_path))
        await bought(engine)


async def test_a_disk_with_too_little_room_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqliteJournal, "low_on_space", property(lambda _: True))
    with pytest.raises(DiskFullError, match="keeps 8 MiB in reserve"):
        open_engine(settings(tmp_path))
    monkeypatch.undo()
    async with open_engine(settings(tmp_path)):
        pass


async def test_the_files_of_kedge_init_make_an_engine(tmp_path: Path) -> None:
    write_starting_files(tmp_path)
    async with kedge.Engine.from_file(tmp_path / "kedge.yaml") as engine:
        await bought(engine)
        assert engine.now() <= system_clock()
    assert (tmp_path / "kedge-data" / "journal.db").exists()


@pytest.mark.parametrize("place", ["environment", ".env"])
async def test_the_kill_switch_of_the_environment_holds_from_the_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    write_starting_files(tmp_path)
    if place == "environment":
        monkeypatch.setenv("KEDGE_KILL", "1")
    else:
        (tmp_path / ".env").write_text("KEDGE_KILL=yes\n")
    async with kedge.Engine.from_file(tmp_path / "kedge.yaml") as engine:
        answer = await engine.signal(kedge.Entry("SPY", "LONG", account="alpha"))
        assert (answer.outcome, answer.code) == (Outcome.REFUSED, "TRADING_HALTED")
    monkeypatch.delenv("KEDGE_KILL", raising=False)
    (tmp_path / ".env").unlink(missing_ok=True)
    async with kedge.Engine.from_file(tmp_path / "kedge.yaml") as engine:
        assert engine.book.state.trading is TradingState.HALTED  # latched: only a person takes it off


async def test_commands_reach_an_engine_that_a_program_of_its_own_runs(tmp_path: Path) -> None:
    write_starting_files(tmp_path)
    data_dir = tmp_path / "kedge-data"
    async with kedge.Engine.from_file(tmp_path / "kedge.yaml") as engine:
        async with await ControlClient.connect(data_dir) as caller:
            await caller.ask(SetTrading(TradingState.HALTED, "prices are wrong"))
        assert engine.book.state.trading is TradingState.HALTED
    with pytest.raises(NoEngineError):
        await ControlClient.connect(data_dir)


def test_wrong_settings_make_none(tmp_path: Path) -> None:
    (tmp_path / "kedge.yaml").write_text("accounts: []\n")
    with pytest.raises(SettingsError):
        kedge.Engine.from_file(tmp_path / "kedge.yaml")
    assert not (tmp_path / "kedge-data").exists()


async def test_a_recorded_feed_is_played_as_if_it_were_now(tmp_path: Path) -> None:
    file = tmp_path / "SPY_quotes.csv"
    rows = [f"2020-03-02T15:00:0{n}Z,{100 + n}.00,{100 + n}.01,1,1" for n in range(2)]
    file.write_text("\n".join(["ts_utc,bid,ask,bid_size,ask_size", *rows]) + "\n")
    played = settings(tmp_path, feeds=(RecordedFeed((SPY.symbol,), (file,)),))
    async with open_engine(played) as engine:
        await bought(engine)
        position = engine.book.state.position(AccountId("alpha"), SPY.symbol)
        assert position is not None
        assert position.cost == Decimal("1000.10")
        assert engine.data_quality[SPY.symbol].good >= 1  # old as they are, none was too old


async def test_a_socket_feed_is_kept_and_can_be_played_again(tmp_path: Path) -> None:
    server = FeedServer((SPY.symbol,))
    streamed = settings(tmp_path, feeds=(SocketFeed((SPY.symbol,), await server.start()),))
    async with open_engine(streamed) as engine:
        await server.subscribers()
        told = Quote(SPY.symbol, system_clock(), Ticks(59_000), Ticks(59_001))
        waiting = asyncio.create_task(priced(engine))
        await asyncio.sleep(0)
        await server.tell(told)
        await waiting
        assert engine.book.quote(SPY.symbol) == (59_000, 59_001)
    await server.close()
    parts = sorted((tmp_path / "data" / MARKET_DATA).rglob("*.parquet"))
    assert list(RecordedData(parts, {SPY.symbol: SPY})) == [told]
