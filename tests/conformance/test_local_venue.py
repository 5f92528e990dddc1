"""The exchange in our own process sits the venue exam, with and without a ledger."""

from pathlib import Path

import pytest
from tests.conformance.stage import START, TERMS, HandClock, quote
from tests.conformance.venue_exam import Candidate, VenueExam

from kedge.domain.ids import VenueName
from kedge.venues.simulated.exchange import Exchange
from kedge.venues.simulated.local import LocalVenue


@pytest.fixture(params=["in memory", "with a ledger"])
def exchange(request: pytest.FixtureRequest, tmp_path: Path) -> Exchange:
    exchange = Exchange(TERMS, START, None if request.param == "in memory" else tmp_path / "ledger")
    exchange.take(quote("99.99", "100.01"))
    return exchange


class TestLocalVenue(VenueExam):
    """`LocalVenue` over an exchange whose market stands still."""

    @pytest.fixture
    def candidate(self, exchange: Exchange) -> Candidate:
        clock = HandClock()
        return Candidate(LocalVenue(VenueName("paper"), exchange, clock), clock)
