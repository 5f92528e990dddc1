"""Why a venue said no, in one word for all venues, and what may be done about it.

An adapter that knows the venue's own codes gives the word; one that does not leaves it open. What is not known to be
safe to try again is never tried again.
"""

from enum import StrEnum


class RejectKind(StrEnum):
    """A venue's no, by what it means."""

    UNKNOWN = "UNKNOWN"
    # it may pass by itself
    NOT_SENT = "NOT_SENT"
    LATE = "LATE"
    BUSY = "BUSY"
    # another order might be taken
    FUNDS = "FUNDS"
    PRICE_GRID = "PRICE_GRID"
    MARKET_ORDERS = "MARKET_ORDERS"
    # the market or the venue has to come round first
    CLOSED = "CLOSED"
    HALTED = "HALTED"
    RATE = "RATE"
    # it stays a no
    BORROW = "BORROW"
    DAY_TRADES = "DAY_TRADES"
    CONTRACT = "CONTRACT"
    PERMISSION = "PERMISSION"
    INVALID = "INVALID"


class Course(StrEnum):
    """What is done about an entry that was rejected."""

    RETRY = "retry"  # the same again, after a pause
    ADJUST = "adjust"  # another order for the same intent
    WAIT = "wait"  # the same again, when it may be taken
    GIVE_UP = "give up"


MEANING: dict[RejectKind, str] = {
    RejectKind.UNKNOWN: "the venue's reason has no known meaning",
    RejectKind.NOT_SENT: "the request did not leave",
    RejectKind.LATE: "the request came too late to be meant",
    RejectKind.BUSY: "the venue could not take it at that moment",
    RejectKind.FUNDS: "the account's money does not cover it",
    RejectKind.PRICE_GRID: "a price is not on the venue's grid",
    RejectKind.MARKET_ORDERS: "the venue takes no market orders now",
    RejectKind.CLOSED: "the market is closed there",
    RejectKind.HALTED: "trading is halted there",
    RejectKind.RATE: "too many requests were made",
    RejectKind.BORROW: "there is nothing to borrow for a short sale",
    RejectKind.DAY_TRADES: "the account has made too many day trades",
    RejectKind.CONTRACT: "the contract does not trade any more",
    RejectKind.PERMISSION: "the account may not trade this",
    RejectKind.INVALID: "the order makes no sense to the venue",
}

COURSES: dict[RejectKind, Course] = {
    RejectKind.UNKNOWN: Course.GIVE_UP,
    RejectKind.NOT_SENT: Course.RETRY,
    RejectKind.LATE: Course.RETRY,
    RejectKind.BUSY: Course.RETRY,
    RejectKind.FUNDS: Course.ADJUST,
    RejectKind.PRICE_GRID: Course.ADJUST,
    RejectKind.MARKET_ORDERS: Course.ADJUST,
    RejectKind.CLOSED: Course.WAIT,
    RejectKind.HALTED: Course.WAIT,
    RejectKind.RATE: Course.WAIT,
    RejectKind.BORROW: Course.GIVE_UP,
    RejectKind.DAY_TRADES: Course.GIVE_UP,
    RejectKind.CONTRACT: Course.GIVE_UP,
    RejectKind.PERMISSION: Course.GIVE_UP,
    RejectKind.INVALID: Course.GIVE_UP,
}


def course_of(kind: RejectKind) -> Course:
    """What may be done about a no of this kind."""
    return COURSES[kind]
