"""The protocol between the exchange and its clients: what one writes the other reads, and nothing else passes."""

from decimal import Decimal

import pytest

from kedge.domain.ids import AccountId, OrderId, Symbol
from kedge.domain.inputs import (
    VenueAccepted,
    VenueBusted,
    VenueCorrected,
    VenueFilled,
    VenueRenamed,
    VenueShowed,
)
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState
from kedge.domain.numbers import Nano, Ticks
from kedge.domain.orders import Execution, OrderRequest, OrderType, Side, Terms
from kedge.domain.quotes import Quote
from kedge.venues.simulated import wire
from kedge.venues.simulated.address import Address

ORDER = OrderId("o-1")
ALPHA = AccountId("alpha")
REQUEST = OrderRequest(
    id=ORDER, account=ALPHA, instrument=Symbol("SPY"), side=Side.BUY, type=OrderType.MARKET, quantity=Nano(10)
)
FILL = Execution(id="x-1", quantity=Nano(10), price=Nano(100), at=Instant(3))

REQUESTS: list[wire.Request] = [
    wire.Hello(quotes=False),
    wire.Ping(),
    wire.Submit(REQUEST, legs=(REQUEST,), expires=Instant(9)),
    wire.Cancel(ORDER),
    wire.Replace(ORDER, Terms(limit_price=Nano(5))),
    wire.FindOrder(ORDER),
    wire.ListOrders(after=7),
    wire.ListOpenOrders(ALPHA),
    wire.ListPositions(ALPHA),
    wire.ShowBalance(ALPHA),
    wire.ListExecutions(ALPHA),
    wire.ListChanges(ALPHA),
    wire.ListAmendments(ALPHA),
    wire.Bust(ORDER, "x-1", "erroneous"),
    wire.Correct(ORDER, "x-1", price=Nano(101)),
    wire.KeepAlive(60.0),
]
BUSTED = VenueBusted(ORDER, "x-1", "erroneous", at=Instant(2))
CORRECTED = VenueCorrected(ORDER, "x-1", FILL, 2, at=Instant(2))

RESULTS: list[wire.Result] = [
    wire.Failed(wire.FailureCode.DUPLICATE, "seen"),
    wire.Welcome("sim"),
    wire.Pong(),
    wire.Done(
        (
            VenueAccepted(order=ORDER, venue_order_id="v", at=Instant(1)),
            VenueFilled(order=ORDER, execution=FILL, at=Instant(1)),
        )
    ),
    wire.Found(None),
    wire.Found(
        VenueShowed(
            order=ORDER,
            venue_order_id="v",
            state=OrderState.FILLED,
            amended=(CORRECTED, BUSTED),
            at=Instant(1),
        )
    ),
    wire.Amendments((BUSTED, CORRECTED)),
    wire.Found(
        VenueShowed(
            order=ORDER, venue_order_id="v", state=OrderState.FILLED, executions=(FILL,), at=Instant(1)
        )
    ),
    wire.Orders((ORDER,), more=1),
    wire.Holdings({Symbol("SPY"): Decimal("-1.5")}),
    wire.Money(Decimal("1e-9"), Decimal(0)),
    wire.Fills(((ORDER, FILL),)),
    wire.Changes(
        (VenueRenamed(id="c1", account=ALPHA, instrument=Symbol("A"), new_symbol=Symbol("B"), at=Instant(1)),)
    ),
]
PUSHED: list[wire.Reply] = [
    wire.Pushed(VenueAccepted(order=ORDER, venue_order_id="v", at=Instant(1))),
    wire.Priced(Quote(Symbol("SPY"), Instant(1), Ticks(1), Ticks(2))),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: type(request).__name__)
def test_a_request_is_read_as_it_was_written(request_: wire.Request) -> None:
    line = wire.to_line(wire.Ask(3, request_))
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    assert wire.read_ask(line) == wire.Ask(3, request_)


@pytest.mark.parametrize(
    "reply",
    [*[wire.Answer(4, result) for result in RESULTS], *PUSHED],
    ids=lambda reply: type(reply).__name__,
)
def test_a_reply_is_read_as_it_was_written(reply: wire.Reply) -> None:
    assert wire.read_reply(wire.to_line(reply)) == reply


def test_every_kind_of_message_is_among_them() -> None:
    assert {type(request) for request in REQUESTS} == set(wire.Request.__args__)
    assert {type(result) for result in RESULTS} == set(wire.Result.__args__)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[1",
        b"\xff\xfe",
        b'{"number":1,"request":{"type":"Cancel","order":"\xff"}}',
        b'{"type":"Answer","number":1,"result":{"type":"Welcome","exchange":"\xff"}}',
        b'{"number":1,"request":{"type":"Nope"}}',
        b'{"number":1,"request":{"type":"Ping","more":1}}',
        b'{"number":1.5,"request":{"type":"Ping"}}',
        b'{"type":"Answer","number":1}',
    ],
)
def test_what_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.read_ask(line)
    with pytest.raises(wire.WireError):
        wire.read_reply(line)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:80", Address(host="127.0.0.1", port=80)),
        ("::1:80", Address(host="::1", port=80)),
        ("unix:/tmp/a:b", Address(path="/tmp/a:b")),  # noqa: S108
    ],
)
def test_an_address_is_written_as_it_is_read(text: str, address: Address) -> None:
    assert Address.parse(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    "text", ["", "localhost", ":80", "localhost:", "localhost:x", "h:65536", "h:-1", "unix:"]
)
def test_what_is_no_address_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match=r"HOST:PORT or unix:PATH"):
        Address.parse(text)
