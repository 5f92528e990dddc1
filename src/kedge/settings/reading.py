"""The door: a settings file, `.env` beside it and the environment, read and checked as one."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from kedge.domain.kill import KillMode
from kedge.domain.numbers import use_exact_arithmetic
from kedge.settings.assembly import assemble
from kedge.settings.checking import check_form
from kedge.settings.cross import cross_checks
from kedge.settings.document import CHARACTERS_MAX, read_document
from kedge.settings.dotenv import Variable, environment, read_dotenv
from kedge.settings.errors import Fault, SettingsError, file_fault
from kedge.settings.in_force import InForce, in_force
from kedge.settings.kill import KILL_VARIABLE, asks_for_kill
from kedge.settings.overlay import overlay
from kedge.settings.places import Place, Source
from kedge.settings.prop_profiles import underlay
from kedge.settings.secret import Vault
from kedge.settings.spots import Spots
from kedge.settings.strategy_checks import strategy_checks
from kedge.settings.tree import Node
from kedge.settings.values import Settings

DEFAULT_FILE = Path("kedge.yaml")
DOTENV = ".env"


class Reading(msgspec.Struct, frozen=True):
    """Settings, and where each of their values came from."""

    settings: Settings
    in_force: tuple[InForce, ...]
    kill: KillMode | None = None  # how the kill switch is to be thrown at the next start


def read(file: Path, variables: Mapping[str, str]) -> Reading:
    """Read and check everything; `variables` are those of the process. Raises `SettingsError` with all faults."""
    use_exact_arithmetic()
    faults: list[Fault] = []
    set_here = _variables(file, variables, faults)
    root, faults_of_overlay = overlay(_document(file, faults), set_here.values())
    faults += faults_of_overlay
    root, faults_of_profiles, lacking = underlay(root)
    faults += faults_of_profiles
    vault = Vault({name: each.value for name, each in set_here.items()}, file.parent)
    spots = Spots(root)
    form, faults_of_form = check_form(spots, vault)
    told = {fault.key for fault in faults_of_form}
    # What a profile would have given is not missing by itself.
    faults += [fault for fault in faults_of_form if not _awaits_profile(fault, lacking)]
    beyond = (*cross_checks(spots), *strategy_checks(spots, file.parent))
    faults += [fault for fault in beyond if fault.key not in told]
    if form is None or faults:
        raise SettingsError(faults)
    settings = assemble(form, spots, _folder(spots, file), file.parent)
    kill = set_here.get(KILL_VARIABLE)
    return Reading(
        settings, tuple(in_force(form, spots)), None if kill is None else asks_for_kill(kill.value)
    )


def _awaits_profile(fault: Fault, lacking: list[str]) -> bool:
    return fault.problem == "missing" and fault.key in [f"{account}.cash" for account in lacking]


def _document(file: Path, faults: list[Fault]) -> Node:
    """The file's tree. Without one nothing more can be said, save what is wrong with `.env`."""
    try:
        text = _text(file, Source.FILE)
        if text is None:
            raise file_fault(
                str(file), "there is no such file; `kedge init` writes one, `-c FILE` names another"
            )
        return read_document(text, lambda line, column: Place(Source.FILE, str(file), line, column))
    except SettingsError as error:
        raise SettingsError([*faults, *error.faults]) from None


def _variables(file: Path, variables: Mapping[str, str], faults: list[Fault]) -> dict[str, Variable]:
    """Those of `.env`, overridden by those of the process."""
    dotenv = file.parent / DOTENV
    found: list[Variable] = []
    try:
        text = _text(dotenv, Source.DOTENV)
        if text is not None:
            found, wrong = read_dotenv(text, str(dotenv))
            faults += wrong
    except SettingsError as error:
        faults += error.faults
    return {each.name: each for each in (*found, *environment(variables.items()))}


def _text(file: Path, source: Source) -> str | None:
    try:
        with file.open("rb") as opened:
            content = opened.read(4 * CHARACTERS_MAX + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise file_fault(str(file), error.strerror or "cannot be read", source) from None
    except ValueError:  # a zero byte in the name
        raise file_fault(repr(str(file)), "is no name of a file", source) from None
    if len(content) > 4 * CHARACTERS_MAX:
        raise file_fault(str(file), f"is longer than {CHARACTERS_MAX} characters", source)
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError([Fault(Place(source, str(file), line, 0), "", "is not text in UTF-8")]) from None


def _folder(spots: Spots, file: Path) -> Path:
    """From where the data directory counts: a variable of the process from where it runs, all else from the file."""
    spot = spots.at(("data_dir",))
    is_from_process = spot.node is not None and spot.place.source is Source.ENVIRONMENT
    return Path() if is_from_process else file.parent
