"""The form of limits over all accounts of an owner, and the terms that they become."""

from decimal import Decimal
from typing import Self

from pydantic import model_validator

from kedge.domain.governor import DailyLoss
from kedge.domain.owners import OwnerTerms
from kedge.settings.base_form import Form
from kedge.settings.fields import Flag, Number, OwnerText, problem, setting
from kedge.settings.limits_form import DailyLossForm


class OwnerForm(Form):
    """What the accounts of one owner may have at risk together; equity is that of all of them."""

    name: OwnerText = setting("as its accounts give it (accounts.*.owner)")
    max_exposure_pct: Number = setting("of equity in all positions", Decimal(50), "percent", gt=0)
    max_exposure: Number | None = setting("the same in money; both hold", None, "money", gt=0)
    max_open_risk_pct: Number = setting(
        "of equity between entries and stops, in all", Decimal(3), "percent", gt=0
    )
    max_open_risk: Number | None = setting("the same in money; both hold", None, "money", gt=0)
    max_position_pct: Number = setting("of equity in one instrument", Decimal(10), "percent", gt=0)
    max_position_size: Number | None = setting(
        "in one instrument, each side by itself", None, "shares, coins or contracts", gt=0
    )
    daily_loss_limit: Number | None = setting(
        "how much a day may lose, in all accounts together; then all are locked", None, "money", gt=0
    )
    daily_loss: DailyLossForm = setting("how that is measured, and what follows", DailyLossForm())
    allow_opposite: Flag = setting(
        "whether one account may be long in an instrument where another one is short", False
    )

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if self.daily_loss_limit is not None and self.daily_loss.pct is not None:
            raise problem(
                "daily_loss_limit is given as well", at=["daily_loss", "pct"], needed="one of them is needed"
            )
        return self


def owner_of(form: OwnerForm) -> OwnerTerms:
    """In the engine's own words."""
    rule = form.daily_loss
    limit = form.daily_loss_limit if rule.pct is None else rule.pct
    return OwnerTerms(
        name=form.name,
        max_exposure_pct=form.max_exposure_pct,
        max_exposure=form.max_exposure,
        max_open_risk_pct=form.max_open_risk_pct,
        max_open_risk=form.max_open_risk,
        max_position_pct=form.max_position_pct,
        max_position_size=form.max_position_size,
        daily_loss=None
        if limit is None
        else DailyLoss(limit, rule.pct is not None, rule.basis, rule.ends, rule.flatten),
        allow_opposite=form.allow_opposite,
    )
