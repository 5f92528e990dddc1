"""A settings file in order, and ways to read it."""

from collections.abc import Mapping
from pathlib import Path

from kedge.settings.errors import SettingsError
from kedge.settings.reading import Reading, read

GOOD = """\
data_dir: ./data
venues:
  paper: {kind: paper, seed: 7, slippage_bps: 1}
accounts:
  - id: alpha
    venue: paper
    cash: 100000
    sizing: {method: fixed, quantity: 10}
    risk: {max_position_size: 1000}
    protection:
      stop: {method: percent, value: 2.0}
    orders: {timeout_seconds: 30}
  - id: beta
    venue: paper
    cash: 50000
feeds:
  - {kind: simulated, instruments: [SPY], quotes_per_second: 5}
instruments:
  - {symbol: SPY, tick: 0.01}
  - {symbol: ES, tick: 0.25, asset: future, multiplier: 50, margin: 15000}
"""


def changed(old: str, new: str) -> str:
    """The good file with its first `old` replaced."""
    assert old in GOOD, old
    return GOOD.replace(old, new, 1)


def read_text(
    directory: Path, text: str | bytes, variables: Mapping[str, str] | None = None, dotenv: str | None = None
) -> Reading:
    """Read a file of this content, `.env` beside it, and these variables."""
    file = directory / "kedge.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    if dotenv is not None:
        (directory / ".env").write_text(dotenv, "utf-8")
    return read(file, variables or {})


def faults(
    directory: Path, text: str | bytes, variables: Mapping[str, str] | None = None, dotenv: str | None = None
) -> list[str]:
    """What is wrong, without the directory's name; nothing when all is in order."""
    try:
        read_text(directory, text, variables, dotenv)
    except SettingsError as error:
        return [fault.text.replace(f"{directory}/", "") for fault in error.faults]
    return []
