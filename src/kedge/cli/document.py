"""A signal's JSON as it travels: on one line, its numbers letter for letter what they were."""

from typing import TYPE_CHECKING

from kedge.cli.errors import Problem, Status
from kedge.domain.signal_faults import why_no_json

if TYPE_CHECKING:
    import msgspec

DOCUMENT_BYTES_MAX = 1 << 19


def signal_document(content: bytes) -> "msgspec.Raw":
    """The document, ready to be sent; raises `Problem` for what is none."""
    import msgspec

    if len(content) > DOCUMENT_BYTES_MAX:
        raise _bad(f"The signal is longer than {DOCUMENT_BYTES_MAX} bytes.")
    try:
        msgspec.json.decode(content, type=msgspec.Raw)
        return msgspec.Raw(msgspec.json.format(content.decode("utf-8").encode(), indent=-1))
    except (ValueError, RecursionError) as error:
        raise _bad(f"The signal is no JSON document: {why_no_json(error)}.") from None


def _bad(message: str) -> Problem:
    return Problem("BAD_SIGNAL", message, status=Status.USAGE)
