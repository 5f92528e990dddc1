"""Secrets: by reference only, found or told of, and never shown."""

import copy
import logging
import pickle
import sys
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from pydantic import ValidationError

from kedge.settings.base_form import Form
from kedge.settings.fields import SecretText, setting
from kedge.settings.secret import Secret, SecretError, Vault
from kedge.settings.values import canonical

CANARY = "hunter2-canary"


def vault(folder: Path = Path()) -> Vault:
    return Vault({"TOKEN": CANARY, "EMPTY": ""}, folder)


def test_a_variable() -> None:
    secret = vault().fetch("env:TOKEN")
    assert (secret.reveal(), secret.reference) == (CANARY, "env:TOKEN")


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_file_beside_the_settings(end: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(f"{CANARY}{end}".encode())
    assert vault(tmp_path).fetch("file:token").reveal() == CANARY
    assert vault().fetch(f"file:{tmp_path / 'token'}").reveal() == CANARY


def test_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {("kedge", "token"): CANARY}
    keyring = SimpleNamespace(get_password=lambda service, name: entries.get((service, name)))
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    assert vault().fetch("keyring:token").reveal() == CANARY
    with pytest.raises(SecretError, match=r"^keyring:other: there is no such entry of the service kedge$"):
        vault().fetch("keyring:other")


def test_a_keyring_that_is_not_there_or_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(
        SecretError, match=r"^keyring:token: no keyring here; `pip install keyring` brings it$"
    ):
        vault().fetch("keyring:token")

    def locked(service: str, name: str) -> str:
        raise RuntimeError(CANARY)

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=locked))
    with pytest.raises(SecretError, match=r"^keyring:token: the system's keyring failed \(RuntimeError\)$"):
        vault().fetch("keyring:token")


NEEDED = "a reference is needed: env:NAME, file:PATH or keyring:NAME"
MISSING = [
    ("env:OTHER", "env:OTHER: there is no such variable, neither in the environment nor in .env"),
    ("env:EMPTY", "env:EMPTY is empty"),
    ("file:nowhere", "file:nowhere: No such file or directory"),
    ("file:.", "file:.: Is a directory"),
    ("file:blob", "file:blob: cannot be read as text"),
    ("file:long", "file:long: is longer than 65536 bytes"),
    ("file:~nobody-of-that-name/x", "file:~nobody-of-that-name/x: cannot be read as text"),
    ("file:a\0b", "file:a\0b: cannot be read as text"),
    (CANARY, f"a secret is never written into the settings themselves (not shown); {NEEDED}"),
    (f"vault:{CANARY}", f"a secret is never written into the settings themselves (not shown); {NEEDED}"),
    ("env:", f"a secret is never written into the settings themselves (not shown); {NEEDED}"),
]


@pytest.mark.parametrize(("reference", "said"), MISSING)
def test_a_reference_that_leads_nowhere_is_named(reference: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(b"\xff\xff")
    (tmp_path / "long").write_bytes(b"x" * 65_537)
    with pytest.raises(SecretError) as caught:
        vault(tmp_path).fetch(reference)
    assert str(caught.value) == said


def test_a_secret_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(CANARY, "env:TOKEN")
    logging.getLogger("test").warning("%s %r", secret, secret)
    told = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret:>10}",
        f"{[secret]}",
        caplog.text,
    ]
    assert CANARY not in "".join(told)
    assert str(secret) == "(hidden)"


def test_a_secret_is_not_written_anywhere() -> None:
    secret = Secret(CANARY, "env:TOKEN")
    for write in (pickle.dumps, copy.copy, copy.deepcopy, msgspec.json.encode, hash, vars):
        with pytest.raises(TypeError) as caught:
            write(secret)
        assert CANARY not in str(caught.value)
    assert canonical({"token": secret}) == b'{"token":null}'


def test_secrets_are_equal_by_what_they_hold() -> None:
    assert Secret(CANARY, "env:A") == Secret(CANARY, "env:B")
    assert Secret(CANARY, "env:A") != Secret("other", "env:A")
    assert Secret(CANARY, "env:A") != CANARY


class Api(Form):
    """A section with a secret in it."""

    token: SecretText = setting("that callers show")


def test_a_form_looks_its_secrets_up() -> None:
    api = Api.model_validate({"token": "env:TOKEN"}, context=vault())
    assert api.token.reveal() == CANARY
    assert CANARY not in repr(api)


@pytest.mark.parametrize("given", [CANARY, [CANARY], {"a": CANARY}, None, f"file:{CANARY}/x"])
def test_a_form_refuses_a_secret_in_clear_without_showing_it(given: object) -> None:
    with pytest.raises(ValidationError) as caught:
        Api.model_validate({"token": given}, context=vault())
    (error,) = caught.value.errors()
    assert error["type"] == "setting"
    said = error["ctx"]["problem"]
    assert CANARY not in said.replace(f"file:{CANARY}", "a reference")
