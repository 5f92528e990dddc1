"""What is held of an instrument and is too little to be sold: beside a position it can be sold, and splits change it.

How it comes to be is in `kedge.kernel.closing`.
"""

from decimal import Decimal

from kedge.domain.changes import DustRescaled
from kedge.domain.events import DustSold, DustTaken
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.numbers import ZERO, share, to_nano
from kedge.domain.orders import Order, Role
from kedge.domain.positions import Effect, Part, Position
from kedge.kernel.closing import cash_after
from kedge.kernel.state import BookState, Dust
from kedge.kernel.turn import Turn

NO_DUST = Dust(ZERO, ZERO)


def dust_of(state: BookState, account: AccountId, instrument: Symbol) -> Dust:
    """What an account holds of an instrument and cannot sell."""
    return state.dust.get(account, {}).get(instrument, NO_DUST)


def take_up(turn: Turn, order: Order, position: Position, signed: Decimal) -> None:
    """An exit that the venue keeps to what is held there may sell of the dust as well: then it is of the position."""
    closes = signed * position.quantity < ZERO and abs(signed) > abs(position.quantity)
    if order.request.role is Role.ENTRY or not closes:
        return
    dust = dust_of(turn.state, position.account, position.instrument)
    if dust.quantity * position.quantity > ZERO:
        turn.emit(
            DustTaken(
                account=position.account,
                instrument=position.instrument,
                order=order.id,
                quantity=to_nano(dust.quantity),
                cost=to_nano(dust.cost),
            )
        )


def sell_apart(turn: Turn, order: Order, effect: Effect) -> bool:
    """An exit that was left over sells of the dust where nothing is open: whether it was no more than there is."""
    account, symbol = order.request.account, order.request.instrument
    dust = dust_of(turn.state, account, symbol)
    sold = abs(effect.signed)
    if order.request.role is Role.ENTRY or dust.quantity * effect.signed >= ZERO or sold > abs(dust.quantity):
        return False
    value = turn.state.instruments[symbol].value(sold, effect.price)
    released = share(dust.cost, sold, abs(dust.quantity))
    gained = value - released if dust.quantity > ZERO else released - value
    part = Part(effect.signed, value, effect.fee, closes=True)
    turn.emit(
        DustSold(
            account=account,
            instrument=symbol,
            order=order.id,
            quantity=to_nano(dust.quantity + effect.signed),
            cost=to_nano(dust.cost - released),
            gained=to_nano(gained),
            fee=to_nano(effect.fee),
            cash=to_nano(cash_after(turn, account, symbol, part, gained)),
        )
    )
    return True


def count_anew(
    turn: Turn, account: AccountId, instrument: Symbol, exact: Decimal, left: Decimal, paid: Decimal
) -> None:
    """After a split: it would be `exact`, and is what is `left`; the rest was paid out."""
    dust, holder = dust_of(turn.state, account, instrument), turn.state.accounts[account]
    sign, worth = 1 if dust.quantity > ZERO else -1, abs(paid)
    released = share(dust.cost, max(abs(exact) - abs(left), ZERO), abs(exact)) if left else dust.cost
    turn.emit(
        DustRescaled(
            account=account,
            instrument=instrument,
            quantity=to_nano(left),
            cost=to_nano(dust.cost - released),
            gained=to_nano(sign * (worth - released)),
            cash=to_nano(holder.cash + sign * worth),
        )
    )
