"""A busy session by script: prints every recorded event. `test_determinism` runs it under different hash seeds."""

import random
import sys

from tests.builders import ENGINE_HELD, ES, SPY, Desk, account, encode_state, execution, signal

from kedge.domain import inputs as i
from kedge.domain.capabilities import Capabilities
from kedge.domain.ids import OrderId
from kedge.domain.instants import Instant
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.signals import Direction, SignalKind


def play(capabilities: Capabilities, seed: int) -> Desk:
    """Signals, fills, silences, restarts and quotes by a seeded draw."""
    chance = random.Random(seed)
    desk = Desk(account(capabilities=capabilities))
    for number in range(300):
        orders = list(desk.book.state.orders)
        living = [order for order in orders if not is_final(desk.state(order))]
        order = chance.choice(living or orders or [OrderId("")])
        match chance.randrange(14) if orders else 0:
            case 0 | 1:
                kind = chance.choice([SignalKind.ENTRY, SignalKind.ENTRY, SignalKind.EXIT])
                direction = chance.choice([*Direction]) if kind is SignalKind.ENTRY else None
                stop = None if direction is None else 95 if direction is Direction.LONG else 105
                metadata = {name: str(number) for name in chance.sample("abcdefgh", 4)}
                instrument = chance.choice(["SPY", "ES"])
                desk.send(
                    signal(
                        f"s-{number}",
                        kind,
                        direction,
                        at=desk.now,
                        instrument=instrument,
                        stop=stop,
                        metadata=metadata,
                    )
                )
            case 2 | 3 | 4:
                desk.accept(order)
            case 5 | 6:
                desk.fill(order, chance.choice([3, 5, 10]), chance.choice(["99", "100.25"]), fee="0.35")
            case 7:
                desk.silent(order)
            case 8:
                desk.showed(
                    order, chance.choice([OrderState.ACCEPTED, OrderState.CANCELLED]), execution("x", 1, 100)
                )
            case 9:
                desk.ask_cancel(order)
            case 10:
                desk.cancelled(order)
            case 11:
                price = chance.choice([90, 95, 100, 105])
                desk.quote(f"{price}.00", f"{price}.25", chance.choice([SPY, ES]))
            case 12:
                desk.wait(chance.choice([1, 12, 70]))
            case _:
                desk.start(f"r{number}")
                desk.give(i.ClockTicked(at=Instant(desk.now - 5)))
    return desk


def main() -> None:
    """Print the events and the state of two sessions."""
    for capabilities in (Capabilities(), ENGINE_HELD):
        desk = play(capabilities, 7)
        for event, at, step in desk.recorded:
            sys.stdout.buffer.write(b"%d %d %s\n" % (step, at, event))
        sys.stdout.buffer.write(encode_state(desk.book.state) + b"\n")


if __name__ == "__main__":
    main()
