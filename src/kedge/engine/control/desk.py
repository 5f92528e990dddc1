"""What the engine does when it is asked over the control socket, and what it says then.

Nothing is answered before it is durable. The caller's name goes into the record as `who`.
"""

import os
from decimal import Decimal

from kedge import __version__
from kedge.domain.accounts import TradingState
from kedge.domain.codes import Code
from kedge.domain.ids import AccountId
from kedge.domain.kill import ALL
from kedge.domain.lifecycle import is_final
from kedge.domain.numbers import plain
from kedge.domain.orders import Order, Role
from kedge.domain.positions import Position
from kedge.domain.signals import SignalKind
from kedge.engine.control import messages as m
from kedge.engine.control.news import News
from kedge.engine.control.tape import Tape
from kedge.engine.engine import Engine
from kedge.engine.errors import EngineStoppedError, NotDoneError
from kedge.engine.view import view_of
from kedge.kernel.kill_report import report_of
from kedge.kernel.kill_switch import entries_in


class Desk:
    """Takes questions to the engine's public doors."""

    def __init__(self, engine: Engine, news: News, tape: Tape) -> None:
        """The engine need not run yet."""
        self._engine = engine
        self._news = news
        self._tape = tape

    async def answer(self, question: m.Question, who: str) -> m.Answer:
        """Do it. Raises `SignalFormError` and `EngineStoppedError`."""
        if not self._engine.is_running:
            raise EngineStoppedError("the engine is not running; nothing was done")
        if (objection := _objection(question)) is not None:
            return objection
        return self._tell(question) or await self._act(question, who)

    def _tell(self, question: m.Question) -> m.Answer | None:
        """What changes nothing; None: it is to be done."""
        match question:
            case m.LookAtKill(account=account):
                return self._unknown(account) or self._look_at_kill(account)
            case m.TryOut(document=document):
                return m.Tried(self._engine.operator.what_if(bytes(document)))
            case m.Look():
                return self._look()
            case m.Watch():
                return m.Done()
            case m.Recall():
                return m.Recalled(self._news.lines(), self._tape.prices())
            case _:
                return None

    async def _act(self, question: m.Question, who: str) -> m.Answer:
        match question:
            case m.SendSignal(document=document):
                return m.Judged(await self._engine.signal(bytes(document)))
            case m.Cancel():
                return await self._cancel(question, who)
            case m.CancelAll():
                return await self._cancel_all(question, who)
            case m.Close():
                return await self._close(question, who)
            case m.Adjust():
                return await self._adjust(question, who)
            case m.SetTrading():
                return await self._set_trading(question, who)
            case m.ThrowKill():
                return await self._kill(question, who)
            case m.Approve() | m.Release() | m.SetStrategy():
                return await self._decide(question, who)
            case _:
                raise AssertionError(f"{type(question).__name__} changes nothing")

    def _look(self) -> m.Seen:
        book = self._engine.book
        return m.Seen(
            view=view_of(book, self._engine.now(), self._engine.data_quality, self._engine.fronts),
            pid=os.getpid(),
            version=__version__,
            journal=book.state.journal_id,
            switches=self._news.switches,
        )

    async def _cancel(self, question: m.Cancel, who: str) -> m.Answer:
        order = self._engine.book.state.orders.get(question.order)
        if order is None:
            return m.Failed("NOT_FOUND", f"there is no open order {question.order}")
        if is_final(order.state) and order.id not in self._engine.book.state.retries:
            return m.Failed("NOT_OPEN", f"order {order.id} is {order.state}: there is nothing to cancel")
        if order.request.role.is_protective and not question.including_stops:
            return m.Failed(
                "PROTECTIVE",
                f"order {order.id} protects a position; close the position, or ask again with --including-stops",
            )
        self._engine.cancel(order.id, who, question.why)
        await self._engine.recorded()
        return m.Done((order.id,))

    async def _cancel_all(self, question: m.CancelAll, who: str) -> m.Answer:
        if (unknown := self._unknown(question.account)) is not None:
            return unknown
        chosen = [order.id for order in self._open_orders() if _is_meant(order, question)]
        for order in chosen:
            self._engine.cancel(order, who, question.why)
        await self._engine.recorded()
        return m.Done(tuple(chosen))

    async def _close(self, question: m.Close, who: str) -> m.Answer:
        if (unknown := self._unknown(question.account)) is not None:
            return unknown
        chosen = [
            position
            for held in self._engine.book.state.positions.values()
            for position in held.values()
            if question.position in (None, position.id) and question.account in (None, position.account)
        ]
        if question.position is None and not question.quantity is question.pct is None:
            return m.Failed("BAD_REQUEST", "a part is closed of one position, and none is named")
        if question.position is not None and not chosen:
            return m.Failed("NOT_FOUND", f"there is no open position {question.position}")
        # Said before the first exit leaves: the positions themselves change while we wait for the answers.
        wanted = [(position.id, _exit(position, question, who)) for position in chosen]
        closed: list[str] = []
        sizes: dict[str, Decimal] = {}
        left: dict[str, str] = {}
        for id_, document in wanted:
            answer = await self._engine.signal(document)
            if not answer.code:
                closed.append(id_)
                order = None if answer.order is None else self._engine.book.state.orders.get(answer.order)
                if order is not None:
                    sizes[id_] = order.quantity
            elif answer.code != Code.NO_POSITION:  # it was closed by something else in the meantime
                left[id_] = answer.code
        return m.Done(tuple(closed), left, sizes)

    async def _adjust(self, question: m.Adjust, who: str) -> m.Answer:
        held = self._engine.book.state.positions.values()
        for position in (each for by_instrument in held for each in by_instrument.values()):
            if position.id == question.position:
                document = {
                    "kind": SignalKind.STOP_ADJUSTMENT,
                    "account": position.account,
                    "instrument": position.instrument,
                    "targets": question.targets,
                    "reason": question.why,
                    "metadata": {"who": who},
                }
                if question.stop is not None:
                    document["stop"] = question.stop
                return m.Judged(await self._engine.signal(document))
        return m.Failed("NOT_FOUND", f"there is no open position {question.position}")

    async def _set_trading(self, question: m.SetTrading, who: str) -> m.Answer:
        if (unknown := self._unknown(question.account)) is not None:
            return unknown
        state = self._engine.book.state
        now = state.trading if question.account is None else state.accounts[question.account].state
        self._engine.set_trading(question.state, who, question.why, question.account)
        await self._engine.recorded()
        return m.Done(() if now is question.state else (question.account or "all",))

    async def _kill(self, question: m.ThrowKill, who: str) -> m.Answer:
        if (unknown := self._unknown(question.account)) is not None:
            return unknown
        state = self._engine.book.state
        now = state.trading if question.account is None else state.accounts[question.account].state
        self._engine.kill(question.mode, who, question.why, question.account)
        await self._engine.recorded()
        return m.Done(() if now is TradingState.HALTED else (question.account or "all",))

    def _look_at_kill(self, account: AccountId | None) -> m.KillSeen:
        state, scope = self._engine.book.state, account or ALL
        return m.KillSeen(report_of(state, scope), tuple(order.id for order in entries_in(state, scope)))

    async def _decide(self, question: m.Approve | m.Release | m.SetStrategy, who: str) -> m.Answer:
        operator, why = self._engine.operator, question.why
        match question:
            case m.Approve(signal=signal, approved=approved):
                try:
                    return m.Judged(await operator.approve(signal, who, why, approved=approved))
                except NotDoneError as error:
                    done = "approved" if approved else "declined"
                    return m.Failed("NOT_WAITING", f"signal {signal} cannot be {done}: {error}")
            case m.Release(account=account, code=code):
                if (unknown := self._unknown(account)) is not None:
                    return unknown
                try:
                    await operator.release(account, code, who, why)
                except NotDoneError as error:
                    return m.Failed("NOT_RELEASED", f"account {account} cannot go on: {error}")
                return m.Done((code,))
            case m.SetStrategy(strategy=strategy, paused=paused):
                changed = await operator.set_strategy(strategy, who, why, paused=paused)
                return m.Done((strategy,) if changed else ())

    def _unknown(self, account: str | None) -> m.Failed | None:
        if account is None or account in self._engine.book.state.accounts:
            return None
        return m.Failed("NOT_FOUND", f"there is no account {account}")

    def _open_orders(self) -> list[Order]:
        """Those that may still trade, and rejected entries that are to be tried again."""
        state = self._engine.book.state
        awaited = [id_ for id_, retry in state.retries.items() if retry.request.role is Role.ENTRY]
        return [order for order in state.orders.values() if not is_final(order.state) or order.id in awaited]


def _objection(question: m.Question) -> m.Failed | None:
    for name in ("why", "signal", "strategy", "code"):
        text = getattr(question, name, None)
        if text is not None and not (text.strip() and text.isprintable() and len(text) <= m.WHY_LENGTH_MAX):
            return m.Failed("BAD_REQUEST", f"{name}: must be 1 to {m.WHY_LENGTH_MAX} printable characters")
    return None


def _is_meant(order: Order, question: m.CancelAll) -> bool:
    role = order.request.role
    if question.account not in (None, order.request.account):
        return False
    if question.entries_only:
        return role is Role.ENTRY
    return question.including_stops or not role.is_protective


def _exit(position: Position, question: m.Close, who: str) -> dict[str, object]:
    part = {"quantity": question.quantity, "pct": question.pct}
    return {
        "kind": SignalKind.EXIT,
        "account": position.account,
        "instrument": position.instrument,
        "reason": question.why,
        "metadata": {"who": who},
        **{name: plain(size) for name, size in part.items() if size is not None},
    }
