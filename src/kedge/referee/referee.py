"""The referee himself: reads line after line, and judges each step when all of it is known."""

from collections.abc import Iterable
from fractions import Fraction

from kedge.referee.books import Books, Order
from kedge.referee.lines import Line, RecordError, read_line
from kedge.referee.reading import take
from kedge.referee.rules import at_once, note_peak, together
from kedge.referee.verdict import Rule, Verdict

NEW, LARGER = "entry", "replace"


class Referee:
    """Of one record, from its first event on."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self.verdict = Verdict()
        self._books = Books()
        self._step: Line | None = None  # the last line of the step that is being read
        self._left: list[tuple[str, Order]] = []  # in this step
        self._moved: dict[str, None] = {}  # accounts of which this step has spoken

    def read(self, lines: Iterable[bytes]) -> Verdict:
        """All that follows; raises `RecordError` where it is no record."""
        try:
            for line in lines:
                self._take(read_line(line, self.verdict.events + 1))
            self._end_step()
        except (ValueError, ArithmeticError, KeyError) as error:
            raise RecordError(
                f"line {self.verdict.events}: its figures cannot be counted: {error!r}"
            ) from error
        return self.verdict

    def _take(self, line: Line) -> None:
        if self._step is not None and line.step != self._step.step:
            self._end_step()
        self._step = line
        self.verdict.events += 1
        event = take(self._books, line)
        if line.kind == "OrderSubmitted" and event.request.role == "entry":
            self._leaves(NEW, self._books.orders[event.request.id], line)
        elif line.kind == "ReplaceSubmitted":
            order = self._books.orders[event.order]
            if order.request.role == "entry" and order.is_to_grow:
                self._leaves(LARGER, order, line)
        if isinstance(account := getattr(event, "account", None), str):
            self._moved[account] = None

    def _leaves(self, what: str, order: Order, line: Line) -> None:
        if what == NEW:
            self.verdict.entries += 1
        else:
            self.verdict.enlarged += 1
        self._left.append((what, order))
        for rule in at_once(self._books, order, line.at, is_new=what == NEW):
            self._note(rule, what, order, line)

    def _end_step(self) -> None:
        left, self._left = self._left, []
        for what, order in left:
            assert self._step is not None
            before = self._used_before(order) if what == LARGER else {}
            for rule in together(self._books, order):
                if rule.name not in before or rule.used > before[rule.name]:
                    self._note(rule, what, order, self._step)
        moved, self._moved = self._moved, {}
        for account in moved:
            note_peak(self._books, self._books.holders[account])

    def _used_before(self, order: Order) -> dict[str, Fraction]:
        """What a change leaves as it is, it does not breach."""
        with order.as_it_was():
            return {rule.name: rule.used for rule in together(self._books, order)}

    def _note(self, rule: Rule, what: str, order: Order, line: Line) -> None:
        request = order.request
        self.verdict.note(rule, what, request.id, request.account, line.seq, line.at)
