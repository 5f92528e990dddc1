"""Floor 0: the referee. Reads an exported record and works out, alone, whether what left could breach a limit.

It imports nothing else of Kedge, so that no mistake of the engine can be its own: it has its own forms of the events,
its own sums in fractions, and its own copy of the documented defaults.
"""

from kedge.referee.lines import RecordError
from kedge.referee.referee import Referee
from kedge.referee.verdict import Breach, Margin, Verdict

__all__ = ["Breach", "Margin", "RecordError", "Referee", "Verdict"]
