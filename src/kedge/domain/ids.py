"""Identifiers.

Everything that Kedge names at a venue or to a person carries an id of three parts: the journal's own id, a nonce
of this start of the engine, and a counter (in hexadecimal). Two machines that mint at the same nanosecond differ in
the first part, two starts over a restored backup differ in the second, and one start counts. All three are recorded,
so replay mints the same ids again. With tokens of 8 and 4 characters an id has under 30; `ID_LENGTH_MAX` is what the
strictest broker accepts.
"""

from typing import NewType

OrderId = NewType("OrderId", str)
SignalId = NewType("SignalId", str)
PositionId = NewType("PositionId", str)
AccountId = NewType("AccountId", str)
Symbol = NewType("Symbol", str)
VenueName = NewType("VenueName", str)
BookId = NewType("BookId", str)

ID_LENGTH_MAX = 36
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread


def base32(number: int) -> str:
    """A number in lower-case letters and digits that nobody can misread."""
    digits = ""
    while True:
        number, digit = divmod(number, 32)
        digits = _ALPHABET[digit] + digits
        if not number:
            return digits


def token(random_bits: int, length: int) -> str:
    """A fixed-length token from random bits that the caller drew (the shell draws, the core never does)."""
    return base32(random_bits % 32**length).rjust(length, "0")


def minted(journal_id: str, nonce: str, counter: int) -> str:
    """The id number `counter` of one start of the engine on one journal."""
    return f"{journal_id}-{nonce}-{counter:x}"
