"""The exchange at the far end of a socket sits the venue exam, over TCP and over a socket in the file system."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.conformance.stage import START, TERMS, HandClock, quote
from tests.conformance.venue_exam import Candidate, VenueExam

from kedge.domain.ids import VenueName
from kedge.lab.exchange_server import ExchangeServer
from kedge.lab.faults import Faults, Mischief
from kedge.venues.simulated.address import Address
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.remote import RemoteVenue


@pytest.fixture(params=["tcp", "unix"])
def address(request: pytest.FixtureRequest) -> Iterator[Address]:
    if request.param == "tcp":
        yield Address(host="127.0.0.1")
        return
    with TemporaryDirectory(dir="/tmp") as folder:
        yield Address(path=f"{folder}/socket")


class TestRemoteVenue(VenueExam):
    """`RemoteVenue` against a server without faults whose market stands still."""

    @pytest.fixture
    async def candidate(self, address: Address, tmp_path: Path) -> AsyncIterator[Candidate]:
        clock = HandClock()
        exchange = Exchange(TERMS, START, tmp_path / "ledger")
        exchange.take(quote("99.99", "100.01"))
        server = ExchangeServer(exchange, clock, Mischief(Faults(), seed=1))
        bound = await server.start(address)
        yield Candidate(RemoteVenue(VenueName("far"), bound, clock), clock)
        await server.close()
        exchange.close()
