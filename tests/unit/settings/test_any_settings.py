"""Whatever stands in the files, nothing but `SettingsError` comes out, and every fault can be told."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.settings.builders import GOOD, read_text

from kedge.settings.catalogue import catalogue
from kedge.settings.errors import Fault, SettingsError
from kedge.settings.reading import Reading

PIECES = st.sampled_from(
    [
        "",
        " ",
        "\n",
        "\t",
        ":",
        ": ",
        "- ",
        "-1",
        "[",
        "]",
        "{",
        "}",
        ",",
        "&a ",
        "*a",
        "!!int ",
        "#",
        "'",
        '"',
        "|",
        ">",
        "~",
        "<<: ",
    ]
    + [
        "null",
        "1e9",
        ".nan",
        "1e-9",
        "9" * 30,
        "---\n",
        "...\n",
        "? ",
        "%YAML 1.1\n",
        "\\x00",
        "\ud800",
        "\x00",
        "\ufeff",
        "é",
        "\u2028",
    ]
    + [f"{key.name}: " for key in catalogue().values()]
    + GOOD.split()
) | st.text(max_size=5)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """The good file with a few pieces put in, taken out, or moved."""
    text = GOOD
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + draw(st.sampled_from([0, 0, 1, 5, 40])))))
        text = text[:start] + draw(PIECES) + text[end:]
    return text


NAMES = st.builds(
    "KEDGE_{}".format,
    st.lists(
        st.sampled_from(["ALPHA", "PAPER", "SPY", "SIMULATED", "", "0", "É", "a"])
        | st.sampled_from([key.name.upper() for key in catalogue().values()]),
        max_size=5,
    ).map("__".join),
)


def told(text: str | bytes, variables: Mapping[str, str] | None = None, dotenv: str | None = None) -> None:
    with tempfile.TemporaryDirectory() as directory:
        faults: tuple[Fault, ...] = ()
        try:
            reading: Reading | None = read_text(Path(directory), text, variables, dotenv)
        except SettingsError as error:
            faults = error.faults
            reading = None
        assert (reading is None) == bool(faults)
        for fault in faults:
            assert fault.text.startswith((directory, "environment variable KEDGE_"))
            assert fault.text.isprintable()
            assert "Input should" not in fault.text, "pydantic's own words reached a person"
            assert fault.document["message"] == fault.text
        if reading is not None:
            assert len(reading.settings.digest()) == 32
            assert reading.in_force


@given(mutated())
def test_any_file(text: str) -> None:
    told(text)


@given(st.binary(max_size=60), st.integers(0, len(GOOD)))
def test_any_bytes(content: bytes, at: int) -> None:
    encoded = GOOD.encode()
    told(encoded[:at] + content + encoded[at:])


@given(st.dictionaries(NAMES, PIECES, max_size=4))
def test_any_variables(variables: dict[str, str]) -> None:
    told(GOOD, variables)


@given(st.lists(st.builds("{}{}{}".format, NAMES, st.sampled_from(["=", " = ", ""]), PIECES), max_size=4))
def test_any_dotenv(lines: list[str]) -> None:
    told(GOOD, None, "\n".join(lines).encode("utf-8", "replace").decode())
