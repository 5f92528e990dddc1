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
    "accounts.*.orders.slippage_alert_pct": Later(_NUMBER, "0.5", "slippage that is told of", "percent"),
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
    "reconcile": "comparison with the venues",
    "api": "HTTP and WebSocket",
    "replay": "how recorded data is replayed",
}
