"""What an engine opens to others when it runs, and closes before it ends."""

from typing import Protocol


class Door(Protocol):
    """A way in."""

    async def start(self) -> None:
        """Let others in; raises `OSError` where that cannot be."""

    async def close(self) -> None:
        """Answer who is asking, let nobody in any more. Harmless when it was never open."""
