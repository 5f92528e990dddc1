"""From what the settings say of a strategy to the object that looks at bars. It needs no pydantic."""

from pathlib import Path

from kedge.domain.strategies import StrategyTerms
from kedge.settings.python_strategies import load_class, told_by_line
from kedge.strategies.catalogue import RULES, build
from kedge.strategies.parameters import ParameterError
from kedge.strategies.strategy import Strategy


def compiled(terms: StrategyTerms, folder: Path) -> Strategy:
    """The strategy, which begins; `folder`: that of the settings (`Settings.folder`).

    The settings were read, so this succeeds, unless a user's own file has changed since: then it raises `ClassError`,
    or `ParameterError`.
    """
    rule = RULES.get(terms.rule)
    if rule is not None:
        return build(rule, terms.parameters, terms.bar)
    path, _, name = terms.rule.rpartition(":")
    with told_by_line(folder / Path(path).expanduser(), f"{name} cannot be made", but=ParameterError):
        return build(load_class(terms.rule, folder), terms.parameters, terms.bar)
