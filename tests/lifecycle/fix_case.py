"""Order state changes as tables: each row a line of a script, how the order stands after it, and what the engine does.

    D4 a cancel of a part-filled order, which goes on filling        the case, by its number in FIX
    new 10 @100     | PENDING_NEW       0 10 -    | submit           line | state filled leaves average | engine
    FIX: …                                                           where FIX answers the row above otherwise, and why
    FAULT: …                                                         what is wrong in the kernel: the case fails for it

A line is a kind of `kedge lab script` with its fields: a bare number is the quantity (of a wait the seconds), `@` a
price, `#` the id of a fill, `=` what had filled by the end, a word in capitals the state that is shown, and
`+id:quantity@price` a fill that is shown. All is about one order. In the last column stand the commands that leave,
`later` for a cancel that waits for an answer, `refuses` for a request that is turned down, and the alarms by name.

The numbers are those of the order state change matrices of FIX 4.2 (D1 to D37), or of FIX 4.4 for what 4.2 has not
(B.1.d); a `race` is what both leave out. Their words are read like this, and no row says so again: New is ACCEPTED;
Replaced, which is something that happened and no way to be, is ACCEPTED or PARTIALLY_FILLED; Done for Day is EXPIRED,
when nothing comes after it; the Pending states begin when the request leaves, not when the venue says that it has come.
An order keeps its id when it is replaced.
"""

import json
import re
from decimal import Decimal
from typing import Any, NamedTuple

from kedge.domain.commands import CancelOrder, QueryOrder, ReplaceOrder, SubmitOrder
from kedge.lab.script import Standing

ORDER = "A"
_NAME = re.compile(r"(D\d+|[A-L]\.\d\.[a-z]|race) .+")
_CONTINUED = re.compile(r"\n +")  # a line that begins with a space goes on with the one before it
_SHOWN_FILL = re.compile(r"\+(\S+):([\d.]+)@([\d.]+)")
_SPOKEN = {SubmitOrder: "submit", CancelOrder: "cancel", ReplaceOrder: "replace", QueryOrder: "query"}


class Row(NamedTuple):
    """One line of a script, and what is to be seen after it."""

    line: bytes
    after: str
    engine: str
    unlike_fix: str  # what FIX says instead, and why it is not so here


class Case(NamedTuple):
    """One matrix."""

    name: str
    rows: tuple[Row, ...]
    fault: str  # of the kernel, as long as it is there


def read_cases(text: str) -> list[Case]:
    """The cases of a table."""
    return [_read_case(block) for block in text.strip().split("\n\n")]


def seen(one: Standing) -> tuple[str, str]:
    """How an order stands and what the engine did, as the table writes it."""
    figures = (one.filled, one.leaves, one.average_price)
    after = " ".join((one.state, *("-" if each is None else _plain(each) for each in figures)))
    did = [_SPOKEN[type(command)] for command in one.sends]
    did += ["later"] * one.plans_cancel + ["refuses"] * bool(one.refuses)
    did += [alarm.kind for alarm in one.raises]
    return after, " ".join(did)


def _read_case(block: str) -> Case:
    name, *lines = _CONTINUED.sub(" ", block).splitlines()
    assert _NAME.fullmatch(name), f"{name!r} says not which case it is"
    rows: list[Row] = []
    fault = ""
    for line in lines:
        if line.startswith("FAULT: "):
            fault = line.removeprefix("FAULT: ")
        elif line.startswith("FIX: "):
            rows[-1] = rows[-1]._replace(unlike_fix=line.removeprefix("FIX: "))
        else:
            played, after, engine = (*line.split("|"), "")[:3]
            rows.append(Row(_played(played.split()), " ".join(after.split()), " ".join(engine.split()), ""))
    return Case(name, tuple(rows), fault)


def _played(words: list[str]) -> bytes:
    kind, *rest = words
    if kind == "wait":
        return json.dumps({"kind": kind, "seconds": rest[0]}).encode()
    fields: dict[str, Any] = {"kind": kind, "order": ORDER}
    if kind == "new":
        is_limit = any(word.startswith("@") for word in rest)
        fields |= {"side": "buy", "type": "limit" if is_limit else "market"}
    for word in rest:
        _take(word, "price" if kind in ("fill", "correct") else "limit_price", fields)
    return json.dumps(fields).encode()


def _take(word: str, price: str, fields: dict[str, Any]) -> None:
    if shown := _SHOWN_FILL.fullmatch(word):
        fill = dict(zip(("id", "quantity", "price"), shown.groups(), strict=True))
        fields.setdefault("fills", []).append(fill)
    elif word.startswith("@"):
        fields[price] = word[1:]
    elif word.startswith("#"):
        fields["id"] = word[1:]
    elif word.startswith("="):
        fields["filled"] = word[1:]
    elif word.isupper():
        fields["state"] = word
    else:
        fields["quantity"] = word


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
