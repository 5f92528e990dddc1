"""The hash chain: each row's hash covers the hash before it and every stored column of its own.

    hash = BLAKE2b-256(previous hash + msgpack of [seq, step, at, kind, version, subject, payload, cause])

msgpack says the type and length of each column, so no two rows give the same bytes and NULL differs from empty. The
first row hangs on the genesis, which is made of the journal's id and the book's name: rows cannot be moved from one
record to another.
"""

from collections.abc import Callable
from hashlib import blake2b

import msgspec

from kedge.domain.ids import BookId

Cells = tuple[int, int, int, str, int, str | None, bytes, bytes | None]  # a row without its hash

HASH_SIZE = 32

canonical: Callable[[Cells], bytes] = msgspec.msgpack.Encoder().encode


def genesis(journal_id: str, book: BookId) -> bytes:
    """What the first row of a book's record hangs on."""
    return blake2b(msgspec.msgpack.encode(("kedge", journal_id, book)), digest_size=HASH_SIZE).digest()


def link(previous: bytes, cells: Cells) -> bytes:
    """The hash of a row that follows the row with the hash `previous`."""
    return blake2b(previous + canonical(cells), digest_size=HASH_SIZE).digest()
