"""What a machine has generated: counts, and in words what each of them counts."""

from collections import Counter

# Each in the words of the published page, in its order. Each has to occur.
MEANING = {
    "examples": "runs, each from an empty book to a quiet end",
    "steps": "steps of these runs: one thing that somebody wants, that the market does or that goes wrong",
    "orders sent": "requests for an order that left the book",
    "orders taken": "orders that the exchange took, legs of brackets included",
    "executions": "trades at the exchange",
    "partial fills": "fills that left something of their order open",
    "fills before the acceptance": "fills that were told before their order's acceptance",
    "fills after a cancel was asked for": "fills of an order whose cancel was under way",
    "fills after the end": "fills that were told of an order that was over already",
    "ends that hide a fill": "ends of exits that overtook a fill and did not say how much had filled",
    "reports doubled": "reports that were told a second time",
    "reports out of order": "reports that were told before an earlier one about the same order",
    "reports late": "reports that were told ten seconds or more after they happened",
    "reports lost": "reports that never came",
    "fills found by asking": "fills whose report had not come when an answer to a question told of them",
    "answers that find nothing": "answers that an order is not there",
    "requests lost": "requests that never came to the exchange",
    "requests late": "requests that came more than a second after they were decided",
    "requests too old": "submits that came after their lifetime and were refused",
    "requests doubled": "requests that came twice",
    "outcome unknown": "requests of which the transport could not say what became of them",
    "rejects": "orders that the exchange rejected",
    "refused cancels and replaces": "changes that the exchange would not make",
    "cancels by a person": "orders that a person wanted cancelled",
    "replaces by a person": "orders that a person wanted changed",
    "replaces": "requests to change an order that left the book",
    "cancels": "requests to cancel an order that left the book",
    "ended by the venue": "orders that the exchange ended by itself, at the close of the session or without a reason",
    "restarts": "processes that ended and were followed by another",
    "restarts with a command unsent": "… with a request recorded and not sent",
    "restarts with a command on its way": "… with a request sent and not yet at the exchange",
    "restarts with a report on its way": "… with reports on the line, which were lost with it",
    "restarts from a snapshot": "… from a snapshot and the events after it",
    "trading state changed": "halts, and returns to trading",
    "kill switch thrown": "times that a person wanted all entries, or everything, to go",
    "stops moved": "stops that got another price",
    "gaps through a stop": "prices that jumped past a stop that nothing had reached",
    "prices seen late": "prices that the exchange traded on before the book saw them",
    "engine-held stops let go": "stops that the engine held, and that met their price",
    "pairs sent": "stops that left with a target, of which what one fills the other loses",
    "pairs taken apart": "… of which one was asked to be cancelled",
    "disaster stops sent": "wider stops for a venue at which the engine holds the exits",
    "disaster stops that closed something": "… that filled, in part at least",
    "disaster stops given up": "… of which the venue took three in a row for nothing, as a person was told",
    "stops missing": "positions of which a part had no stop, and which the book has noted",
    "exits at a limit": "exits that rest until their price is met",
    "exits for a part": "exits at a signal's word of less than what was open",
    "both exits filled": "positions of which two exits of different kinds have each closed a part",
    "retries planned": "rejected orders that were to be tried again",
    "orders tried again": "… and were",
    "positions added to": "entries that joined a position that was open",
    "bars that ended": "bars whose end stops and targets were looked at for",
    "stops moved by the market": "stops that followed the market: trailing, to break even, wider or tighter",
    "targets moved": "targets that were placed anew, by a signal or by the market",
    "trades annulled": "trades that the exchange took back",
    "trades corrected": "trades of which the exchange said later that they were others",
    "positions closed": "round trips from flat to flat",
    "positions turned over": "positions that an exit has opened by a race",
}
# What need not occur: the engine is made so that it does not, and where it does it has to be told.
UNWANTED = ("positions turned over",)


class Tally(Counter[str]):
    """How often each thing occurred; only what has a meaning is counted."""

    def note(self, what: str, times: int = 1) -> None:
        """It occurred."""
        if what not in MEANING:
            raise KeyError(what)
        self[what] += times
