"""What the governor does, in plain words."""

from kedge.domain import governing as g
from kedge.domain.governor import Ends
from kedge.domain.numbers import from_nano
from kedge.wording.figures import money, nano_price
from kedge.wording.phrases import ask
from kedge.wording.times import show_clock

LIMITS = {
    "DAILY_LOSS_LIMIT": "the daily loss limit",
    "DRAWDOWN_LIMIT": "the drawdown limit",
    "PROFIT_TARGET_REACHED": "the profit target",
    "DAY_PROFIT_REACHED": "the most that one day may gain",
    "OWNER_DAILY_LOSS": "the daily loss limit over all accounts of its owner",
}
UNTIL = {Ends.DAY: "until the day ends", Ends.PERSON: "until a person lets it go on"}


def tell_governing(event: g.Governing) -> str:  # noqa: PLR0911 (one for each event)
    """One event in a clause."""
    match event:
        case g.DayBegan():
            balance, equity = money(from_nano(event.balance)), money(from_nano(event.equity))
            return f"day {event.day} of account {event.account} begins with a balance of {balance}, equity {equity}"
        case g.PositionMarked():
            return f"valued at {nano_price(event.price)}: equity {money(from_nano(event.equity))}"
        case g.PeakRaised():
            peak, floor = money(from_nano(event.peak)), money(from_nano(event.floor))
            return f"equity of account {event.account} has reached {peak}: it may not fall to {floor} from here on"
        case g.LimitBreached():
            equity, limit = money(from_nano(event.equity)), money(from_nano(event.limit))
            name = LIMITS.get(event.code, event.code) + (f" {event.owner}" if event.owner else "")
            closing = "; what it holds is closed" if event.flatten else ""
            return (
                f"account {event.account} has reached {name} (equity {equity}, limit {limit}): "
                f"no entries {UNTIL[event.ends]}{closing}"
            )
        case g.OwnersDefined():
            names = ", ".join(terms.name for terms in event.owners) or "nobody"
            return f"limits over all accounts of: {names}"
        case g.LockReleased():
            name = LIMITS.get(event.code, event.code)
            return f"account {event.account} goes on after {name} ({event.who}: {event.why})"
        case g.ReleaseRefused():
            return f"{event.who} cannot let account {event.account} go on: {event.reason}"
        case g.CooldownStarted():
            until = show_clock(event.until)
            return f"account {event.account} has lost {event.losses} times in a row: no entries until {until}"
        case g.StrategyRefused():
            how_often = "" if event.in_a_row == 1 else f", {event.in_a_row} times in a row by now"
            return f"strategy {event.strategy} asks for what it cannot have ({event.code}{how_often})"
        case g.StrategyPaused():
            return f"strategy {event.strategy} is paused ({event.who}: {event.why})"
        case g.StrategyResumed():
            return f"strategy {event.strategy} goes on ({event.who}: {event.why})"
        case g.SignalHeld():
            return f"signal {ask(event.signal)} waits for a person until {show_clock(event.until)}"
        case g.ApprovalRefused():
            return f"{event.who} cannot approve or decline signal {event.signal}: {event.reason}"
