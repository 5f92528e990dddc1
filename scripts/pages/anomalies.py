"""The page of anomalies: every kind of alarm that the kernel can raise, read from its own source."""

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module

from scripts.pages.markdown import code, page, table

from kedge import kernel
from kedge.kernel.distrust import SHAKES_TRUST

# What a person should make of each kind. A kind that stands here and is not raised, or the other way round, stops
# the build.
ADVICE: dict[str, str] = {
    "AMENDMENT_UNSETTLED": "What follows from a fill that was taken back is not known. Nothing was changed, and the "
    "account is halted: compare position and cash with the venue, then resume it.",
    "BOOKS_DIFFER": "The venue holds another quantity than the accounts here together. Nothing was changed: find out "
    "who traded there, and close by hand what is nobody's.",
    "CONTRADICTION": "Two reports that cannot both be true. Compare the order with the venue's own screen.",
    "DUST": "What is left is less than the venue takes in an order. It is held on and counted apart.",
    "DISASTER_STOP_REFUSED": "The venue has taken no disaster stop, three times in a row. The position is held by the "
    "engine as before, and has nothing at the venue should the engine end: see what the venue says, and whether "
    "`protection.disaster_stop` puts it further away than the venue allows. It is asked for again within the hour, and "
    "each hour from then on.",
    "EMPTY_FILL": "The venue reported a fill of nothing. It was not counted; ask the venue if it happens again.",
    "EXIT_REJECTED": "The venue takes no exit. It is tried again for some minutes; look at what it says, and close by "
    "hand. The stop stays.",
    "EXIT_WAITS": "An exit needs the place of an order at the venue, a stop as a rule, and the venue does not say "
    "what became of that, or will not cancel it. The engine holds a stop meanwhile. Look at the venue's own screen, "
    "and cancel there what is in its way.",
    "FILL_DIFFERS": "The venue shows a fill with other figures and no word of a correction. Nothing was changed.",
    "FILLS_MISSING": "The venue says filled and does not show all fills. The rest is unknown: compare the position.",
    "FOREIGN_CONTENT": "The venue has another order under an id of ours. Neither is touched; find out whose it is.",
    "FOREIGN_ORDER": "Somebody else trades the account. The order is left alone; find out whose it is.",
    "INTENT_DOUBLED": "The venue rejected an order and filled it all the same, after another had left for it. More is "
    "open than was meant: close the rest by hand.",
    "NAKED_POSITION": "A person took its last stop away, or the venue takes none. What the engine holds goes when the "
    "engine does: place one at the venue, or close the position.",
    "NOT_CLOSED": "A position that was to be closed by the clock is still open after several tries. Close it by hand.",
    "NOT_RECALLABLE": "The venue speaks of an old order that cannot be put back. Compare it by hand.",
    "ORDER_REVIVED": "An order that was believed dead is alive. It is followed again; look at the position.",
    "ORDER_VANISHED": "The venue does not find an order that it had. Look at the venue's own screen; "
    "`kedge cancel` ends it here once it was looked for twice by every way.",
    "OVERFILL": "More was filled than was asked for. It was counted; compare the position.",
    "OVERNIGHT_UNSTOPPED": "Orders live for the day at this venue, so no stop rests there over night. The engine holds "
    "one, which goes when the engine does and needs a price, and places another with the next session.",
    "POSITION_TURNED": "An exit has opened a position on the other side, or its entry's fill is still to be heard "
    "of. The engine asks about the entry, and closes what is proven to be open; see that it did.",
    "SETTLEMENT_DIFFERS": "A contract expired and the venue settled another quantity. Compare the fills and the cash.",
    "SIDES_OPPOSED": "A fill that was taken back, or an exit that turned over, has brought two accounts of one venue "
    "account to stand against each other. Each still has its stop; close one of the two.",
    "SPLIT_DIFFERS": "After a split the venue holds another quantity. Compare the position, and its stop, by hand.",
    "STOP_LOST": "A part of what is open has lost its stop. The engine holds one and asks the venue for another; find "
    "out why it was lost.",
    "STOP_UNFILLED": "The venue's stop has a limit, and the price went through both. It is withdrawn and what is open "
    "leaves at the market: look at what it was sold for. `protection.stop_limit_pct` says how far the limit lies.",
    "STOP_WAITS": "A stop has met its price, and an exit that the venue does not answer for may be closing the "
    "position already: both could turn it over. Look at the venue's own screen, and close by hand what is open.",
    "SYMBOL_TAKEN": "What was renamed is held under both symbols. Close one of them at the venue.",
    "SYMBOL_UNKNOWN": "The venue uses a symbol that the settings do not list. List it on the same terms, and restart.",
    "TARGET_LOST": "A target was rejected and is not placed again; the stop stays. Close at the price that was meant "
    "by hand, or by an exit signal.",
    "TURN_UNPROVEN": "Whether an exit has opened a position is not known, for the venue does not answer for the entry. "
    "Nothing is sent. Look at the venue's own screen, and close by hand what is open there.",
    "UNASKED_REPLACE": "The venue changed an order by itself. The new terms are believed.",
    "UNEXPECTED_FILL": "A fill came for an order that was believed done. It was counted; look at the position.",
    "UNKNOWN_ACCOUNT": "Somebody asked for a trading state of an account that is not declared.",
    "UNKNOWN_ORDER": "The venue reported an order that this journal never made. Find out whose it is.",
}


def anomalies_page() -> str:
    """Every kind, with the words that come with it."""
    words: dict[str, dict[str, None]] = {}
    for kind, detail in raised():
        words.setdefault(kind, {})[detail] = None
    differing = words.keys() ^ ADVICE.keys()
    if differing:
        raise ValueError(
            f"scripts/pages/anomalies.py and the kernel differ in these kinds: {sorted(differing)}"
        )
    return page(
        "Anomalies",
        "the `alarm` calls in src/kedge/kernel and scripts/pages/anomalies.py",
        "An [`Anomaly`](events.md#anomaly) is recorded when something was seen that must not happen. `…` stands for "
        "what the record fills in. After one marked **†** the account takes no new risk until a person resumes it "
        "(`reduce_on_anomaly`); the others block nothing by themselves.",
        table(
            ("kind", "its words", "what to do"),
            (
                (code(kind) + (" †" if kind in SHAKES_TRUST else ""), "; ".join(words[kind]), ADVICE[kind])
                for kind in sorted(words)
            ),
        ),
    )


def raised() -> Iterator[tuple[str, str]]:
    """The kind and the words of each call of `alarm` in the kernel."""
    for module in pkgutil.iter_modules(kernel.__path__, f"{kernel.__name__}."):
        for node in ast.walk(ast.parse(inspect.getsource(import_module(module.name)))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "alarm"
            ):
                kind, _subject, detail = node.args
                yield _text(kind), _text(detail)


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) if isinstance(part, ast.Constant) else "…" for part in node.values)
    raise ValueError(
        f"an alarm's kind and words must stand in the call, not be made up elsewhere: {ast.unparse(node)}"
    )
