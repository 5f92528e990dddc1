"""May this be sold short?"""

from kedge.domain.codes import Code
from kedge.domain.orders import Side
from kedge.gates.gate import Draft, Figures, Refusal


def shorting(draft: Draft) -> Figures | Refusal:
    """What nobody lends is not sold. What a venue lends today it may refuse tomorrow: that is its own answer."""
    if draft.side is Side.BUY:
        return {"side": "buy"}
    shortable = draft.instrument.shortable
    figures: Figures = {"shortable": str(shortable).lower()}
    return figures if shortable else Refusal(Code.NOT_SHORTABLE, figures)
