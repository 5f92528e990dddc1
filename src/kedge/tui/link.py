"""The dashboard's link to an engine: it looks now and then, listens for news, and comes back when the engine does.

    news ──► look soon, at most four times a second        no news ──► look once a second

Two connections are held: one brings the news, the other one looks. What a person asks for goes over one of its own,
so that an answer that takes long holds up no picture.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

from kedge.engine.control import messages as m
from kedge.engine.control.client import ControlClient, NoAnswerError, NoEngineError

LOOK_SECONDS = 1.0
SOONEST_SECONDS = 0.25
RETRY_SECONDS = (0.25, 0.5, 1.0, 2.0, 5.0)


class Gone(NamedTuple):
    """There is no engine at the other end; after the pause it is called again."""

    why: str
    pause: float


Heard = m.Seen | m.Recalled | m.Changed | Gone
Ear = Callable[[Heard], None]


class Link(Protocol):
    """What the dashboard needs of one."""

    async def keep(self, hear: Ear) -> None:
        """Be attached for as long as this runs, and hand on what is heard."""

    async def ask(self, question: m.Question) -> m.Answer:
        """Have something done. Raises `NoEngineError` and `NoAnswerError`."""


class EngineLink:
    """The link to whatever engine runs on a data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._news = asyncio.Event()

    async def ask(self, question: m.Question) -> m.Answer:
        """Have something done, over a connection of its own."""
        async with await ControlClient.connect(self._data_dir) as client:
            return await client.ask(question)

    async def keep(self, hear: Ear) -> None:
        """Attach, again and again, until cancelled."""
        failures = 0
        while True:
            try:
                async with self._attached(hear) as (watcher, looker):
                    failures = 0
                    await self._attend(watcher, looker, hear)
            except (NoEngineError, NoAnswerError) as error:
                pause = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
                failures += 1
                hear(Gone(str(error), pause))
                await asyncio.sleep(pause)

    @asynccontextmanager
    async def _attached(self, hear: Ear) -> AsyncIterator[tuple[ControlClient, ControlClient]]:
        """Both connections, when everything that can be seen at once was seen."""
        async with (
            await ControlClient.connect(self._data_dir) as watcher,
            await ControlClient.connect(self._data_dir) as looker,
        ):
            await watcher.subscribe()  # before the recall, so that nothing falls between the two
            await _look(looker, hear)
            recalled = await looker.ask(m.Recall())
            if not isinstance(recalled, m.Recalled):
                raise NoAnswerError(_complaint(recalled))
            hear(recalled)
            yield watcher, looker

    async def _attend(self, watcher: ControlClient, looker: ControlClient, hear: Ear) -> None:
        tasks = (
            asyncio.create_task(self._listen(watcher, hear)),
            asyncio.create_task(self._look_on(looker, hear)),
        )
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _listen(self, watcher: ControlClient, hear: Ear) -> None:
        async for changed in watcher.news():
            hear(changed)
            self._news.set()

    async def _look_on(self, looker: ControlClient, hear: Ear) -> None:
        while True:
            await asyncio.sleep(SOONEST_SECONDS)
            await self._news_or_time()
            await _look(looker, hear)

    async def _news_or_time(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS - SOONEST_SECONDS):
                await self._news.wait()
        except TimeoutError:
            return
        finally:
            self._news.clear()


async def _look(client: ControlClient, hear: Ear) -> None:
    seen = await client.ask(m.Look())
    if not isinstance(seen, m.Seen):
        raise NoAnswerError(_complaint(seen))
    hear(seen)


def _complaint(answer: m.Answer) -> str:
    return answer.message if isinstance(answer, m.Failed) else "the engine answers another question"
