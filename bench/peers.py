"""NautilusTrader on the same work: market orders in bursts against its own simulated exchange, nothing made durable.

It is installed into a virtual environment of its own, outside the repository, and only on request.
"""

import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from bench.measure import Measured

PINNED = {(3, 11): "1.221.0", (3, 12): "1.221.0", (3, 13): "1.221.0"}
ELSEWHERE = (
    "elsewhere, not this run (NautilusTrader 1.221, autumn 2026, CPython 3.11, a machine about twice as fast):",
    "burst of 50,000 market orders: 3,500 orders/s; one market order to its fill: p50 353 us, p99 677 us",
    "--peers installs it aside and measures it here",
)
_SCRIPT = Path(__file__).with_name("peer_nautilus.py")
_INSTALL_SECONDS = 300
_RUN_SECONDS = 120


class PeerError(Exception):
    """The peer could not be installed or run."""


class _Answer(msgspec.Struct):
    version: str
    burst_orders_per_second: float
    single_p50_us: float
    single_p99_us: float


def run() -> list[Measured]:
    """Install and run; raises `PeerError`."""
    version = PINNED.get(sys.version_info[:2])
    if version is None:
        raise PeerError("no release of the peer is named for this Python")
    with TemporaryDirectory(prefix="kedge-peer-") as place:
        venv.create(place, with_pip=True)
        python = Path(place) / "bin" / "python"
        _call(
            [
                str(python),
                "-m",
                "pip",
                "install",
                "-qq",
                "--only-binary=:all:",
                f"nautilus_trader=={version}",
            ],
            _INSTALL_SECONDS,
        )
        output = _call([str(python), str(_SCRIPT)], _RUN_SECONDS)
    try:
        answer = msgspec.json.decode(output.splitlines()[-1], type=_Answer)
    except (IndexError, msgspec.DecodeError) as error:
        raise PeerError(f"the peer's answer cannot be read: {error}") from error
    name = f"NautilusTrader {answer.version}"
    return [
        Measured(
            "peer.burst.rate", f"{name}: market orders in a burst", answer.burst_orders_per_second, "orders/s"
        ),
        Measured(
            "peer.burst.single",
            f"{name}: one market order to its fill, p50",
            answer.single_p50_us,
            "us",
            notes={"p99": answer.single_p99_us},
        ),
    ]


def _call(command: list[str], seconds: int) -> bytes:
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise PeerError(f"{command[-1]} took more than {seconds} s") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise PeerError(lines[-1] if lines else f"{command[-1]} ended with {done.returncode}")
    return done.stdout
