"""Whether memory stays flat while a long session is recorded.

The engine keeps what is open and bounded windows of what is done (1,000 closed orders, 10,000 signals), so once these
are full, nothing may grow. There is no floor: the aim is no slope.
"""

from pathlib import Path

from bench.measure import Aim, Measured, Scale
from bench.recording import Sample, record

MIB = 1024 * 1024
FLAT = 8.0  # bytes an event: a million events then cost less than 8 MiB, which is within the noise of the allocator


def run(scale: Scale, directory: Path) -> list[Measured]:
    """Record the session that the start-up benchmark will read."""
    recording = record(directory / "recording", scale.of(1_000_000, 50_000, 1_000))
    samples = recording.samples
    full = samples[3 * len(samples) // 10 :]  # by then the windows are full
    notes = {f"mib_at_{sample.events // 1_000}k": sample.resident / MIB for sample in samples}
    notes["events_per_second_recorded"] = recording.events / recording.seconds
    return [
        Measured(
            key="memory.slope",
            what=f"memory over {recording.events:,} events, slope once the windows are full",
            value=_slope(full),
            unit="bytes/event",
            aim=Aim(FLAT) if scale is Scale.FULL else None,
            notes=notes,
        )
    ]


def _slope(samples: list[Sample]) -> float:
    """Least squares: bytes for each further event."""
    if len(samples) < 2:
        return 0.0
    mean_x = sum(sample.events for sample in samples) / len(samples)
    mean_y = sum(sample.resident for sample in samples) / len(samples)
    above = sum((sample.events - mean_x) * (sample.resident - mean_y) for sample in samples)
    return above / sum((sample.events - mean_x) ** 2 for sample in samples)
