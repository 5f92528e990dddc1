"""The processes of a crash loop, as seen by their parent: the exchange that lives on, and the engine that does not."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import msgspec

from kedge.engine.answers import SignalAnswer
from kedge.torture.stage import QUOTES_PER_SECOND, setup

PATIENCE_SECONDS = 60.0  # nothing in here takes a tenth of it; a machine that is that slow is a finding too
_LINE_BYTES_MAX = 64 * 1024 * 1024  # the state of a book is one line


class ProcessError(Exception):
    """A process did not do what it is for; the text says what it told instead."""


class ExchangeProcess:
    """The exchange server; its ledger outlives it."""

    def __init__(self, process: asyncio.subprocess.Process, address: str) -> None:
        self._process = process
        self.address = address

    @classmethod
    async def start(cls, folder: Path, seed: int, faults: dict[str, float], *, calm: bool) -> Self:
        """Go on with the ledger in this folder; the market of a calm exchange stands still."""
        document = folder / "setup.json"
        document.write_bytes(msgspec.json.encode(setup(faults, calm=calm)))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "kedge.lab.exchange_server", "--ledger", str(folder / "ledger")),
            *("--setup", str(document), "--seed", str(seed), "--parent", str(os.getpid())),
            *("--quotes-per-second", "0" if calm else str(QUOTES_PER_SECOND)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = await process.stdout.readline()
        if not line:
            raise ProcessError(f"the exchange did not start (status {await process.wait()})")
        return cls(process, msgspec.json.decode(line)["address"])

    async def stop(self) -> None:
        """End it in order."""
        if self._process.returncode is None:
            self._process.terminate()
        async with asyncio.timeout(PATIENCE_SECONDS):
            status = await self._process.wait()
        if status:
            raise ProcessError(f"the exchange ended with status {status}")


class Life:
    """One life of the subject, with all that it told."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log
        self._reader = asyncio.create_task(self._read())
        self._told = asyncio.Event()
        self.phase = ""
        self.answers: list[SignalAnswer] = []
        self.seq = 0  # the event that the journal had reached when the last answer came
        self.is_quiet = False
        self.last_state: bytes | None = None  # what it held in memory when it had ended in order
        self.failure = ""

    @classmethod
    async def start(cls, folder: Path, address: str, seed: int, run: int, *, quiet: bool = False) -> Self:
        """Start the engine on the journal in this folder."""
        log = folder / "subject.log"
        with log.open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "kedge.torture.subject", "--data-dir", str(folder / "data")),
                *("--exchange", address, "--seed", str(seed), "--run", str(run)),
                *(("--quiet",) if quiet else ()),
                stdin=asyncio.subprocess.PIPE,  # held open: it ends when this process does
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                limit=_LINE_BYTES_MAX,
            )
        return cls(process, log)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return when what was told makes this true, or when the process has ended."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition() and not self._reader.done():
                self._told.clear()
                await self._told.wait()

    async def kill(self) -> bool:
        """SIGKILL; says whether it was still alive. All that it told before is read to the end."""
        alive = self._process.returncode is None
        if alive:
            self._process.kill()
        await self._end()
        return self._process.returncode == -signal.SIGKILL

    async def stop(self) -> int:
        """End in order; returns the exit status."""
        if self._process.returncode is None:
            self._process.terminate()
        return await self._end()

    async def _end(self) -> int:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._reader
            return await self._process.wait()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            while (line := await self._process.stdout.readline()).endswith(b"\n"):
                self._take(msgspec.json.decode(line))
                self._told.set()
        finally:
            self._told.set()

    def _take(self, told: dict[str, Any]) -> None:
        match told:
            case {"ack": answer, "seq": seq}:
                self.answers.append(msgspec.convert(answer, SignalAnswer))
                self.seq = seq
            case {"phase": phase}:
                self.phase = phase
            case {"quiet": _}:
                self.is_quiet = True
            case {"state": state}:
                self.last_state = bytes.fromhex(state)
            case {"failed": failure}:
                self.failure = failure
            case _:
                raise ProcessError(f"the subject told {told}")
