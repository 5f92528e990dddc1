"""An entry that is to take more risk than it does now is held against the limits again, as a new one would be."""

from decimal import Decimal

import msgspec

from kedge.domain.codes import MEANING
from kedge.domain.inputs import ReplaceAsked
from kedge.domain.numbers import from_nano, plain
from kedge.domain.orders import Order, OrderRequest, Role, Terms
from kedge.domain.stakes import exposure_of, risk_between
from kedge.gates import ENLARGING_GATES, Approved, Draft, walk
from kedge.kernel.as_signal import as_signal
from kedge.kernel.on_signal import draft_of
from kedge.kernel.sums import price_of, stake_of, stop_of
from kedge.kernel.turn import Turn


def objection_to_risk(turn: Turn, order: Order, asked: ReplaceAsked) -> str:
    """What speaks against an entry on these terms; nothing where it risks no more than it does already."""
    if order.request.role is not Role.ENTRY:
        return ""
    terms = asked.terms
    stop = stop_of(order, turn.state.open_orders(order.request.account, order.request.instrument))
    wanted = _changed(order, terms)
    quantity = order.quantity if terms.quantity is None else from_nano(terms.quantity)
    before = _at_stake(turn, order.request, order.quantity, price_of(order), stop)
    after = _at_stake(turn, order.request, quantity, price_of(wanted), stop)
    if all(more <= known for more, known in zip(after, before, strict=True)):
        return ""
    draft = _draft(turn, order, wanted, asked)
    draft.quantity, draft.reference, draft.stop = quantity - order.filled, price_of(wanted), stop
    verdict = walk(ENLARGING_GATES, draft)
    if isinstance(verdict, Approved):
        return ""
    figures = verdict.checks[-1].figures.items()
    compared = ", ".join(f"{name} {_text(figure)}" for name, figure in figures)
    return f"{MEANING[verdict.code]} {verdict.code}: {compared}"


def _draft(turn: Turn, order: Order, wanted: Order, asked: ReplaceAsked) -> Draft:
    """With what the account has at stake beside this order."""
    request, state = order.request, turn.state
    draft = draft_of(turn, as_signal(wanted.request, turn.at), asked.bid, asked.ask, None)
    draft.account = state.accounts[request.account]
    draft.instrument = state.instruments[request.instrument]
    draft.side = request.side
    others = stake_of(state, request.account, request.instrument, without=order.id)
    draft.total = draft.total.changed(draft.stake, others)
    draft.stake = others
    return draft


def _changed(order: Order, terms: Terms) -> Order:
    asked = {name: value for name in Terms.__struct_fields__ if (value := getattr(terms, name)) is not None}
    prices = {name: from_nano(value) for name, value in asked.items() if name != "quantity"}
    return msgspec.structs.replace(order, request=msgspec.structs.replace(order.request, **asked), **prices)


def _at_stake(
    turn: Turn, request: OrderRequest, quantity: Decimal, price: Decimal, stop: Decimal | None
) -> tuple[Decimal, Decimal]:
    instrument = turn.state.instruments[request.instrument]
    counted = turn.state.accounts[request.account].terms.limits.exposure
    return (
        exposure_of(instrument, quantity, price, counted),
        risk_between(instrument, request.side, quantity, price, stop),
    )


def _text(figure: object) -> str:
    return figure if isinstance(figure, str) else plain(from_nano(figure))  # type: ignore[arg-type]
