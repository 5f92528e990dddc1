"""`kedge run`: the engine on your settings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli.access import refuse_unusable
from kedge.cli.commands.check import DEFAULT_FILE, Config, read_settings
from kedge.cli.named_files import refuse_bad_files
from kedge.cli.options import AsJson, examples, read_seconds

if TYPE_CHECKING:
    from kedge.cli.running.show import Heading
    from kedge.domain.accounts import AccountTerms
    from kedge.settings.values import Feed, Settings

EXAMPLES = examples(
    "kedge run",
    "kedge run -c /etc/kedge/kedge.yaml --headless",
    "KEDGE_KILL=1 kedge run",
    "kedge run --seconds 60 --json",
)


def run(
    config: Config = DEFAULT_FILE,
    headless: Annotated[
        bool, typer.Option("--headless", help="Plain lines instead of the dashboard.")
    ] = False,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds", metavar="N", parser=read_seconds, help="End after N seconds; else at Ctrl-C."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the engine on the settings.

    It takes signals (`kedge signal send`) until it is told to end, by Ctrl-C or a signal to terminate. What it did
    stays in the data directory that the settings name, and the next run goes on from there.

    With KEDGE_KILL=1 in the environment or in `.env` it starts with the kill switch on; with `cancel` or `flatten` as
    `kedge kill on` with that option.
    """
    import asyncio

    from kedge.cli.running.run import Plan
    from kedge.cli.running.show import run as run_and_show

    reading = read_settings(config, as_json=as_json)
    settings = reading.settings
    refuse_unusable(settings.data_dir)
    refuse_bad_files(settings)
    plan = Plan(settings, seconds, kill=reading.kill)
    asyncio.run(run_and_show(plan, _heading(settings, config), as_json=as_json, headless=headless))


def _heading(settings: "Settings", config: Path) -> "Heading":
    from kedge.cli.running.show import Heading

    return Heading(
        f"run: the engine on {config}",
        (
            ("Settings", f"digest {settings.digest()}"),
            ("Prices", "; ".join(_prices(settings)) or "none: no feed is set up, so orders wait for a price"),
        ),
        {account.id: _where(account) for account in settings.accounts},
    )


def _where(account: "AccountTerms") -> str:
    own = account.held_at == account.id
    return f"at {account.venue}" + ("" if own else f" in the account {account.held_at} there")


def _prices(settings: "Settings") -> list[str]:
    return [f"{_source(feed)}, {', '.join(feed.instruments)}" for feed in settings.feeds]


def _source(feed: "Feed") -> str:
    from kedge.settings.values import RecordedFeed, SimulatedFeed

    match feed:
        case SimulatedFeed():
            return f"simulated ({feed.quotes_per_second} quotes a second, seed {feed.seed})"
        case RecordedFeed():
            more = f" and {len(feed.paths) - 1} more" if len(feed.paths) > 1 else ""
            return f"recorded ({feed.paths[0].name}{more}, as if it were now)"
        case _:
            return f"from {feed.url}"
