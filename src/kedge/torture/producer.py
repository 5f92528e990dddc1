"""Somebody who sends many signals, writes each down before sending it, and repeats himself after every restart.

What is sent comes from the seed and the last prices; the outbox keeps it, so that a repeat has the very same content.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from kedge.domain.accounts import AccountTerms
from kedge.domain.ids import Symbol
from kedge.domain.instruments import Instrument
from kedge.domain.numbers import Ticks, plain

Document = dict[str, Any]
Prices = Callable[[Symbol], tuple[Ticks | None, Ticks | None]]
_TAIL_BYTES = 200_000
_DECODER = msgspec.json.Decoder(Document)


class Outbox:
    """Signals that were sent or were about to be; whole lines survive the death of the process."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab+")
        size = self._file.tell()
        self._file.seek(max(0, size - _TAIL_BYTES))
        lines = self._file.read().split(b"\n")
        if lines[-1]:
            self._file.write(b"\n")  # the end of a line that its writer did not finish
            self._file.flush()
        whole = lines[:-1] if size <= _TAIL_BYTES else lines[1:-1]
        self.sent: list[Document] = [found for line in whole if (found := _read(line)) is not None]

    def note(self, document: Document) -> None:
        """Write a signal down."""
        self._file.write(msgspec.json.encode(document) + b"\n")
        self._file.flush()
        self.sent.append(document)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _read(line: bytes) -> Document | None:
    try:
        return _DECODER.decode(line)
    except msgspec.DecodeError:
        return None


class Producer:
    """Makes the next signal."""

    def __init__(
        self,
        random: Random,
        prefix: str,
        outbox: Outbox,
        accounts: Sequence[AccountTerms],
        instruments: Sequence[Instrument],
        prices: Prices,
    ) -> None:
        """`prefix` tells the signals of this start from those of all others."""
        self._random = random
        self._prefix = prefix
        self._outbox = outbox
        self._accounts = accounts
        self._instruments = instruments
        self._prices = prices
        self._count = 0

    def next(self) -> Document:
        """A new signal, one that was sent before, or (rarely) another content under a known id."""
        chance, sent = self._random.random(), self._outbox.sent
        if sent and chance < 0.15:
            recent = sent[-40:] if chance < 0.1 else sent
            return self._random.choice(recent)
        if sent and chance < 0.17:
            return self._random.choice(sent) | {"reason": "another content under a known id"}
        document = self._new()
        self._outbox.note(document)
        return document

    def _new(self) -> Document:
        random = self._random
        self._count += 1
        instrument = random.choice(self._instruments)
        document: Document = {
            "id": f"{self._prefix}-{self._count}",
            "account": random.choice(self._accounts).id,
            "instrument": instrument.symbol,
            "kind": random.choice(("ENTRY", "ENTRY", "ENTRY", "EXIT", "STOP_ADJUSTMENT")),
        }
        bid, ask = self._prices(instrument.symbol)
        if document["kind"] == "EXIT" or bid is None or ask is None:
            return document
        middle, up = (bid + ask) // 2, random.choice((1, -1))
        if document["kind"] == "ENTRY":
            document["direction"] = "LONG" if up > 0 else "SHORT"
            document["quantity"] = plain(instrument.lot * random.randrange(1, 9))
            document["targets"] = [{"price": self._price(instrument, middle, up)}]
            if random.random() < 0.4:
                limit = plain(instrument.price(Ticks(middle - up * random.randrange(-4, 20))))
                document["order"] = {"type": "limit", "limit_price": limit}
        document["stop"] = {"price": self._price(instrument, middle, -up)}
        return document

    def _price(self, instrument: Instrument, middle: int, up: int) -> str:
        """Some hundredths of a percent away."""
        distance = middle * self._random.randrange(4, 20) // 10_000 + 2
        return plain(instrument.price(Ticks(middle + up * distance)))
