"""The form of what goes by the market, at entry and at the close of a bar: see `form`."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import model_validator

from kedge.domain.adaptive import AdjustBy
from kedge.settings.base_form import Form
from kedge.settings.fields import Flag, Number, Whole, choice, problem, setting


class KeyLevelsForm(Form):
    """Stops beyond prices that many people look at: swings, the opening range, round numbers."""

    within_ticks: Whole | None = setting(
        "a stop so near before such a level is put beyond it; none: it stays", None, "ticks", ge=0, le=10_000
    )
    past_ticks: Whole = setting("how far beyond it is put", 2, "ticks", ge=1, le=10_000)
    round_to: Number | None = setting(
        "the step of round numbers, larger than both distances together; without one they are not looked at",
        None,
        "price",
        gt=0,
    )
    max_wider_pct: Number = setting(
        "by so much its distance grows at the most; else it stays", Decimal(25), "percent", gt=0, le=1000
    )

    @model_validator(mode="after")
    def _something_to_look_at(self) -> Self:
        if self.model_fields_set and self.within_ticks is None:
            raise problem("missing, and stops are put beyond levels by it", at=["within_ticks"])
        return self


class WidenForm(Form):
    """More room for the stop in a volatile market, never more than the risk that was taken at entry."""

    atr_multiple: Number | None = setting(
        "the stop is so many average true ranges behind the price, at the least; none: it is not widened",
        None,
        "ranges",
        gt=0,
        le=100,
    )
    give_back: Flag = setting(
        "also what trailing has gained; never past what the entry cost once break-even was reached", False
    )

    @model_validator(mode="after")
    def _something_to_widen_by(self) -> Self:
        if self.model_fields_set and self.atr_multiple is None:
            raise problem("missing, and widening needs it", at=["atr_multiple"])
        return self


class TightenForm(Form):
    """A stop that comes closer near the target."""

    at_pct: Number | None = setting(
        "how much of the way from entry to target has to be made; none: it does not come closer",
        None,
        "percent",
        gt=0,
        lt=100,
    )
    to_pct: Number | None = setting(
        "how much of that way the stop is behind the price then", None, "percent", gt=0, lt=100
    )

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        for name in ("at_pct", "to_pct"):
            if self.model_fields_set and getattr(self, name) is None:
                raise problem("missing, and tightening needs it", at=[name])
        return self


class AdjustForm(Form):
    """The account's target placed anew at the close of a bar, while the position is open."""

    by: Annotated[str, choice(tuple(each.value for each in AdjustBy))] | None = setting(
        "by so many average true ranges from the entry, so many heights beyond the opening range, or at the nearest "
        "swing; none: it stays",
        None,
    )
    multiple: Number = setting("how many", Decimal(3), "ranges or heights", gt=0)
    min_r: Number = setting("never nearer to the entry than this", Decimal(1), "R", gt=0)

    @model_validator(mode="after")
    def _a_rule(self) -> Self:
        if self.model_fields_set and self.by is None:
            raise problem("missing, and a target is adjusted by something", at=["by"])
        if self.by == AdjustBy.RESISTANCE and "multiple" in self.model_fields_set:
            raise problem("a swing is not counted", at=["multiple"], needed="leave it out")
        return self
