"""What has to be known of a machine before its figures mean anything."""

import os
import platform
from collections.abc import Iterator
from pathlib import Path

import apsw
import msgspec

LOAD_FOR_CONCERN = 1.0


def facts() -> Iterator[str]:
    """Lines about the machine and the interpreter."""
    yield f"{platform.platform()}, {os.cpu_count()} cores, {_processor()}"
    yield (
        f"{platform.python_implementation()} {platform.python_version()} ({platform.python_compiler()}), "
        f"msgspec {msgspec.__version__}, SQLite {apsw.sqlite_lib_version()}"
    )


def load() -> float:
    """How many processes wanted to run, on average over the last minute."""
    return os.getloadavg()[0]


def warning(when: str) -> str:
    """A word on the load; it says so when others take time from the benchmark."""
    now = load()
    text = f"load average at the {when}: {now:.2f}"
    if now > LOAD_FOR_CONCERN:
        text += " - others are at work here: trust ratios, not figures"
    return text


def resident_bytes() -> int:
    """Memory that the process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "processor unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
