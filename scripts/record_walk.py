"""Records the screens of `docs/tutorial/a-walk-through-the-dashboard.md` again, from a real run.

    python scripts/record_walk.py

It needs tmux, presses the keys of the walk in a terminal of 80 by 24, and puts each screen into the page, in the place
of the old one. What stands around the screens stays: read it afterwards, for the market goes another way each time.
"""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/tutorial/a-walk-through-the-dashboard.md"
ROWS, COLUMNS = 24, 80
PATIENCE_SECONDS = 60.0
_BLOCK = re.compile(r"^```text\n.*?^```", re.MULTILINE | re.DOTALL)


class Scene(NamedTuple):
    """Keys, what has to stand on the screen after them, and whether the page shows it."""

    keys: tuple[str, ...]
    seen: str
    shown: bool = True


WALK = (
    Scene(("kedge demo", "Enter"), r"LONG.*\d%[\s\S]*SHORT.*\d%[\s\S]*target accepted"),
    Scene(("2",), r"closed by[\s\S]*signal (LONG|SHORT).*ordered"),
    Scene(("3",), r" target\n[\s\S]* now\n[\s\S]* stop\n|stop\n[\s\S]* now\n[\s\S]* target\n"),
    Scene(("k",), r"enter: do it"),
    Scene(("odd prices", "Enter"), r"KILL SWITCH ON.*odd prices", shown=False),
    Scene(("2",), r"trading of all accounts is HALTED[\s\S]*KILL SWITCH ON"),
    Scene(("q",), r"enter: yes"),
    Scene(("Enter",), r"Look further"),
    Scene(("clear", "Enter", "kedge demo", "Enter"), r"attached[\s\S]*KILL SWITCH ON", shown=False),
    Scene(("2",), r"refused, TRADING_HALTED"),
    Scene(("k",), r"enter: do it"),
    Scene(("all is well", "Enter"), r"opened:[\s\S]*Kill switch off"),
    Scene(("q",), r"enter: yes", shown=False),
    Scene(("Enter",), r"Look further", shown=False),
    Scene(("clear", "Enter", "kedge journal show --limit 500 | grep 'trading of'", "Enter"), r"ACTIVE \("),
)


class Tmux:
    """A terminal that keys can be sent to and screens be taken from."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "tmux"
        programs = Path(sys.executable).parent
        self._call("new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), "-c", str(folder), "bash --norc")
        self.press(f"PATH={programs}:$PATH LANG=C.UTF-8 TZ=UTC PS1='$ '; export TZ LANG; clear", "Enter")

    def press(self, *keys: str) -> None:
        for key in keys:
            self._call("send-keys", key)

    def screen(self) -> str:
        written = self._call("capture-pane", "-p", "-J")  # a line that the terminal has wrapped is one line
        return "\n".join(line.rstrip() for line in written.splitlines())

    def until(self, seen: str) -> str:
        """The first screen on which this stands."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not re.search(seen, screen := self.screen()):
            if time.monotonic() > end:
                raise SystemExit(f"not seen: {seen}\n{screen}")
            time.sleep(0.1)
        return screen

    def close(self) -> None:
        self._call("kill-server")

    def _call(self, *words: str) -> str:
        tmux = shutil.which("tmux")
        if tmux is None:
            raise SystemExit("tmux is needed for this, and not installed")
        command = [tmux, "-S", str(self._socket), "-f", "/dev/null", *words]
        ended = subprocess.run(  # noqa: S603 (its words are those above)
            command, capture_output=True, text=True, check=True, env=os.environ | {"TERM": "xterm-256color"}
        )
        return ended.stdout


def record() -> list[str]:
    """The screens that the page shows."""
    screens = []
    with tempfile.TemporaryDirectory() as folder:
        terminal = Tmux(Path(folder))
        try:
            for scene in WALK:
                terminal.press(*scene.keys)
                screen = terminal.until(scene.seen)
                if scene.shown:
                    screens.append(tidy(screen))
        finally:
            terminal.close()
    return screens


def tidy(screen: str) -> str:
    """Without empty lines and waiting prompts, and by a person called ann, whoever records it."""
    me = re.escape(pwd.getpwuid(os.getuid()).pw_name)
    named = re.sub(rf"(?<=by ){me}(?=: )|(?<=\(){me}(?=: )", "ann", screen)
    return "\n".join(line for line in named.splitlines() if line not in {"", "$"})


def main() -> None:
    """Record, and put the screens into the page."""
    text, screens = PAGE.read_text("utf-8"), record()
    places = len(_BLOCK.findall(text))
    if places != len(screens):
        raise SystemExit(f"{PAGE.name} has {places} screens, the walk {len(screens)}: nothing was written")
    following = iter(screens)
    PAGE.write_text(_BLOCK.sub(lambda _: f"```text\n{next(following)}\n```", text), "utf-8")
    print(f"wrote {len(screens)} screens into {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
