"""What can go wrong at a venue, sorted by what the engine may do next.

    VenueError
    ├── NotSentError          certainly nothing left
    │   └── HaltedError       ... and nothing will, before the venue is begun anew
    ├── RefusedError          the venue says definitely no
    │   └── DuplicateError    ... because it has seen the client order id before
    └── UnknownOutcomeError   everything else

An adapter lets nothing but these out of a request. What it cannot place in one of the first three is unknown:
a time-out, a reset, a cut-off answer, an answer that nobody can read.
"""


class VenueError(Exception):
    """A request to a venue did not end with reports. The engine acts by the subclass, never by the text."""


class NotSentError(VenueError):
    """Not a byte left. The engine may take the order for rejected, or hand the same request in again."""


class HaltedError(NotSentError):
    """The venue stands still for good: a paper exchange whose disk has failed."""


class RefusedError(VenueError):
    """The venue looked at the request and will not do it. The engine records the refusal; sending it again is useless.

    Refusals of a submit, a cancel or a replace come back as reports; this class is for questions.
    """


class DuplicateError(RefusedError):
    """The venue has seen this client order id before. The engine asks for the order by its id: an earlier try of ours
    may have arrived, and it is accepted as ours only when its content is ours."""


class UnknownOutcomeError(VenueError):
    """It may have been done and it may not. The engine puts the order in doubt, holds its reservation and asks."""
