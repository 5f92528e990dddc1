"""The rules of strategies and their parameters held against what each rule says of itself: on the tree."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

import msgspec

from kedge.domain.instants import Span
from kedge.market.length import SHORTEST, parse_length
from kedge.settings.entries import fault_at
from kedge.settings.errors import Fault
from kedge.settings.python_strategies import ClassError, load_class, told_by_line
from kedge.settings.spots import Spot, Spots
from kedge.settings.strategy_form import StrategyForm
from kedge.settings.tree import Route, Scalar, Section
from kedge.strategies.catalogue import RULES, build
from kedge.strategies.parameters import ParameterError, parameters_of
from kedge.strategies.strategy import Strategy

KEYS = tuple(StrategyForm.model_fields)
_PYTHON, _RULE, _PARAMETERS = "python", "rule", "parameters"


class Checked(msgspec.Struct, frozen=True):
    """A strategy as far as it could be made, and what is wrong with it."""

    strategy: Strategy | None
    faults: tuple[Fault, ...]


def check_rule(spots: Spots, route: Route, folder: Path) -> Checked:
    """Of the entry at the end of this way; Python files are named from the folder on."""
    return _Check(spots, route, folder).run()


def bar_of(spots: Spots, route: Route) -> Span | None:
    """How long the bars of a strategy are; None where that cannot be read."""
    try:
        return parse_length(spots.at((*route, "bar")).text or str(StrategyForm.model_fields["bar"].default))
    except ValueError:
        return None


class _Check:
    def __init__(self, spots: Spots, route: Route, folder: Path) -> None:
        self._spots = spots
        self._route = route
        self._folder = folder
        self._rule, self._python = (spots.at((*route, name)) for name in (_RULE, _PYTHON))
        self._bar = bar_of(spots, route) or SHORTEST  # nothing is out of step with the shortest
        self._faults: list[Fault] = []

    def run(self) -> Checked:
        if not isinstance(self._spots.at(self._route).node, Section):
            return Checked(None, ())
        found = self._found()
        given = self._beside(found)
        if self._python.text is None:
            self._refuse_parameters()
        else:
            given = self._below()
        return Checked(None if found is None else self._made(found, given), tuple(self._faults))

    def _found(self) -> type[Strategy] | None:
        """The class behind the rule, or the user's own."""
        if self._python.text is not None:
            if self._rule.text is not None:
                self._tell(self._python, "a rule is given as well", "one of them is needed")
                return None
            try:
                return load_class(self._python.text, self._folder)
            except ClassError as fault:
                self._tell(self._python, fault.problem, fault.needed)
                return None
        if self._rule.node is None and self._python.node is None:
            self._tell(
                self._rule,
                "missing",
                f"one of {', '.join(RULES)} is needed, or python with a class of your own",
            )
        return RULES.get(self._rule.text or "")

    def _beside(self, found: type[Strategy] | None) -> dict[str, Spot]:
        """The keys that are no others' are parameters of the rule."""
        section = self._spots.at(self._route).node
        assert isinstance(section, Section)
        names = dict.fromkeys(entry.name for entry in section.entries if entry.name not in KEYS)
        spots = {name: self._spots.at((*self._route, name)) for name in names}
        if self._rule.text in RULES:
            return spots
        for name, spot in spots.items():
            if self._python.text is not None:
                is_its_own = found is not None and name in _names(found)
                hint = f"the parameters of a class stand under {_PARAMETERS}"
                self._unknown(spot, name, () if is_its_own else KEYS, hint)
            elif not any(name in _names(rule) for rule in RULES.values()):
                self._unknown(spot, name, KEYS, f"known here: {', '.join(KEYS)}")
        return {}

    def _below(self) -> dict[str, Spot]:
        section = self._spots.at((*self._route, _PARAMETERS)).node
        names = [entry.name for entry in section.entries] if isinstance(section, Section) else []
        return {name: self._spots.at((*self._route, _PARAMETERS, name)) for name in names}

    def _refuse_parameters(self) -> None:
        spot = self._spots.at((*self._route, _PARAMETERS))
        if spot.node is not None:
            self._tell(spot, "only a class of your own has them here", "those of a rule stand beside it")

    def _made(self, found: type[Strategy], given: Mapping[str, Spot]) -> Strategy | None:
        """Made anew without each parameter that is wrong, so that all of them are told of."""
        path = self._folder / Path((self._python.text or "").rpartition(":")[0]).expanduser()
        try:
            with told_by_line(path, f"{found.__name__} cannot be made"):
                values = dict(self._read(found, given))
                while True:
                    try:
                        return build(found, values, self._bar)
                    except ParameterError as error:
                        self._tell(
                            given.get(error.name, self._spots.at(self._way_to(error.name))), *_words(error)
                        )
                        if values.pop(error.name, None) is None:
                            return None
        except ClassError as fault:
            self._tell(self._python, fault.problem, fault.needed)
        return None

    def _read(self, found: type[Strategy], given: Mapping[str, Spot]) -> Iterator[tuple[str, str]]:
        known = _names(found)
        for name, spot in given.items():
            if name not in known:
                self._unknown_parameter(spot, name, known)
            elif spot.text is not None:
                yield name, spot.text
            elif isinstance(spot.node, Scalar):
                self._tell(spot, "has no value", "one is needed, or leave it out")
            else:
                needed = "one value is needed; a list is written as a text, in JSON"
                self._tell(spot, "more than one value stands here", needed)

    def _way_to(self, name: str) -> Route:
        inside = () if self._python.text is None else (_PARAMETERS,)
        return (*self._route, *inside, name)

    def _unknown_parameter(self, spot: Spot, name: str, known: Sequence[str]) -> None:
        if self._python.text is not None:
            of, beside = self._python.text.rpartition(":")[2], list[str]()
        else:
            of, beside = str(self._rule.text), [*KEYS]
        others = [rule for rule, each in RULES.items() if name in _names(each)]
        if others and not self._python.text:
            hint = f"it is one of {', '.join(others)}"
        else:
            hint = f"known are: {', '.join(known)}" if known else "it has none"
        self._unknown(spot, name, (*known, *beside), hint, f"{of} has no such parameter")

    def _unknown(
        self, spot: Spot, name: str, known: Sequence[str], hint: str, problem: str = "unknown key"
    ) -> None:
        """Its value is not told: see `checking`."""
        near = get_close_matches(name.lower().replace("-", "_"), known, 1)
        self._faults.append(
            Fault(spot.key_place, spot.key, problem, f"did you mean {near[0]}?" if near else hint)
        )

    def _tell(self, spot: Spot, problem: str, needed: str = "") -> None:
        self._faults.append(fault_at(spot, problem, needed))


def _names(rule: type[Strategy]) -> tuple[str, ...]:
    return tuple(parameter.name for parameter in parameters_of(rule))


def _words(error: ParameterError) -> tuple[str, str]:
    return error.said, error.needed
