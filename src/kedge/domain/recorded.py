"""How every event is stored: frozen, its fields by name, what is as usual left out."""

import msgspec


class Recorded(
    msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True, kw_only=True
):
    """The form that all events have."""
