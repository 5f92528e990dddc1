"""The last lines: the kill switch, the limits in force, the rule that is nearest, and whether prices come."""

from rich.text import Text

from kedge.domain.accounts import TradingState
from kedge.domain.ids import AccountId
from kedge.domain.instants import SECOND, Instant
from kedge.engine.control.messages import Switched
from kedge.engine.view import AccountView, QuoteView, View
from kedge.tui.accounts import STATE_STYLES
from kedge.tui.orders import age
from kedge.tui.picture import Picture
from kedge.wording.figures import quantity
from kedge.wording.headroom import nearest
from kedge.wording.markets import market_status
from kedge.wording.text import clean
from kedge.wording.times import show_clock

_RECONCILED = "Books compared at start, reconnect, doubt"
_MARKETS_SHOWN = 4


def standing(picture: Picture, account: AccountView | None, now: Instant) -> Text:
    """Three lines or more; `account` is the one whose limits are told."""
    view = picture.view
    if view is None:
        return Text()
    text = _kill_switch(picture, view)
    if account is not None:
        text.append(f"\n{_limits(picture, account)}", "not bold")
        if account.room is not None and (told := nearest(account.room)):
            text.append(f"\n{clean(told)}", "bold red" if account.room.locks else "not bold")
    if hours := _hours(view, now):
        text.append(f"\n{hours}", "not bold")
    text.append(f"\n{_RECONCILED}. Moved: ")
    return text.append_text(_markets(picture, view.quotes, now))


def _hours(view: View, now: Instant) -> str:
    """Which markets are open and what is wrong with the data; at most as much as fits a line or two."""
    told = [market_status(market.name, market.hours, now) for market in view.markets]
    told += [f"{quote.instrument} HALTED ({quote.halted})" for quote in view.quotes if quote.halted]
    told += [f"{view.waiting} signals wait for an open"] if view.waiting else []
    refused = sum(sum(quote.refused.values()) for quote in view.quotes)
    told += [f"{refused} pieces of bad data refused"] if refused else []
    return clean("; ".join(told))


def _kill_switch(picture: Picture, view: View) -> Text:
    state = view.trading
    if state is TradingState.ACTIVE:
        return Text("Kill switch off").append("  trading is ACTIVE", STATE_STYLES[state])
    text = Text(f"KILL SWITCH ON  trading is {state}", STATE_STYLES[state])
    return text.append(f"  {_who(picture, None, state)}", "not bold")


def _who(picture: Picture, account: AccountId | None, state: TradingState) -> str:
    switched = None if picture.seen is None else _last(picture.seen.switches, account)
    if switched is None or switched.state is not state:
        return "(since before this start of the engine)"
    return clean(f"({show_clock(switched.at)} by {switched.who}: {switched.why})")


def _last(switches: tuple[Switched, ...], account: AccountId | None) -> Switched | None:
    return next((each for each in switches if each.account == account), None)


def _limits(picture: Picture, account: AccountView) -> str:
    paused = (
        ""
        if account.state is TradingState.ACTIVE
        else f" is {account.state} {_who(picture, account.id, account.state)}"
    )
    return (
        f"{account.id}{paused}: size at most {quantity(account.max_position_size)}, "
        f"entries time out after {account.order_timeout / SECOND:g} s, "
        f"signals live {account.signal_ttl / SECOND:g} s"
    )


def _markets(picture: Picture, quotes: tuple[QuoteView, ...], now: Instant) -> Text:
    """When the prices last moved, the quietest first where not all can be told."""
    if not quotes:
        return Text("no instrument is known")
    moved = {quote.instrument: picture.moved(quote.instrument) for quote in quotes}
    told = list(moved)
    if len(told) > _MARKETS_SHOWN:
        told = sorted(told, key=lambda symbol: moved[symbol] or 0)[:_MARKETS_SHOWN]
    text = Text()
    for place, symbol in enumerate(told):
        at = moved[symbol]
        text.append(", " if place else "")
        text.append(
            *((f"{symbol} no quotes", "yellow") if at is None else (f"{symbol} {age(now - at)} ago", ""))
        )
    rest = len(moved) - len(told)
    return text.append(f", {rest} others since") if rest else text
