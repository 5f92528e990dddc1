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
    # routing
    STRATEGY_NOT_ALLOWED = "STRATEGY_NOT_ALLOWED"
    INSTRUMENT_DENIED = "INSTRUMENT_DENIED"
    INSTRUMENT_NOT_ALLOWED = "INSTRUMENT_NOT_ALLOWED"
    OTHER_SYMBOL_OPEN = "OTHER_SYMBOL_OPEN"
    SIGNAL_TOO_WEAK = "SIGNAL_TOO_WEAK"
    # short sales
    NOT_SHORTABLE = "NOT_SHORTABLE"
    # in doubt
    ORDER_IN_DOUBT = "ORDER_IN_DOUBT"
    # one entry at a time
    POSITION_PENDING = "POSITION_PENDING"
    POSITION_OPEN = "POSITION_OPEN"
    ADDS_EXHAUSTED = "ADDS_EXHAUSTED"
    ADDS_TO_LOSER = "ADDS_TO_LOSER"
    NET_OPPOSITE = "NET_OPPOSITE"
    OWNER_OPPOSITE = "OWNER_OPPOSITE"
    # governor
    DAILY_LOSS_LIMIT = "DAILY_LOSS_LIMIT"
    DRAWDOWN_LIMIT = "DRAWDOWN_LIMIT"
    PROFIT_TARGET_REACHED = "PROFIT_TARGET_REACHED"
    DAY_PROFIT_REACHED = "DAY_PROFIT_REACHED"
    OWNER_DAILY_LOSS = "OWNER_DAILY_LOSS"
    DAY_UNKNOWN = "DAY_UNKNOWN"
    STRATEGY_PAUSED = "STRATEGY_PAUSED"
    COOLING_DOWN = "COOLING_DOWN"
    TOO_MANY_ENTRIES = "TOO_MANY_ENTRIES"
    TOO_MANY_ORDERS = "TOO_MANY_ORDERS"
    # market filters
    OUTSIDE_WINDOW = "OUTSIDE_WINDOW"
    NO_QUOTE = "NO_QUOTE"
    QUOTE_CROSSED = "QUOTE_CROSSED"
    QUOTE_TOO_OLD = "QUOTE_TOO_OLD"
    SPREAD_TOO_WIDE = "SPREAD_TOO_WIDE"
    PRICE_JUMPED = "PRICE_JUMPED"
    SLIPPAGE_TOO_LARGE = "SLIPPAGE_TOO_LARGE"
    # collar
    PRICE_TOO_FAR = "PRICE_TOO_FAR"
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
    # limits
    TOO_MANY_POSITIONS = "TOO_MANY_POSITIONS"
    TOO_MANY_ACTIVE_ORDERS = "TOO_MANY_ACTIVE_ORDERS"
    ORDER_VALUE_TOO_LARGE = "ORDER_VALUE_TOO_LARGE"
    POSITION_TOO_LARGE = "POSITION_TOO_LARGE"
    EXPOSURE_TOO_LARGE = "EXPOSURE_TOO_LARGE"
    ASSET_EXPOSURE_TOO_LARGE = "ASSET_EXPOSURE_TOO_LARGE"
    LEVERAGE_TOO_HIGH = "LEVERAGE_TOO_HIGH"
    RISK_TOO_LARGE = "RISK_TOO_LARGE"
    BUYING_POWER = "BUYING_POWER"
    TIER_EXCEEDED = "TIER_EXCEEDED"
    OWNER_POSITION_TOO_LARGE = "OWNER_POSITION_TOO_LARGE"
    OWNER_EXPOSURE_TOO_LARGE = "OWNER_EXPOSURE_TOO_LARGE"
    OWNER_RISK_TOO_LARGE = "OWNER_RISK_TOO_LARGE"
    STRATEGY_ON_TRIAL = "STRATEGY_ON_TRIAL"
    REPEATED_ENTRY = "REPEATED_ENTRY"
    MESSAGE_BUDGET = "MESSAGE_BUDGET"
    # between the decision and the sending
    WITHDRAWN = "WITHDRAWN"
    # approval
    APPROVAL_NEEDED = "APPROVAL_NEEDED"
    APPROVAL_DECLINED = "APPROVAL_DECLINED"
    APPROVAL_EXPIRED = "APPROVAL_EXPIRED"
    # minimum size
    QUANTITY_TOO_SMALL = "QUANTITY_TOO_SMALL"
    VALUE_TOO_SMALL = "VALUE_TOO_SMALL"
    # stop change
    STOP_MISSING = "STOP_MISSING"
    NO_STOP_TO_ADJUST = "NO_STOP_TO_ADJUST"
    STOP_NOT_ADJUSTABLE = "STOP_NOT_ADJUSTABLE"
    TARGET_NOT_ADJUSTABLE = "TARGET_NOT_ADJUSTABLE"


# What locks an account until a new day, or until a person lets it go on.
LOCKS = (
    Code.DAILY_LOSS_LIMIT,
    Code.DRAWDOWN_LIMIT,
    Code.PROFIT_TARGET_REACHED,
    Code.DAY_PROFIT_REACHED,
    Code.OWNER_DAILY_LOSS,
)
# What a sender that works as it should does not ask for.
SENDERS_FAULTS = dict.fromkeys(
    (
        Code.PRICE_TOO_FAR,
        Code.SIZE_MISSING,
        Code.SIZE_TOO_LARGE,
        Code.SIZE_ROUNDS_TO_NOTHING,
        Code.QUANTITY_OFF_LOT,
        Code.ORDER_TYPE_UNSUPPORTED,
        Code.TIME_IN_FORCE_UNSUPPORTED,
        Code.PRICE_MISSING,
        Code.PRICE_NOT_USED,
        Code.PRICE_NOT_POSITIVE,
        Code.PRICE_OFF_TICK,
        Code.UNPROTECTED_NOT_ALLOWED,
        Code.PROTECTION_INVALID,
        Code.STOP_ON_WRONG_SIDE,
        Code.TARGET_ON_WRONG_SIDE,
        Code.TARGETS_EXCEED,
        Code.ORDER_VALUE_TOO_LARGE,
        Code.POSITION_TOO_LARGE,
        Code.EXPOSURE_TOO_LARGE,
        Code.LEVERAGE_TOO_HIGH,
        Code.RISK_TOO_LARGE,
        Code.BUYING_POWER,
        Code.TIER_EXCEEDED,
        Code.STRATEGY_ON_TRIAL,
        Code.REPEATED_ENTRY,
    )
)

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
    Code.STRATEGY_NOT_ALLOWED: "The account takes signals of other strategies only.",
    Code.INSTRUMENT_DENIED: "The account's risk.deny names the instrument.",
    Code.INSTRUMENT_NOT_ALLOWED: "The account's risk.allow does not name the instrument.",
    Code.OTHER_SYMBOL_OPEN: "The account trades one symbol at a time (one_symbol), and another is open or on its way.",
    Code.SIGNAL_TOO_WEAK: "The signal's strength is not above the account's min_signal_strength.",
    Code.NOT_SHORTABLE: "The instrument is not to be sold short: `shortable` is false.",
    Code.ORDER_IN_DOUBT: "An order here has an unknown outcome: no new risk until the venue has answered.",
    Code.POSITION_PENDING: "An entry in this instrument is still pending.",
    Code.POSITION_OPEN: "A position in this instrument is already open.",
    Code.ADDS_EXHAUSTED: "The position was added to as often as the account's scale_in allows.",
    Code.ADDS_TO_LOSER: "The position does not gain at the price of the added part: only winners are added to.",
    Code.NET_OPPOSITE: "The other side is held at the venue account, or may come to be: it would be netted there.",
    Code.OWNER_OPPOSITE: "Another account of the owner has the other side of the instrument, or may come to have it.",
    Code.DAILY_LOSS_LIMIT: "The account has lost as much as it may in a day: locked, open losses and fees counted.",
    Code.DRAWDOWN_LIMIT: "The account's equity has fallen to the floor of its drawdown limit: locked.",
    Code.PROFIT_TARGET_REACHED: "The account has reached its profit target: locked until a person lets it go on.",
    Code.DAY_PROFIT_REACHED: "The account has gained as much as it may in a day: locked until the next.",
    Code.OWNER_DAILY_LOSS: "All accounts of the owner together have lost as much as they may in a day: all are locked.",
    Code.DAY_UNKNOWN: "The account's day is over, and which one it is now is not known yet.",
    Code.STRATEGY_PAUSED: "The strategy is paused: a person has to look at it, and let it go on.",
    Code.COOLING_DOWN: "So many trades in a row were lost that the account pauses for a while.",
    Code.TOO_MANY_ENTRIES: "The account has made as many entries as it may in a minute, an hour or a day.",
    Code.TOO_MANY_ORDERS: "The account has sent as many orders as it may in a day (max_daily_orders).",
    Code.OUTSIDE_WINDOW: "The account takes entries at other times of the day only (filters.window).",
    Code.NO_QUOTE: "There is no bid and ask to look at, and the account's filters ask for them.",
    Code.QUOTE_CROSSED: "The bid is above the ask, or one of them is no price: such a market cannot be.",
    Code.QUOTE_TOO_OLD: "The last quote is older than the account's max_quote_age_ms.",
    Code.SPREAD_TOO_WIDE: "Bid and ask are farther apart than the account's max_spread_bps.",
    Code.PRICE_JUMPED: "The price has moved within seconds by more than the account's max_jump_pct.",
    Code.SLIPPAGE_TOO_LARGE: "The price now is worse than the one expected by more than max_slippage_bps.",
    Code.PRICE_TOO_FAR: "A price is farther from the market than the account's max_price_deviation_pct.",
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
    Code.NO_REFERENCE_PRICE: "There is no price to measure the stop, the targets, the size and the limits from.",
    Code.STOP_ON_WRONG_SIDE: "The stop lies on the side of the gain or is reached already: it would close at once.",
    Code.STOP_BEYOND_RISK: "The stop would lie beyond the one at entry: more would be at risk than was taken on.",
    Code.TARGET_ON_WRONG_SIDE: "The target lies on the side of the loss, so it would close the position at once.",
    Code.LEVEL_NOT_KNOWN: "The stop or target goes by the market (ATR, swing, opening range), which is not known yet.",
    Code.TARGETS_EXCEED: "The targets add up to more than all of the position, or one of them is for nothing.",
    Code.TOO_MANY_POSITIONS: "As many positions are open or on their way as the account may have (max_positions).",
    Code.TOO_MANY_ACTIVE_ORDERS: "As many orders are at the venue as the account may have (max_active_orders).",
    Code.ORDER_VALUE_TOO_LARGE: "The order is worth more than the account's max_order_value.",
    Code.POSITION_TOO_LARGE: "The position would be more of the account's equity than max_position_pct.",
    Code.EXPOSURE_TOO_LARGE: "All positions together would be more of the account's equity than max_exposure_pct.",
    Code.ASSET_EXPOSURE_TOO_LARGE: "All of its asset class would be more of equity than max_exposure_by_asset says.",
    Code.LEVERAGE_TOO_HIGH: "All positions together would be more than max_leverage times the account's equity.",
    Code.RISK_TOO_LARGE: "All stops together would lose more of the account's equity than max_open_risk_pct.",
    Code.BUYING_POWER: "The account's cash does not cover it, with what is on its way and min_cash left aside.",
    Code.TIER_EXCEEDED: "More contracts than the account's profit allows it (governor.tiers).",
    Code.OWNER_POSITION_TOO_LARGE: "All accounts of the owner together would have too much of the instrument.",
    Code.OWNER_EXPOSURE_TOO_LARGE: "All accounts of the owner together would have too much in their positions.",
    Code.OWNER_RISK_TOO_LARGE: "All accounts of the owner together would lose too much at their stops.",
    Code.STRATEGY_ON_TRIAL: "More than the account lets this strategy do yet (risk.by_strategy).",
    Code.REPEATED_ENTRY: "The same entry was sent a moment ago (repeat_window): a program stutters.",
    Code.MESSAGE_BUDGET: "So much was sent to the venue account that the rest is kept for cancels and exits.",
    Code.WITHDRAWN: "A cancel was asked for, or its time was over, before it had left.",
    Code.APPROVAL_NEEDED: "The account does not execute by itself (auto_execute): a person has to approve.",
    Code.APPROVAL_DECLINED: "A person has declined it.",
    Code.APPROVAL_EXPIRED: "Nobody has approved it in time.",
    Code.QUANTITY_TOO_SMALL: "The quantity is less than the least that the venue takes in one order.",
    Code.VALUE_TOO_SMALL: "The order is worth less than the least that the venue takes.",
    Code.STOP_MISSING: "A STOP_ADJUSTMENT has to say where the stop goes, or the targets.",
    Code.NO_STOP_TO_ADJUST: "The position has no live stop order.",
    Code.STOP_NOT_ADJUSTABLE: "The stop cannot be moved: a request about it is unanswered, or the venue replaces none.",
    Code.TARGET_NOT_ADJUSTABLE: "The targets cannot be moved now: the entry still fills, or the venue cannot do it.",
}
