"""What makes a snapshot trustworthy: its digest covers the bytes, their form, and the hash of the record at that point.

A snapshot is a short cut and nothing more. One that is damaged, of another form, or of another past is passed over,
and the fold begins at an older one or at the start.
"""

from hashlib import blake2b

SNAPSHOTS_KEPT = 2


def digest(schema: str, record_hash: bytes, step: int, blob: bytes) -> bytes:
    """What a snapshot is checked by when it is loaded."""
    form = schema.encode()
    state = blake2b(digest_size=32)
    for part in (len(form).to_bytes(8), form, record_hash, step.to_bytes(8), blob):
        state.update(part)
    return state.digest()
