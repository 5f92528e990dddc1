"""Keys that are known and not built yet. They are refused, never ignored; a key that is built moves to `form`."""

import msgspec


class Later(msgspec.Struct, frozen=True):
    """What a key is going to be."""

    words: str  # its type
    default: str
    meaning: str
    unit: str = ""
    is_secret: bool = False


_FLAG, _NUMBER, _WHOLE, _TEXT, _SECRET = (
    "true or false",
    "a number",
    "a whole number",
    "a text",
    "a reference",
)
_SYMBOLS = "a list of symbols"

# `*` stands for a name or an entry of a list.
UNBUILT: dict[str, Later] = {
    "database_url": Later(_TEXT, "none", "a PostgreSQL database for the record, in place of data_dir"),
    "venues.*.key": Later(_SECRET, "required", "of an API", is_secret=True),
    "venues.*.secret": Later(_SECRET, "required", "of an API", is_secret=True),
    "venues.*.paper": Later(_FLAG, "true", "the broker's own paper trading"),
    "venues.*.base_url": Later(_TEXT, "the broker's", "where requests go"),
    "venues.*.stream_url": Later(_TEXT, "the broker's", "where reports come from"),
    "accounts.*.one_symbol": Later(_FLAG, "true", "other symbols wait until the open position is closed"),
    "accounts.*.auto_execute": Later(_FLAG, "true", "without it signals wait for a person"),
    "accounts.*.min_signal_strength": Later(_NUMBER, "70", "weaker signals are only recorded", "0 to 100"),
    "accounts.*.sizing.risk_pct": Later(_NUMBER, "1", "of equity at risk, for the method risk", "percent"),
    "accounts.*.sizing.equity_pct": Later(_NUMBER, "none", "of equity, for the method equity_pct", "percent"),
    "accounts.*.risk.max_positions": Later(_WHOLE, "5", "open at a time"),
    "accounts.*.risk.max_position_pct": Later(_NUMBER, "10", "of equity in one position", "percent"),
    "accounts.*.risk.max_exposure_pct": Later(_NUMBER, "50", "of equity in all positions", "percent"),
    "accounts.*.risk.max_open_risk_pct": Later(_NUMBER, "3", "of equity between prices and stops", "percent"),
    "accounts.*.risk.max_order_value": Later(_NUMBER, "none", "of one order", "money"),
    "accounts.*.risk.exposure": Later("notional or margin", "notional", "how exposure is counted"),
    "accounts.*.risk.max_daily_orders": Later(_WHOLE, "none", "from midnight to midnight"),
    "accounts.*.risk.min_cash": Later(_NUMBER, "0", "that has to stay", "money"),
    "accounts.*.risk.max_leverage": Later(_NUMBER, "none", "exposure over equity"),
    "accounts.*.risk.allow": Later(_SYMBOLS, "all", "what may be traded"),
    "accounts.*.risk.deny": Later(_SYMBOLS, "none", "what may not"),
    "accounts.*.filters.max_spread_bps": Later(_NUMBER, "none", "between bid and ask", "basis points"),
    "accounts.*.filters.max_slippage_bps": Later(
        _NUMBER, "none", "price now from the one expected", "basis points"
    ),
    "accounts.*.filters.max_quote_age_ms": Later(_WHOLE, "500", "of the last quote", "milliseconds"),
    "accounts.*.filters.window": Later("HH:MM-HH:MM", "09:30-16:00", "when entries are allowed"),
    "accounts.*.filters.timezone": Later("a time zone", "America/New_York", "of the window"),
    "accounts.*.governor.cooldown_losses": Later(_WHOLE, "3", "losses in a row that begin a pause"),
    "accounts.*.governor.cooldown_minutes": Later(_NUMBER, "5", "length of that pause", "minutes"),
    "accounts.*.governor.max_entries_per_minute": Later(_WHOLE, "none", "entries"),
    "accounts.*.governor.max_entries_per_hour": Later(_WHOLE, "none", "entries"),
    "accounts.*.governor.max_entries_per_day": Later(_WHOLE, "none", "entries"),
    "accounts.*.governor.daily_loss_limit": Later(_NUMBER, "none", "that ends the day", "money"),
    "accounts.*.governor.trailing_drawdown.amount": Later(_NUMBER, "none", "below the peak", "money"),
    "accounts.*.governor.trailing_drawdown.mode": Later(
        "intraday or end_of_day", "intraday", "when the peak moves"
    ),
    "accounts.*.orders.slippage_alert_pct": Later(_NUMBER, "0.5", "slippage that is told of", "percent"),
    "strategies.*.id": Later(_TEXT, "required", "its name"),
    "strategies.*.account": Later(_TEXT, "required", "that it trades for"),
    "strategies.*.instrument": Later(_TEXT, "required", "that it trades"),
    "strategies.*.rule": Later(_TEXT, "required", "such as opening_range_breakout"),
    "strategies.*.range_minutes": Later(_NUMBER, "15", "length of the opening range", "minutes"),
    "strategies.*.bar": Later(_TEXT, "5m", "length of its bars"),
    "strategies.*.stop.method": Later(_TEXT, "the account's", "of its stops"),
    "strategies.*.stop.value": Later(_NUMBER, "the account's", "of that method"),
    "strategies.*.target.method": Later(_TEXT, "the account's", "of its targets"),
    "strategies.*.target.value": Later(_NUMBER, "the account's", "of that method"),
    "reconcile.every_seconds": Later(_NUMBER, "5", "between two comparisons with the venue", "seconds"),
    "reconcile.auto_sync": Later(_FLAG, "false", "take over what the venue says"),
    "api.host": Later(_TEXT, "127.0.0.1", "where it listens"),
    "api.port": Later(_WHOLE, "8765", "where it listens"),
    "api.token": Later(_SECRET, "required", "that callers show", is_secret=True),
    "notify": Later("a list of channels", "none", "where alerts go"),
    "replay.fill_on": Later("next_open or close", "next_open", "as for a paper venue"),
    "replay.same_bar": Later("stop_first", "stop_first", "as for a paper venue"),
}

# The sections in which nothing is built yet.
SECTIONS: dict[str, str] = {
    "accounts.*.filters": "the state of the market in which entries are allowed",
    "accounts.*.governor": "pauses after losses, limits on entries, rules of prop firms",
    "accounts.*.governor.trailing_drawdown": "how far equity may fall below its peak",
    "strategies": "rules that make signals",
    "strategies.*.stop": "where its stops go",
    "strategies.*.target": "where its targets go",
    "reconcile": "comparison with the venues",
    "api": "HTTP and WebSocket",
    "replay": "how recorded data is replayed",
}
