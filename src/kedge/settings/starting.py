"""The files that a new user begins with."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

_FILES = {"kedge.yaml": "kedge.yaml", ".env.example": "env.example"}


def starting_files() -> Mapping[str, str]:
    """Their names and texts. The settings are in order as they are, with the example copied to `.env` or without."""
    folder = files("kedge.settings") / "starter"
    return {name: (folder / source).read_text("utf-8") for name, source in _FILES.items()}


def write_starting_files(directory: Path) -> list[Path]:
    """Write them into a directory, which is made; raises `FileExistsError` before anything is written over."""
    texts = {directory / name: text for name, text in starting_files().items()}
    for path in texts:
        if path.exists() or path.is_symlink():
            raise FileExistsError(str(path))
    directory.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        with path.open("x", encoding="utf-8") as file:  # x: also not over one that came in between
            file.write(text)
    return list(texts)
