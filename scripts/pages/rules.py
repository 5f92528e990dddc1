"""The page of rules: what each looks for and every parameter, read from the rules themselves."""

import inspect
import sys

from scripts.pages.markdown import code, page, table

from kedge.strategies.catalogue import RULES
from kedge.strategies.parameters import parameters_of
from kedge.strategies.strategy import Strategy


def rules_page() -> str:
    """Every rule that settings can name."""
    return page(
        "Rules of strategies",
        "src/kedge/strategies/rules",
        "What `strategies.*.rule` may be. The parameters stand beside `rule` in the settings. What all strategies have "
        "(account, instrument, bars, stop, target, size, hours) is in [Settings](settings.md); how to run one in "
        "[Run a strategy](../how-to/run-a-strategy.md).",
        *(block for name, rule in RULES.items() for block in _rule(name, rule)),
    )


def _rule(name: str, rule: type[Strategy]) -> tuple[str, ...]:
    module = sys.modules[rule.__module__]
    about = " ".join((inspect.getdoc(module) or "").split())
    rows = [
        (code(each.name), each.words, each.show(each.default), each.meaning) for each in parameters_of(rule)
    ]
    return f"## {name}", about, table(("parameter", "values", "default", "meaning"), rows)
