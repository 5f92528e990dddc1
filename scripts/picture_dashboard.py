"""Takes the picture of the dashboard in `docs/images/dashboard.svg`, from a real run.

    python scripts/picture_dashboard.py

It starts a demo of its own, attaches a dashboard that nobody sees, and waits until there is something to look at.
"""

import asyncio
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from kedge.engine.clock import system_clock
from kedge.tui.app import Dashboard
from kedge.tui.link import EngineLink

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs/images/dashboard.svg"
SIZE = (112, 36)
TRADES = 6
PATIENCE_SECONDS = 90.0
_FONT = re.compile(
    r"\s*@font-face \{.*?\}", re.DOTALL
)  # fetched from elsewhere; any font of even width will do


def is_worth_a_look(app: Dashboard) -> bool:
    """Some trades, and a position that is open with its stop and its target."""
    view = app.picture.view
    return (
        view is not None
        and sum(account.trades for account in view.accounts) >= TRADES
        and len(view.positions) > 1
        and all(position.stop and position.target for position in view.positions)
    )


async def picture(data_dir: Path) -> str:
    """The dashboard on the engine of this directory, as SVG."""
    app = Dashboard(EngineLink(data_dir), Path(data_dir.name), system_clock)
    async with asyncio.timeout(PATIENCE_SECONDS), app.run_test(size=SIZE) as pilot:
        while not is_worth_a_look(app):
            await pilot.pause(0.1)
        await pilot.pause()  # until what was heard is drawn
        drawn = _FONT.sub("", app.export_screenshot(title="kedge demo"))
    return drawn.replace(
        "<svg ", '<svg xml:space="preserve" ', 1
    )  # else some readers drop the blanks between words


def main() -> None:
    """Run a demo, and keep what its dashboard shows."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "kedge", "demo", "--headless"]
        demo = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603 (the words above)
        try:
            drawn = asyncio.run(picture(Path(folder) / "kedge-data"))
        finally:
            demo.terminate()
            demo.wait()
    PICTURE.write_text("".join(f"{line.rstrip()}\n" for line in drawn.splitlines()), "utf-8")
    print(f"wrote {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
