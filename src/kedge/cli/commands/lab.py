"""`kedge lab`: what a venue or a feed may do to an engine, to be tried out before one does it."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kedge.cli import output
from kedge.cli.commands import script
from kedge.cli.commands.check import DEFAULT_FILE, Config, read_settings
from kedge.cli.options import AsJson, examples, read_number, read_path, read_seconds
from kedge.domain.numbers import ZERO, parse_decimal
from kedge.settings.values import BarStamps

if TYPE_CHECKING:
    from kedge.lab.feed_faults import FeedFaults

FEED_EXAMPLES = examples(
    "kedge lab feed",
    "kedge lab feed --fault drop=0.05 --fault cut=20",
    "kedge lab feed SPY_quotes.csv.gz --speed 10",
    "kedge lab feed kedge-data/market-data --instrument SPY --json",
)
_PORT_MAX = 65_535
_SPEED_MAX = 10_000
_QUOTES_MAX = 1000

app = typer.Typer(
    help="Try what venues and feeds may do to an engine.",
    epilog=FEED_EXAMPLES,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _lab(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        output.say(context.get_help())


def _read_port(text: str | int) -> int:
    port = read_number(text)
    if port > _PORT_MAX:
        raise typer.BadParameter(f"{text!r} is no port: there are those up to {_PORT_MAX}, and 0 for any")
    return port


def _read_up_to(text: str, most: int) -> Decimal:
    try:
        number = parse_decimal(text)
    except ValueError:
        number = ZERO
    if not 0 < number <= most:
        raise typer.BadParameter(f"{text!r} is not a number above 0, and at most {most}")
    return number


def _read_fault(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name.strip(), float(number)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not NAME=NUMBER, as drop=0.05 is") from None


Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="PATHS",
        parser=lambda text: read_path(text, "file"),
        help="Recorded files, or folders of recordings; without any, prices walk at random.",
    ),
]
Instruments = Annotated[
    list[str] | None,
    typer.Option(
        "--instrument",
        metavar="SYMBOL",
        help="Of this one only; may be given again. Else all of the settings.",
    ),
]
Faults = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar="NAME=NUMBER",
        help="What goes wrong; may be given again. By their rate, from 0 to 1: drop, double, reorder, halve, garbage, "
        "huge. By seconds: slow (each message), and silent, dead, cut (each connection, when it is so old). "
        "By count: refuse.",
    ),
]


@app.command("feed", epilog=FEED_EXAMPLES)
def feed(
    paths: Paths = None,
    *,
    config: Config = DEFAULT_FILE,
    instruments: Instruments = None,
    faults: Faults = None,
    speed: Annotated[
        Decimal | None,
        typer.Option(
            "--speed",
            metavar="N",
            parser=lambda text: _read_up_to(text, _SPEED_MAX),
            help="Of recorded files: N times as fast as it was (1 unless told).",
        ),
    ] = None,
    stamps: Annotated[
        BarStamps, typer.Option("--stamps", help="Of recorded files: which end of a bar its time is.")
    ] = BarStamps.START,
    quotes_per_second: Annotated[
        Decimal | None,
        typer.Option(
            "--quotes-per-second",
            metavar="N",
            parser=lambda text: _read_up_to(text, _QUOTES_MAX),
            help="Of the walk, for each instrument (5 unless told).",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="S", parser=read_number, help="Of the walk and of the faults.")
    ] = 7,
    port: Annotated[
        int, typer.Option("--port", metavar="N", parser=_read_port, help="Where to listen; 0: any free one.")
    ] = 8766,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds", metavar="N", parser=read_seconds, help="End after N seconds; else at Ctrl-C."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Serve market data over a socket, with faults on demand.

    It plays recorded files, or prices that walk at random, to every `socket` feed that has its address: an engine that
    runs in another terminal, most likely. The settings say how prices of an instrument are counted, so give both the
    same. Times are those at which a thing is told. It begins when the first client is there.

    With --json there are two lines: where it listens, and at the end what was served.
    """
    import asyncio

    from kedge.cli.serving.feed import Offer, serve

    if paths and quotes_per_second is not None:
        raise typer.BadParameter("--quotes-per-second is for prices that walk, not for recorded files")
    if not paths and speed is not None:
        raise typer.BadParameter("--speed is for recorded files, and none is named")
    offer = Offer(
        settings=read_settings(config, as_json=as_json).settings,
        symbols=tuple(instruments or ()),
        paths=tuple(paths or ()),
        speed=1.0 if speed is None else float(speed),
        stamps=stamps,
        quotes_per_second=Decimal(5) if quotes_per_second is None else quotes_per_second,
        faults=_faults(faults or []),
        seed=seed,
        port=port,
        seconds=seconds,
    )
    asyncio.run(serve(offer, as_json=as_json))


def _faults(given: list[str]) -> "FeedFaults":
    from kedge.lab.feed_faults import FAULTS, FeedFaults

    terms: dict[str, float] = {}
    for name, value in map(_read_fault, given):
        if name not in FAULTS:
            raise typer.BadParameter(f"there is no fault {name!r}; there are: {', '.join(FAULTS)}")
        if FAULTS[name] in terms:
            raise typer.BadParameter(f"the fault {name} is given twice")
        terms[FAULTS[name]] = value
    refusals = terms.pop("refuse_connections", 0.0)
    if not refusals.is_integer():
        raise typer.BadParameter("refuse is how many connections are turned away: a whole number")
    try:
        return FeedFaults(**terms, refuse_connections=int(refusals))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


app.command("script", epilog=script.EXAMPLES)(script.script)
