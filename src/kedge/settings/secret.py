"""Secrets: given by reference only, held by a type that shows nothing.

env:NAME       a variable of the environment or of `.env`
file:PATH      the text of a file, from the folder of the settings on, without its last line end
keyring:NAME   the password of user NAME of the service `kedge` in the system's keyring
"""

import hmac
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Never

KEYRING_SERVICE = "kedge"
BYTES_MAX = 65_536
FORMS = "a reference is needed: env:NAME, file:PATH or keyring:NAME"
_HIDDEN = "(hidden)"


class SecretError(Exception):
    """A reference that leads to nothing, or a secret where a reference should be. The text never quotes a secret."""


class Secret:
    """A value that only `reveal` shows. It cannot be printed, formatted, hashed, copied into JSON, or pickled."""

    __slots__ = ("__value", "reference")

    def __init__(self, value: str, reference: str) -> None:
        self.__value = value
        self.reference = reference

    def reveal(self) -> str:
        """The secret itself, to be handed to whom it is for and kept nowhere."""
        return self.__value

    def __repr__(self) -> str:
        return _HIDDEN

    __str__ = __repr__

    def __format__(self, how: str) -> str:
        return format(_HIDDEN, how)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__value.encode(), other.__value.encode())

    __hash__ = None  # type: ignore[assignment] # a hash would be a trace of it

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError("a secret is not written anywhere")


class Vault:
    """Where references are looked up."""

    def __init__(self, variables: Mapping[str, str], folder: Path) -> None:
        self._variables = variables
        self._folder = folder

    def fetch(self, reference: str) -> Secret:
        """The secret behind a reference; raises `SecretError`."""
        kind, colon, name = reference.partition(":")
        if not colon or not name.strip() or kind not in ("env", "file", "keyring"):
            raise SecretError(f"a secret is never written into the settings themselves (not shown); {FORMS}")
        value = {"env": self._from_environment, "file": self._from_file, "keyring": _from_keyring}[kind](name)
        if not value:
            raise SecretError(f"{reference} is empty")
        return Secret(value, reference)

    def _from_environment(self, name: str) -> str:
        if name not in self._variables:
            raise SecretError(
                f"env:{name}: there is no such variable, neither in the environment nor in .env"
            )
        return self._variables[name]

    def _from_file(self, name: str) -> str:
        try:
            path = self._folder / Path(name).expanduser()
            with path.open("rb") as file:
                content = file.read(BYTES_MAX + 1)
            if len(content) > BYTES_MAX:
                raise SecretError(f"file:{name}: is longer than {BYTES_MAX} bytes")
            return content.decode().removesuffix("\n").removesuffix("\r")
        except OSError as error:
            raise SecretError(f"file:{name}: {error.strerror or 'cannot be read'}") from None
        except (ValueError, RuntimeError):  # no text; a zero byte in the path; a home that nobody has
            raise SecretError(f"file:{name}: cannot be read as text") from None


def _from_keyring(name: str) -> str:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        raise SecretError(f"keyring:{name}: no keyring here; `pip install keyring` brings it") from None
    try:
        value = keyring.get_password(KEYRING_SERVICE, name)
    except Exception as error:  # noqa: BLE001 (each system's keyring fails in its own way; its text may quote anything)
        raise SecretError(f"keyring:{name}: the system's keyring failed ({type(error).__name__})") from None
    if value is None:
        raise SecretError(f"keyring:{name}: there is no such entry of the service {KEYRING_SERVICE}")
    return str(value)
