"""Which events a person would want to hear of, and how each is to be taken: one table for lines, dashboards and all
others who tell of them.
"""

from collections.abc import Callable

from kedge.domain import amendments as am
from kedge.domain import changes as ch
from kedge.domain import disasters as ds
from kedge.domain import events as ev
from kedge.domain import governing as gv
from kedge.domain import kill as kl
from kedge.domain.events import Event
from kedge.domain.ids import OrderId
from kedge.domain.lifecycle import OrderState
from kedge.domain.orders import OrderRequest
from kedge.domain.signals import Outcome
from kedge.engine.control.messages import Weight

RequestOf = Callable[[OrderId], OrderRequest | None]

_TOLD: dict[type, Weight] = {
    ev.RunStarted: Weight.PLAIN,
    ev.TradingStateChanged: Weight.CAUTION,
    ev.OrderAccepted: Weight.PLAIN,
    ev.OrderFilled: Weight.NOTABLE,
    ev.OrderRevived: Weight.ALARM,
    ev.OrderDoubted: Weight.CAUTION,
    ev.OrderProvenAbsent: Weight.CAUTION,
    ev.CancelSubmitted: Weight.PLAIN,
    ev.CancelRefused: Weight.CAUTION,
    ev.ReplaceRefused: Weight.CAUTION,
    ev.StopMoved: Weight.NOTABLE,
    ev.TargetMoved: Weight.NOTABLE,
    ev.RequestRefused: Weight.CAUTION,
    ev.PositionOpened: Weight.NOTABLE,
    ev.OrderTriggered: Weight.NOTABLE,
    ev.ExposureNoted: Weight.CAUTION,
    ev.ExposureEnded: Weight.PLAIN,
    ev.ProtectionWaived: Weight.CAUTION,
    ds.DisasterStopNoted: Weight.QUIET,
    ch.ContractSettled: Weight.NOTABLE,
    ch.SharesSplit: Weight.NOTABLE,
    ch.SymbolChanged: Weight.NOTABLE,
    ch.InstrumentChanged: Weight.NOTABLE,
    ch.PositionRescaled: Weight.NOTABLE,
    ch.UnallocatedChanged: Weight.NOTABLE,
    ch.OrderRescaled: Weight.PLAIN,
    am.FillBusted: Weight.ALARM,
    am.FillCorrected: Weight.ALARM,
    am.AmendmentUnsettled: Weight.ALARM,
    am.PositionRestated: Weight.NOTABLE,
    am.TradeAnnulled: Weight.CAUTION,
    am.TradeRestated: Weight.CAUTION,
    gv.PeakRaised: Weight.QUIET,
    gv.DayBegan: Weight.PLAIN,
    gv.LimitBreached: Weight.ALARM,
    gv.LockReleased: Weight.CAUTION,
    gv.ReleaseRefused: Weight.CAUTION,
    gv.CooldownStarted: Weight.CAUTION,
    gv.SignalHeld: Weight.CAUTION,
    gv.ApprovalRefused: Weight.CAUTION,
    gv.StrategyRefused: Weight.QUIET,
    gv.StrategyPaused: Weight.ALARM,
    gv.StrategyResumed: Weight.CAUTION,
    kl.KillOrdered: Weight.ALARM,
    kl.KillExtended: Weight.CAUTION,
    kl.KillChecked: Weight.CAUTION,
    kl.KillConfirmed: Weight.CAUTION,
    ev.RetryPlanned: Weight.CAUTION,
    ev.OrderGivenUp: Weight.CAUTION,
    ev.DustLeft: Weight.NOTABLE,
    ev.DustTaken: Weight.NOTABLE,
    ev.DustSold: Weight.NOTABLE,
    ch.DustRescaled: Weight.NOTABLE,
    ev.Anomaly: Weight.ALARM,
}


def weight_of(event: Event, request_of: RequestOf) -> Weight | None:
    """How an event is to be taken; None for those that nobody needs to hear of."""
    match event:
        case ev.SignalJudged(outcome=outcome):
            return Weight.CAUTION if outcome is Outcome.REFUSED else Weight.PLAIN
        case ev.PositionClosed(pnl=pnl):
            return Weight.GOOD if pnl > 0 else Weight.LOSS
        case ev.OrderQueried(attempt=attempt):
            return Weight.QUIET if attempt == 1 else None
        case ev.OrderEnded(order=id_, state=state):
            # What becomes of the exits of a closed position is told by the position's own line.
            request = request_of(id_)
            own = request is None or not request.role.is_protective
            return Weight.CAUTION if own or state is not OrderState.CANCELLED else None
        case ev.OrderReplaced(order=id_):
            # Where a stop or target goes is told when it is decided; that it is there now is the less.
            request = request_of(id_)
            moved = request is not None and request.role.is_protective
            return Weight.QUIET if moved else Weight.PLAIN
        case _:
            return _TOLD.get(type(event))
