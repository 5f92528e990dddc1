"""Settings: a file, overlaid by `.env` and the environment, checked as a whole, and then fixed for the run.

    kedge.yaml ─► tree ─┐
    .env ───────────────┼─► overlaid tree ─► form (pydantic: types, bounds, known keys) ─► Settings (frozen)
    KEDGE_… variables ──┘                └─► cross checks (what one entry says of another)

Every node of the tree knows where it was written, so each fault names its place, and all of them are found in one go.
`kedge.settings.reading.read` is the door. It is to be imported where settings are read: it brings pydantic along.
"""
