"""What strategies of our own do, in plain words."""

from kedge.domain import setups as s
from kedge.domain.signals import Outcome
from kedge.domain.strategies import Missed
from kedge.market.length import show_length
from kedge.wording.phrases import ask
from kedge.wording.times import show_clock, show_span

MISSED = {
    Missed.DOWN: "the engine did not run when it was complete",
    Missed.LATE: "it was seen too late",
    Missed.HOLE: "time is missing in its bar",
    Missed.OUTSIDE_HOURS: "it lies outside of the hours of its strategy",
}


def tell_strategic(event: s.Strategic) -> str:
    """One event in a clause."""
    match event:
        case s.StrategyDefined(terms=terms):
            begins = "; it begins anew" if event.anew else ""
            return (
                f"strategy {terms.id} is on: {terms.rule} on {show_length(terms.bar)} bars of {terms.instrument}, "
                f"for account {terms.account}{begins}"
            )
        case s.StrategyDropped():
            return f"strategy {event.strategy} is off: the settings name it no more"
        case s.SessionBegan():
            return f"a session of strategy {event.strategy} has begun, opened at {show_clock(event.opened)}"
        case s.PanelNoted():
            length, close = show_length(event.length), show_clock(event.close)
            return f"the {length} bar that closed at {close} was seen by all strategies that look at it"
        case s.StrategyMoved():
            return f"strategy {event.strategy} knows more by the bar that closed at {show_clock(event.close)}"
        case s.SetupFound():
            why = f" ({event.signal.reason})" if event.signal.reason else ""
            found = f"has found a setup{why} in the bar that closed at {show_clock(event.close)}"
            return f"strategy {event.strategy} {found}: {ask(event.signal)}"
        case s.SetupMissed():
            late = f", {show_span(event.late)} after its bar" if event.late else ""
            return f"setup {event.signal} of strategy {event.strategy} is missed: {MISSED[event.why]}{late}"
        case s.SetupAnswered():
            ended = f"refused, {event.code}" if event.outcome is Outcome.REFUSED else event.outcome.lower()
            return f"setup {event.signal} of strategy {event.strategy}: {ended}"
        case s.StrategyFailed():
            how_often = "" if event.in_a_row == 1 else f", {event.in_a_row} times in a row by now"
            return f"strategy {event.strategy} has failed at a bar{how_often}: {event.error}"
