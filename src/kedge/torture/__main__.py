"""python -m kedge.torture [--seeds N] [--seed S] [--kills N] [--json]: bad days, then kills, then a table.

Exits with 1 when a promise was broken, and says how to see it again.
"""

import argparse
import sys
from collections.abc import Sequence

import msgspec

from kedge.torture.campaign import Outcome, Plan, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a campaign; returns the exit status."""
    options = _parser().parse_args(arguments)
    plan = Plan(options.seed, options.seeds, options.kills)
    outcome = run(plan, lambda line: print(line, file=sys.stderr, flush=True))
    if options.json:
        print(msgspec.json.encode(outcome).decode())
    else:
        print("\n".join(summary(outcome)))
    return 1 if outcome.findings else 0


def summary(outcome: Outcome) -> list[str]:
    """What it came to, for people."""
    lines = ["", "Bad days in virtual time"]
    lines += _table(
        ("rehearsals", outcome.rehearsals),
        ("signals", outcome.rehearsed_signals),
        ("events", outcome.rehearsed_events),
        ("crashes", outcome.rehearsed_crashes),
        ("round trips", outcome.rehearsed_trades),
        *((f"  {name.replace('_', ' ')}", times) for name, times in sorted(outcome.faults.items())),
    )
    if (loop := outcome.crash_loop) is not None:
        lines += ["", "kill -9 of the engine under load"]
        lines += _table(
            ("kills", loop.kills),
            ("  while starting", loop.in_start),
            ("  while trading", loop.in_trading),
            ("  with requests under way", loop.in_flight),
            ("signals acknowledged", loop.acknowledged),
            ("orders at the exchange", loop.orders),
            ("trades at the exchange", loop.trades),
            ("events recorded", loop.events),
            ("inspections of all books", loop.inspections),
            *((f"  alarm {kind}", times) for kind, times in loop.anomalies.items()),
        )
    lines += ["", f"Broken promises: {len(outcome.findings) or 'none'}"]
    for finding in outcome.findings:
        lines += ["", f"- {finding.what}", f"  {finding.where}", f"  again: {finding.again}"]
    return lines


def _table(*rows: tuple[str, int]) -> list[str]:
    return [f"  {name:<28}{number:>10}" for name, number in rows]


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("kedge torture", description="Bad days and kills, judged by an auditor.")
    parser.add_argument("--seed", type=_count, default=0, help="the first seed")
    parser.add_argument("--seeds", type=_count, default=100, help="rehearse so many seeds")
    parser.add_argument("--kills", type=_count, default=200, help="kill the engine so often")
    parser.add_argument("--json", action="store_true", help="print the outcome as a JSON document")
    return parser


if __name__ == "__main__":
    sys.exit(main())
