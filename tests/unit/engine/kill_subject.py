"""The engine as a process of its own, at the far end of a socket from its exchange, with entries that rest there.

    python -m tests.unit.engine.kill_subject DATA_DIR ADDRESS ENTRIES

It says when all of them rest and one position is open, and then does what it is told over its control socket.
"""

import asyncio
import sys
from decimal import Decimal
from pathlib import Path

from tests.unit.engine.stage import ALPHA, entry

from kedge import __version__
from kedge.domain.accounts import AccountTerms
from kedge.domain.capabilities import Capabilities
from kedge.domain.governor import LENIENT
from kedge.domain.ids import BookId, Symbol, VenueName
from kedge.domain.instants import MINUTE, SECOND, Span
from kedge.domain.instruments import Instrument
from kedge.domain.lifecycle import WORKING_STATES
from kedge.domain.limits import ROOMY
from kedge.domain.messages import PATIENT
from kedge.engine.clock import system_clock
from kedge.engine.control.server import ControlServer
from kedge.engine.engine import Engine
from kedge.journal.sqlite import open_journal
from kedge.kernel.state import BookState
from kedge.venues.simulated.address import Address
from kedge.venues.simulated.remote import RemoteSettings, RemoteVenue

FAR = VenueName("far")
CASH = Decimal(100_000_000)
ABLE = Capabilities(request_lifetime=SECOND, visibility_delay=Span(SECOND // 2))


def instruments(entries: int) -> tuple[Instrument, ...]:
    """One of which something is held, and one for each entry that rests."""
    names = ["HELD", *(f"S{number}" for number in range(entries))]
    return tuple(Instrument(Symbol(name), Decimal("0.01")) for name in names)


def is_set_up(state: BookState, entries: int) -> bool:
    """Whether one position is open, and all that rests is known to."""
    resting = sum(order.state in WORKING_STATES for order in state.orders.values())
    return len(state.positions.get(ALPHA, {})) == 1 and resting >= 1 + 2 * entries


async def live(data_dir: Path, address: Address, entries: int) -> None:
    """Until it is killed."""
    listed = instruments(entries)
    journal = open_journal(
        data_dir, book=BookId("main"), new_id="kill0000", program=__version__, reserve_bytes=1 << 16
    )
    terms = AccountTerms(
        ALPHA,
        FAR,
        CASH,
        capabilities=ABLE,
        order_timeout=Span(600 * MINUTE),
        limits=ROOMY,
        messages=PATIENT,
        governor=LENIENT,
    )
    venue = RemoteVenue(FAR, address, system_clock, RemoteSettings(answer_seconds=5.0))
    engine = Engine(journal, [venue], accounts=[terms], instruments=listed)
    engine.open_with(ControlServer(engine, data_dir))
    known = bool(engine.book.state.accounts)
    async with engine:
        state, stepped = engine.book.state, asyncio.Event()
        engine.subscribe(lambda _: stepped.set())
        await asyncio.sleep(0.2)  # it connects; an entry before that is rejected as not sent
        if not known:
            wanted = [entry("held", instrument="HELD", quantity="10", stop={"price": "50"})]
            rest = {"order": {"type": "limit", "limit_price": "60"}, "quantity": "1", "stop": {"price": "50"}}
            wanted += [entry(f"e{each.symbol}", instrument=each.symbol, **rest) for each in listed[1:]]
            answers = await asyncio.gather(*[engine.signal(each) for each in wanted])
            assert all(answer.order for answer in answers), answers
            while not is_set_up(state, entries):
                stepped.clear()
                await stepped.wait()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await engine.wait()


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), Address.parse(sys.argv[2]), int(sys.argv[3])))
