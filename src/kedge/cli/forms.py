"""The readable tables' rows as the JSON items that programs rely on: which fields there are, and in which form."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kedge.domain.instants import Instant, show_instant
from kedge.domain.lifecycle import OrderState, is_final
from kedge.domain.orders import Holder

if TYPE_CHECKING:
    from kedge.journal.reader import Fields

Item = dict[str, object]


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ORDER = _names(
    "id client_order_id venue_order_id account instrument side type quantity filled average_price limit_price "
    "stop_price state role tif holder reduce_only signal parent strategy reason fees expected_price created updated "
    "sent accepted first_fill last_fill"
)
FILL = _names("order_id execution account instrument side role quantity price fee at recorded late")
TRADE = _names(
    "id account strategy instrument direction quantity entry_time entry_price exit_time exit_price exit_reason pnl "
    "fees r_multiple stop entry_order exit_order risk adds"
)
POSITION = _names(
    "id account instrument state direction quantity entered entry_price exit_price cost realised fees stop opened "
    "closed entry_order updated risk adds"
)
SIGNAL = _names(
    "id account kind instrument direction strength expected_price quantity stop strategy reason ts at outcome code "
    "order_id metadata pnl"
)
ACCOUNT = _names(
    "id venue venue_account owner currency starting_cash cash realised fees state trades wins losses updated"
)
UNALLOCATED = _names("venue account instrument quantity held updated")
DUST = _names("account instrument quantity cost updated")
STRATEGY = _names(
    "id account instrument rule bar since found taken refused missed trades wins losses pnl last_delay worst_delay "
    "last_error opened session_found session_taken session_refused session_missed session_trades session_wins "
    "session_losses session_pnl updated"
)
SETUP = _names("id strategy account instrument close seen direction reason fate code delay")
RUN = _names("epoch nonce version settings_hash at")

_TIMES = frozenset(
    _names(
        "created updated sent accepted first_fill last_fill at recorded entry_time exit_time opened closed ts "
        "since close seen"
    )
)
_FLAGS = frozenset(("reduce_only", "late"))


def item(fields: "Fields", names: Sequence[str]) -> Item:
    """One row: times in RFC 3339, flags as true and false, an absent value as null; so is what an older form lacks."""
    return {name: _value(name, fields.get(name)) for name in names}


def order(fields: "Fields") -> Item:
    """An order, and who has it: the engine, which holds what is new, or the venue; null once it is over."""
    state = OrderState(str(fields["state"]))
    holder = Holder.ENGINE if state is OrderState.NEW else None if is_final(state) else Holder.VENUE
    return item(fields, ORDER) | {"held_by": holder}


def orders(rows: Iterable["Fields"]) -> list[Item]:
    """Several orders."""
    return [order(row) for row in rows]


def items(rows: Iterable["Fields"], names: Sequence[str]) -> list[Item]:
    """Several rows."""
    return [item(row, names) for row in rows]


def _value(name: str, value: object) -> object:
    if value is None or value == "":
        return {} if name == "metadata" else None
    if name == "metadata":
        return json.loads(str(value))
    if name in _TIMES and isinstance(value, int):
        return show_instant(Instant(value))
    return bool(value) if name in _FLAGS else value
