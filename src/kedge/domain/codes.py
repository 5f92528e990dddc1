"""Why a signal was refused: a closed list, in the order in which the gates look."""

from enum import StrEnum


class Code(StrEnum):
    """A reason that programs can rely on; the docstring-like text beside each is what people read."""

    # intake
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT"
    UNKNOWN_INSTRUMENT = "UNKNOWN_INSTRUMENT"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    DIRECTION_MISSING = "DIRECTION_MISSING"
    SIGNAL_EXPIRED = "SIGNAL_EXPIRED"
    SIGNAL_FROM_FUTURE = "SIGNAL_FROM_FUTURE"
    INSTRUMENT_CHANGED = "INSTRUMENT_CHANGED"
    NO_POSITION = "NO_POSITION"
    DIRECTION_CONTRADICTS = "DIRECTION_CONTRADICTS"
    ALREADY_EXITING = "ALREADY_EXITING"
    # trading state
    TRADING_HALTED = "TRADING_HALTED"
    REDUCING_ONLY = "REDUCING_ONLY"
    # session
    MARKET_UNKNOWN = "MARKET_UNKNOWN"
    INSTRUMENT_HALTED = "INSTRUMENT_HALTED"
    MARKET_CLOSED = "MARKET_CLOSED"
    CLOSING_SOON = "CLOSING_SOON"
    # contract
    CONTRACT_EXPIRING = "CONTRACT_EXPIRING"
    # in doubt
    ORDER_IN_DOUBT = "ORDER_IN_DOUBT"
    # routing
    POSITION_PENDING = "POSITION_PENDING"
    POSITION_OPEN = "POSITION_OPEN"
    ADDS_EXHAUSTED = "ADDS_EXHAUSTED"
    ADDS_TO_LOSER = "ADDS_TO_LOSER"
    NET_OPPOSITE = "NET_OPPOSITE"
    # size
    SIZE_MISSING = "SIZE_MISSING"
    SIZE_TOO_LARGE = "SIZE_TOO_LARGE"
    SIZE_ROUNDS_TO_NOTHING = "SIZE_ROUNDS_TO_NOTHING"
    # order validity
    QUANTITY_OFF_LOT = "QUANTITY_OFF_LOT"
    ORDER_TYPE_UNSUPPORTED = "ORDER_TYPE_UNSUPPORTED"
    TIME_IN_FORCE_UNSUPPORTED = "TIME_IN_FORCE_UNSUPPORTED"
    PRICE_MISSING = "PRICE_MISSING"
    PRICE_NOT_USED = "PRICE_NOT_USED"
    PRICE_NOT_POSITIVE = "PRICE_NOT_POSITIVE"
    PRICE_OFF_TICK = "PRICE_OFF_TICK"
    SELF_MATCH = "SELF_MATCH"
    # protection
    UNPROTECTED_NOT_ALLOWED = "UNPROTECTED_NOT_ALLOWED"
    PROTECTION_INVALID = "PROTECTION_INVALID"
    NO_REFERENCE_PRICE = "NO_REFERENCE_PRICE"
    STOP_ON_WRONG_SIDE = "STOP_ON_WRONG_SIDE"
    STOP_BEYOND_RISK = "STOP_BEYOND_RISK"
    TARGET_ON_WRONG_SIDE = "TARGET_ON_WRONG_SIDE"
    LEVEL_NOT_KNOWN = "LEVEL_NOT_KNOWN"
    TARGETS_EXCEED = "TARGETS_EXCEED"
    STOP_MISSING = "STOP_MISSING"
    NO_STOP_TO_ADJUST = "NO_STOP_TO_ADJUST"
    STOP_NOT_ADJUSTABLE = "STOP_NOT_ADJUSTABLE"
    TARGET_NOT_ADJUSTABLE = "TARGET_NOT_ADJUSTABLE"


MEANING: dict[Code, str] = {
    Code.UNKNOWN_ACCOUNT: "No account of this id is declared.",
    Code.UNKNOWN_INSTRUMENT: "No instrument of this symbol is declared.",
    Code.CURRENCY_MISMATCH: "The instrument trades in another currency than the account keeps.",
    Code.DIRECTION_MISSING: "An entry has to say LONG or SHORT.",
    Code.SIGNAL_EXPIRED: "The signal is older than the account's signal_ttl: it speaks of a market that is gone.",
    Code.SIGNAL_FROM_FUTURE: "The signal's time lies ahead of the engine's clock by more than a minute.",
    Code.INSTRUMENT_CHANGED: "The signal is older than a split or a new symbol: its figures mean something else now.",
    Code.NO_POSITION: "There is no open position to act on.",
    Code.DIRECTION_CONTRADICTS: "The signal's direction contradicts its kind (BUY is LONG) or the open position.",
    Code.ALREADY_EXITING: "An exit of this position is already on its way.",
    Code.TRADING_HALTED: "Trading is halted, for the account or for all: no new risk until a person resumes it.",
    Code.REDUCING_ONLY: "The account may only reduce what it holds.",
    Code.MARKET_UNKNOWN: "Whether the market is open is not known: its calendar has ended, or the clock was set.",
    Code.INSTRUMENT_HALTED: "Trading in the instrument is halted at its exchange.",
    Code.MARKET_CLOSED: "The market is closed for this account.",
    Code.CLOSING_SOON: "The account closes its positions before the session ends, and that time has begun.",
    Code.CONTRACT_EXPIRING: "The futures contract is near its end: it is left for the next one and takes no entries.",
    Code.ORDER_IN_DOUBT: "An order here has an unknown outcome: no new risk until the venue has answered.",
    Code.POSITION_PENDING: "An entry in this instrument is still pending.",
    Code.POSITION_OPEN: "A position in this instrument is already open.",
    Code.ADDS_EXHAUSTED: "The position was added to as often as the account's scale_in allows.",
    Code.ADDS_TO_LOSER: "The position does not gain at the price of the added part: only winners are added to.",
    Code.NET_OPPOSITE: "The other side is held at the venue account, or may come to be: it would be netted there.",
    Code.SIZE_MISSING: "Neither the signal nor the account gives a quantity.",
    Code.SIZE_TOO_LARGE: "The quantity is above the account's max_position_size.",
    Code.SIZE_ROUNDS_TO_NOTHING: "Rounded down to the instrument's lot, nothing is left to trade.",
    Code.QUANTITY_OFF_LOT: "The quantity is not a multiple of the instrument's lot.",
    Code.ORDER_TYPE_UNSUPPORTED: "The venue does not take this type of order.",
    Code.TIME_IN_FORCE_UNSUPPORTED: "The venue does not take this time in force.",
    Code.PRICE_MISSING: "This type of order needs a price that was not given.",
    Code.PRICE_NOT_USED: "A price was given that this type of order does not use.",
    Code.PRICE_NOT_POSITIVE: "A price has to be above zero.",
    Code.PRICE_OFF_TICK: "A price is not on the instrument's tick.",
    Code.SELF_MATCH: "It could trade against a resting order of another account of the same venue account.",
    Code.UNPROTECTED_NOT_ALLOWED: 'The signal asks for "stop": "none" and the account does not allow it.',
    Code.PROTECTION_INVALID: "The method of the stop, or the place of a target, is none: its figures are out of range.",
    Code.NO_REFERENCE_PRICE: "There is no price to measure the stop or the targets of the account from.",
    Code.STOP_ON_WRONG_SIDE: "The stop lies on the side of the gain or is reached already: it would close at once.",
    Code.STOP_BEYOND_RISK: "The stop would lie beyond the one at entry: more would be at risk than was taken on.",
    Code.TARGET_ON_WRONG_SIDE: "The target lies on the side of the loss, so it would close the position at once.",
    Code.LEVEL_NOT_KNOWN: "The stop or target goes by the market (ATR, swing, opening range), which is not known yet.",
    Code.TARGETS_EXCEED: "The targets add up to more than all of the position, or one of them is for nothing.",
    Code.STOP_MISSING: "A STOP_ADJUSTMENT has to say where the stop goes, or the targets.",
    Code.NO_STOP_TO_ADJUST: "The position has no live stop order.",
    Code.STOP_NOT_ADJUSTABLE: "The stop cannot be moved: a request about it is unanswered, or the venue replaces none.",
    Code.TARGET_NOT_ADJUSTABLE: "The targets cannot be moved now: the entry still fills, or the venue cannot do it.",
}
