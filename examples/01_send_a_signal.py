"""A source of signals of one's own, handed to an engine on paper through its Python door.

    python examples/01_send_a_signal.py [DATA_DIR]

It enters a position, waits a moment, closes it, and reads the result back from the record. It ends by itself
after a few seconds. What it leaves in DATA_DIR (a new temporary directory unless given) can be looked at afterwards:
`kedge trades --data-dir DATA_DIR`.
"""

import asyncio
import secrets  # noqa: TID251 (outside the engine: a new journal needs an id of its own)
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

from kedge import Engine, Entry, Exit, __version__
from kedge.domain.accounts import AccountTerms
from kedge.domain.ids import AccountId, BookId, Symbol, VenueName, token
from kedge.domain.instruments import Instrument
from kedge.engine.clock import system_clock
from kedge.journal.reader import open_reader
from kedge.journal.sqlite import open_journal
from kedge.sim.settings import SimSettings
from kedge.sim.walk import RandomWalk
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.local import LocalVenue
from kedge.venues.simulated.terms import ExchangeTerms

SPY = Instrument(symbol=Symbol("SPY"), tick=Decimal("0.01"))
ALPHA = AccountTerms(
    id=AccountId("alpha"), venue=VenueName("paper"), cash=Decimal(100_000), quantity=Decimal(10)
)


def paper_venue(data_dir: Path) -> LocalVenue:
    """An exchange in this process: prices walk at random from 590, ten quotes a second."""
    settings = SimSettings(commission_per_share=Decimal("0.005"))
    terms = ExchangeTerms(
        instruments=(SPY,), accounts={ALPHA.id: ALPHA.cash}, settings=settings, seed=7, name="paper"
    )
    walk = RandomWalk(SPY, Decimal(590), seed=7)
    exchange = Exchange(terms, system_clock(), data_dir / "exchange")
    return LocalVenue(ALPHA.venue, exchange, system_clock, lambda at: [walk.quote(at)], quotes_per_second=10)


async def trade(engine: Engine) -> None:
    """The source: whatever decides for you stands here."""
    await asyncio.sleep(0.5)  # prices have to flow before a stop can be measured from them
    entry = await engine.signal(Entry("SPY", "LONG", account="alpha", target="600.00", reason="a hunch"))
    print(f"entry: {entry.outcome} {entry.code} order {entry.order}")
    await asyncio.sleep(1.0)
    leave = await engine.signal(Exit("SPY", account="alpha", reason="enough"))
    print(f"exit: {leave.outcome} {leave.code} order {leave.order}")
    await asyncio.sleep(1.0)  # long enough for the fill, and for the stop that is left to be cancelled


async def main(data_dir: Path) -> None:
    """Run the engine for as long as the source trades."""
    journal_id = token(secrets.randbits(40), 8)
    journal = open_journal(data_dir, book=BookId("main"), new_id=journal_id, program=__version__)
    engine = Engine(journal, [paper_venue(data_dir)], accounts=[ALPHA], instruments=[SPY])
    await engine.start()
    try:
        await trade(engine)
    finally:
        await engine.stop()
    with open_reader(data_dir) as reader:
        for row in reader.trades():
            print(
                f"{row['direction']} {row['quantity']} {row['instrument']}: "
                f"{row['entry_price']} → {row['exit_price']}, {row['pnl']} after fees of {row['fees']}"
            )


if __name__ == "__main__":
    where = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="kedge-example-")
    print(f"data directory: {where}")
    asyncio.run(main(Path(where)))
