"""`python -m bench [NAME…] [--quick] [--json FILE] [--list] [--peers]`."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from time import perf_counter

import msgspec

from bench import machine, peers
from bench.measure import Measured, Scale, collector
from bench.suite import NAMES, run_apart, summary


class Result(msgspec.Struct):
    """What `--json` writes."""

    machine: list[str]
    scale: Scale
    load_at_start: float
    load_at_end: float
    figures: list[Measured]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run benchmarks, each in a process of its own, and print what they measured."""
    options = _options(arguments)
    if options.list:
        for name in NAMES:
            print(f"{name:10} {summary(name)}")
        return 0
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    scale = Scale.QUICK if options.quick else Scale.FULL
    figures: list[Measured] = []
    load_at_start = machine.load()
    print("\n".join((*machine.facts(), collector(), machine.warning("start"), f"scale: {scale}")))
    with TemporaryDirectory(prefix="kedge-bench-", dir=options.dir) as directory:
        for name in options.names or NAMES:
            print(f"\n{name}: {summary(name)}", flush=True)
            begun = perf_counter()
            for measured in run_apart(name, scale, Path(directory)):
                figures.append(measured)
                print("\n".join(_lines(measured)), flush=True)
            print(f"  ({perf_counter() - begun:.0f} s)")
    figures += _peers(run=options.peers)
    _print_table(figures)
    print(machine.warning("end"))
    if options.json is not None:
        result = Result(list(machine.facts()), scale, load_at_start, machine.load(), figures)
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
    return 0


def _peers(*, run: bool) -> list[Measured]:
    print("\npeers:")
    if not run:
        print("\n".join(f"  {line}" for line in peers.ELSEWHERE))
        return []
    try:
        figures = peers.run()
    except peers.PeerError as error:
        print(f"  not run: {error}")
        return []
    for measured in figures:
        print("\n".join(_lines(measured)))
    return figures


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Benchmarks of Kedge, with their floors."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones; all when none is named")
    parser.add_argument("--quick", action="store_true", help="less work: half a minute instead of some")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file as well")
    parser.add_argument("--list", action="store_true", help="say which benchmarks there are")
    parser.add_argument(
        "--peers", action="store_true", help="install NautilusTrader aside and run it on the same work"
    )
    parser.add_argument(
        "--dir", type=Path, default=gettempdir(), metavar="DIR", help="where files go: the disk to measure"
    )
    return parser.parse_args(arguments)


def _lines(measured: Measured) -> Iterator[str]:
    yield f"  {measured.what}: {_number(measured.value)} {measured.unit}{_verdict(measured)}"
    if measured.floor is not None:
        ratio = "" if measured.ratio is None else f", {measured.ratio:.1f} times that"
        yield f"      floor {_number(measured.floor)} {measured.unit}{ratio} ({measured.floor_is})"
    if measured.notes:
        yield "      " + "  ".join(f"{name} {_number(value)}" for name, value in measured.notes.items())


def _verdict(measured: Measured) -> str:
    if measured.aim is None:
        return ""
    return f"  [aim {measured.aim}: {'met' if measured.met else 'MISSED'}]"


def _print_table(figures: Sequence[Measured]) -> None:
    print(f"\n{'figure':28} {'value':>12} {'unit':12} {'floor':>12} {'x floor':>8}  {'aim':18} met")
    for measured in figures:
        floor = "" if measured.floor is None else _number(measured.floor)
        ratio = "" if measured.ratio is None else f"{measured.ratio:.1f}"
        aim = "" if measured.aim is None else str(measured.aim)
        met = "" if measured.met is None else ("yes" if measured.met else "NO")
        print(
            f"{measured.key:28} {_number(measured.value):>12} {measured.unit:12} {floor:>12} {ratio:>8}  {aim:18} {met}"
        )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


if __name__ == "__main__":
    sys.exit(main())
