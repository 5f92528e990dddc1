"""The page of the JSON form of a signal: what a sender writes."""

from enum import StrEnum
from typing import get_type_hints

import msgspec
from scripts.pages.markdown import doc, page
from scripts.pages.structs import fields_table, members_table, nested

from kedge.domain.signal_form import TEXT_LENGTH_MAX, SignalForm

EXAMPLE = """{
  "id": "s-1",
  "ts": "2026-03-02T14:31:00Z",
  "account": "alpha",
  "kind": "ENTRY",
  "instrument": "SPY",
  "direction": "LONG",
  "order": {"type": "limit", "limit_price": "591.25", "tif": "day"},
  "stop": {"price": "588.00"},
  "targets": [{"price": "597.00"}],
  "reason": "orb",
  "metadata": {"regime": "trend"}
}"""


def signal_page() -> str:
    """The fields, then the forms and words inside them."""
    found: dict[type, None] = {}
    _collect(SignalForm, found)
    blocks = []
    for each in found:
        if issubclass(each, StrEnum):
            blocks += [f"## {each.__name__}", doc(each), members_table(each)]
        elif issubclass(each, msgspec.Struct):
            blocks += [f"## {each.__name__}", doc(each), fields_table(each, "")]
    return page(
        "The form of a signal",
        "src/kedge/domain/signal_form.py",
        "`Engine.signal` takes a signal as JSON text or as a mapping of this form. `kedge.Entry`, `kedge.Exit` and "
        "`kedge.StopAdjustment` make such mappings.",
        f"```json\n{EXAMPLE}\n```",
        f"Numbers may be JSON numbers or decimal text, with at most nine decimals. Texts hold up to {TEXT_LENGTH_MAX} "
        "printable characters. Unknown fields are refused, with a suggestion.",
        "- `id` makes a signal unique. The same id with the same content is answered with the first outcome (the time "
        "`ts` may differ); with another content it is refused. Without an id one is minted.",
        "- `ts` is RFC 3339 with its zone; without it the signal is of now.",
        "- `stop` has a `price`, or a `method` in place of the account's, with its `value` (and `beyond_ticks`, where "
        'it goes by a level). `"none"` may be asked for only where the account says `allow_unprotected`. Without a '
        'stop that of the account applies. Short forms are taken too: `"588.00"`, `"atr:1.5"`, `"ticks:20"`, '
        '`"structure:2"`.',
        "- Each of the `targets` has a `price`, or `at_r`: so many times as far from the entry as the stop. `pct` is "
        "how much of the position it closes. Without targets those of the account apply. Also short: "
        '`"597.00"`, `"2R"`, `"2R:50"`.',
        '- A `STOP_ADJUSTMENT` moves the stop (also to `"break-even"`), puts its `targets` in the place of those '
        "that the position has, or both. A method is measured from the price of now, R from what the entry cost.",
        "- How the methods work: [stops and targets](../how-to/stops-and-targets.md).",
        "- `strength` and `metadata` are recorded; no gate looks at them yet.",
        "What became of a signal: [refusal codes](refusal-codes.md).",
        "## Fields",
        fields_table(SignalForm, ""),
        *blocks,
    )


def _collect(struct: type, found: dict[type, None]) -> None:
    for hint in get_type_hints(struct).values():
        for each in nested(hint):
            if each not in found:
                found[each] = None
                if issubclass(each, msgspec.Struct):
                    _collect(each, found)
