"""The form of where stops and targets go: an account's, and a strategy's own. See `form`."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Self

from pydantic import model_validator

from kedge.domain.numbers import plain
from kedge.settings.adaptive_form import AdjustForm, KeyLevelsForm
from kedge.settings.base_form import Form
from kedge.settings.fields import Number, Whole, choice, problem, setting


class StopForm(Form):
    """Where the stop of an entry goes when its signal does not say."""

    method: Annotated[str, choice(("percent", "ticks", "atr", "structure", "opposite_range"))] = setting(
        "how it is found: so far away, so many average true ranges, beyond the last swing or the opening range",
        "percent",
    )
    value: Number | None = setting(
        "its distance from the entry; without one 2 percent, 1.5 ranges",
        None,
        "percent, ticks or ranges",
        gt=0,
    )
    fallback_pct: Number | None = setting(
        "its distance where the method needs a level that is not known; without one the entry is refused",
        None,
        "percent",
        gt=0,
        lt=100,
    )
    key_levels: KeyLevelsForm = setting("put beyond the levels that it lies near to", KeyLevelsForm())
    beyond_ticks: Whole = setting(
        "how far past a swing or the range: at them is where many stops lie", 1, "ticks", ge=0, le=10_000
    )

    @model_validator(mode="after")
    def _a_distance_where_one_is_needed(self) -> Self:
        if self.method == "ticks" and self.value is None:
            raise problem("ticks are counted", at=["method"], needed="a value is needed beside it")
        if self.method == "percent" and self.value is not None and self.value >= 100:
            raise problem(
                f"{plain(self.value)} is out of range",
                at=["value"],
                needed="a number above 0 and below 100 is needed for a percentage",
            )
        if self.method == "ticks" and self.value is not None and self.value % 1:
            raise problem(
                f"{plain(self.value)} is not a whole number", at=["value"], needed="ticks are counted"
            )
        _refuse_unused(self, "value", self.method in ("percent", "ticks", "atr"))
        _refuse_unused(self, "fallback_pct", self.method in ("atr", "structure", "opposite_range"))
        _refuse_unused(self, "beyond_ticks", self.method in ("structure", "opposite_range"))
        return self


def _refuse_unused(form: "StopForm | AimForm", key: str, is_used: bool) -> None:  # noqa: FBT001 (what is held)
    """Nothing that is set is ignored."""
    if key in form.model_fields_set and not is_used:
        raise problem(f"the method {form.method} has no use for it", at=[key], needed="leave it out")


class AimForm(Form):
    """Where the target of an entry goes when its signal does not say."""

    method: Annotated[str, choice(("none", "risk_reward", "ticks", "range", "resistance"))] = setting(
        "how it is found: so many R, so far away, so many heights beyond the opening range, at the nearest swing",
        "none",
    )
    value: Number = setting("its distance from the entry", Decimal(2), "R, ticks or heights", gt=0)

    @model_validator(mode="after")
    def _its_value_is_of_use(self) -> Self:
        _refuse_unused(self, "value", self.method in ("risk_reward", "ticks", "range"))
        return self


class TargetForm(AimForm):
    """The same of an account, which may move it later on."""

    adjust: AdjustForm = setting(
        "placed anew at the close of a bar, while the position is open", AdjustForm()
    )

    @model_validator(mode="after")
    def _there_is_one_to_adjust(self) -> Self:
        _refuse_unused(self, "adjust", self.method != "none")
        return self


class PartForm(Form):
    """A target for a part of the position."""

    at_r: Number = setting("its distance from the entry", ..., "R", gt=0)
    pct: Number = setting("how much of the position it closes", ..., "percent", gt=0, le=100)


def check_parts(parts: Sequence[PartForm]) -> None:
    """Together they are no more than the whole."""
    whole = sum((part.pct for part in parts), Decimal(0))
    if whole > 100:
        raise problem(
            f"the parts add up to {plain(whole)} %",
            at=["partial_targets"],
            needed="100 % or less is needed",
        )
