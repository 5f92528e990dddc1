"""May new risk be taken at all?"""

from kedge.domain.accounts import TradingState
from kedge.domain.codes import Code
from kedge.gates.gate import Draft, Figures, Refusal


def trading_state(draft: Draft) -> Figures | Refusal:
    """The stricter of the engine's and the account's state decides."""
    engine, account = draft.trading, draft.account.state
    figures: Figures = {"engine": engine, "account": account}
    if TradingState.HALTED in (engine, account):
        return Refusal(Code.TRADING_HALTED, figures)
    if TradingState.REDUCING in (engine, account):
        return Refusal(Code.REDUCING_ONLY, figures)
    return figures
