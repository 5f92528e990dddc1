"""`kedge demo`: the whole engine at work, with nothing to set up."""

from typing import Annotated

import typer

from kedge.cli.access import refuse_unusable
from kedge.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir, examples, read_number, read_seconds

EXAMPLES = examples(
    "kedge demo --seconds 20",
    "kedge demo --headless --seed 3 --data-dir /tmp/kedge",
    "kedge demo --seconds 20 --json",
)


def demo(
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds", metavar="N", parser=read_seconds, help="End after N seconds; else at Ctrl-C."
        ),
    ] = None,
    headless: Annotated[
        bool, typer.Option("--headless", help="Plain lines instead of the dashboard.")
    ] = False,
    seed: Annotated[
        int, typer.Option("--seed", metavar="S", parser=read_number, help="Of the market's moves.")
    ] = 7,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Run the engine on paper, on a simulated market.

    Two accounts, two instruments, and a source of signals that trades them; no settings are needed.

    What it did stays in the data directory: look at it with the other commands, also while it runs. A second demo on
    the same directory goes on where the first one ended.
    """
    import asyncio
    import os

    from kedge.cli.demo.market import QUOTES_PER_SECOND, TRADED, demo_settings, refuse_foreign
    from kedge.cli.demo.producer import producers
    from kedge.cli.running.run import Plan
    from kedge.cli.running.show import Heading, run
    from kedge.settings.kill import KILL_VARIABLE, asks_for_kill

    refuse_unusable(data_dir)
    refuse_foreign(data_dir)
    heading = Heading(
        "demo: the engine on paper, on a simulated market",
        (("Market", f"{QUOTES_PER_SECOND} quotes a second, seed {seed}"),),
        {account.id: f"trades {instrument.symbol}" for account, instrument in TRADED},
    )
    kill = asks_for_kill(os.environ.get(KILL_VARIABLE, ""))
    plan = Plan(
        demo_settings(data_dir, seed),
        seconds,
        lambda engine: producers(engine, TRADED),
        kill=kill,
        ends_unheard=True,
    )
    asyncio.run(run(plan, heading, as_json=as_json, headless=headless))
