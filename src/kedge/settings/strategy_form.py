"""The form of strategies: what they trade, by which rule, and what of their own they have. See `form`.

The parameters of a rule stand beside these keys. Which ones there are the rule says itself (`strategy_rules`).
"""

from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any, Self

from pydantic import ConfigDict, model_validator

from kedge.settings.base_form import Form
from kedge.settings.errors import shown
from kedge.settings.exits_form import AimForm, PartForm, StopForm, check_parts
from kedge.settings.fields import (
    LengthText,
    Name,
    Number,
    PathText,
    Reads,
    SymbolText,
    WindowText,
    ZoneText,
    problem,
    setting,
)
from kedge.settings.limits_form import SizingForm
from kedge.strategies.catalogue import RULES

_NO_STOP = "a strategy without a stop is not run"
_LEAVE_OUT = "name a method, or leave it out: then its account's stop holds"


def _rule(text: str) -> str:
    if text in RULES:
        return text
    near = get_close_matches(text.lower().replace("-", "_"), RULES, 1)
    meant = f"did you mean {near[0]}? " if near else ""
    raise problem(f"there is no rule {shown(text)}", needed=f"{meant}there are: {', '.join(RULES)}")


class OwnStopForm(StopForm):
    """A strategy's own stop. That there is none is an error, not a choice."""

    @model_validator(mode="before")
    @classmethod
    def _there_is_one(cls, given: Any) -> Any:
        if given in (None, {}, "none", "off"):
            raise problem(_NO_STOP, needed=_LEAVE_OUT)
        if isinstance(given, dict) and given.get("method", "") in (None, "none", "off"):
            raise problem(_NO_STOP, at=["method"], needed=_LEAVE_OUT)
        return given


class ParametersForm(Form):
    """Those of a class, which only the class knows."""

    model_config = ConfigDict(extra="allow")


class StrategyForm(Form):
    """A strategy. What of stop, targets and size it does not say is as its account has it."""

    model_config = ConfigDict(extra="allow")  # the rule's own parameters

    id: Name = setting("its name, in signals and everywhere else")
    account: Name = setting("that it trades for; no other strategy trades the same instrument in it")
    instrument: SymbolText = setting("that it trades")
    rule: Annotated[str, Reads(_rule, f"one of {', '.join(RULES)}", tuple(RULES))] | None = setting(
        "of the catalogue; its parameters stand beside it", None
    )
    python: PathText | None = setting(
        "in place of a rule a class of your own, as in my_strategies.py:Breakout; from the folder of the file on",
        None,
    )
    parameters: ParametersForm = setting("of that class", ParametersForm())
    bar: LengthText = setting(
        "how long the bars are at whose close it decides; sessions are made of whole ones", "5m"
    )
    stop: OwnStopForm = setting(
        "where its stops go, in place of the account's; a stop that its rule gives goes before both",
        OwnStopForm.model_construct(),
    )
    target: AimForm = setting(
        "where its targets go, in place of the account's target and of its parts", AimForm()
    )
    partial_targets: list[PartForm] = setting("targets for parts of the position", ())
    sizing: SizingForm = setting("how large its entries are, in place of the account's", SizingForm())
    quantity: Number | None = setting(
        "a fixed size of its own, in short", None, "shares, coins or contracts", gt=0
    )
    between: WindowText | None = setting(
        "the hours in which its setups are acted on, by the close of their bars; none: the whole session",
        None,
    )
    timezone: ZoneText | None = setting(
        "by whose clock; without one by that of the instrument's market", None
    )
    max_delay_seconds: Number = setting(
        "from the close of a bar on: a setup that is seen later is missed",
        Decimal(5),
        "seconds",
        gt=0,
        le=3600,
    )

    @model_validator(mode="after")
    def _it_makes_sense(self) -> Self:
        check_parts(self.partial_targets)
        if self.quantity is not None and "sizing" in self.model_fields_set:
            raise problem("sizing is given as well", at=["quantity"], needed="one of them is needed")
        if self.timezone is not None and self.between is None:
            raise problem(
                "there is no between that it could be about", at=["timezone"], needed="leave it out"
            )
        return self
