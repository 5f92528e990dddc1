"""Whatever is said when: nothing that waits for a person leaves without his yes, too late, or twice."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import SPY, Desk, account, number, signal, submitted

from kedge.domain import events as e
from kedge.domain import inputs as i
from kedge.domain.accounts import TradingState
from kedge.domain.ids import SignalId
from kedge.domain.instants import SECOND, Instant, Span
from kedge.domain.limits import Filters, Routing
from kedge.domain.numbers import Ticks
from kedge.domain.orders import Role
from kedge.domain.signals import Outcome

WITHIN = Span(60 * SECOND)
IDS = [SignalId(f"s-{number_}") for number_ in range(2)]
ids = st.sampled_from(IDS)
seconds = st.sampled_from([1, 30, 59, 60, 600])
deeds = st.lists(
    st.one_of(
        st.tuples(st.just("send"), ids),
        st.tuples(st.just("approve"), ids),
        st.tuples(st.just("decline"), ids),
        st.tuples(st.just("pass"), seconds),  # time passes, and nobody looks at the clock
        st.tuples(st.just("tick"), seconds),
        st.tuples(st.just("restart"), seconds),
        st.tuples(st.just("trade"), st.sampled_from([TradingState.ACTIVE, TradingState.HALTED])),
        st.tuples(st.just("fill"), ids),
        st.tuples(st.just("exit"), ids),
    ),
    max_size=30,
)


class Waiting:
    """A desk whose entries wait, and what was said to it."""

    def __init__(self) -> None:
        routing = Routing(auto_execute=False, approve_within=WITHIN)
        self.desk = Desk(account(routing=routing, filters=Filters(max_quote_age=Span(SECOND))))
        self.held: dict[str, Instant] = {}
        self.entered: list[str] = []
        self.runs = 1
        self.exits = 0

    def do(self, deed: str, subject: object) -> None:
        desk = self.desk
        match deed, subject:
            case "send", str():
                wanted = signal(subject, at=desk.now, stop=95)
                arrived = i.SignalArrived(wanted, *market(), quoted_at=desk.now, at=desk.now)
                events = desk.give(arrived)
                self._entered_by(events, None)
                if any(type(event).__name__ == "SignalHeld" for event in events):
                    self.held[subject] = desk.book.state.last_at
            case "approve" | "decline", str():
                self._answer(SignalId(subject), approved=deed == "approve")
            case "pass", int():
                desk.now = Instant(desk.now + subject * SECOND)
            case "tick", int():
                self._entered_by(desk.wait(subject), None)
            case "restart", int():
                desk.book = desk.folded()
                desk.now = Instant(desk.now + subject * SECOND)
                self.runs += 1
                self._entered_by(desk.start(f"r{self.runs}"), None)
            case "trade", TradingState():
                desk.set_trading(subject)
            case "fill", _:
                for order in list(desk.book.state.orders.values()):
                    if order.request.role is Role.ENTRY and not order.filled and not desk.position():
                        desk.fill(order.id, 10)
            case _:
                self.exits += 1
                desk.exit(f"x-{self.exits}")

    def _answer(self, id_: SignalId, *, approved: bool) -> None:
        desk = self.desk
        waits = desk.book.state.held.get(id_)
        in_time = waits is not None and desk.now < self.held[id_] + WITHIN
        asked = i.ApprovalAsked(id_, approved, "ann", "why", *market(), quoted_at=desk.now, at=desk.now)
        events = desk.give(asked)
        assert id_ not in desk.book.state.held
        self._entered_by(events, id_ if approved and in_time else None)
        if waits is not None and not in_time:
            assert desk.book.state.signals[id_].code == "APPROVAL_EXPIRED"

    def _entered_by(self, events: Sequence[e.Event], allowed: SignalId | None) -> None:
        """What has left of entries: of the signal that was approved in time, and of no other."""
        left = [request.signal for request in submitted(events) if request.role is Role.ENTRY]
        assert set(left) <= {allowed}
        self.entered += [str(id_) for id_ in left]
        assert len(self.entered) == len(set(self.entered))


def market() -> tuple[Ticks, Ticks]:
    bid = SPY.ticks(number(100))
    return bid, Ticks(bid + 1)


@settings(max_examples=400)
@given(deeds)
def test_nothing_leaves_without_a_yes_in_time_and_nothing_twice(said: list[tuple[str, object]]) -> None:
    waiting = Waiting()
    for deed, subject in said:
        waiting.do(deed, subject)
    waiting.desk.wait(WITHIN // SECOND + 1)
    state = waiting.desk.book.state
    assert not state.held, "nothing waits for ever"
    assert all(judged.outcome is not Outcome.HELD for judged in state.signals.values())
    waiting.desk.check()
