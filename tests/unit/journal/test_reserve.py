"""The room that is kept back."""

from pathlib import Path

import pytest

from kedge.journal.reserve import RESERVE_FILE, Reserve, free_bytes

SIZE = 3 * 1024 * 1024 + 17


def test_the_room_is_really_taken(tmp_path: Path) -> None:
    assert Reserve(tmp_path, SIZE).restore()
    found = (tmp_path / RESERVE_FILE).stat()
    assert found.st_size == SIZE
    assert found.st_blocks * 512 >= SIZE
    assert len(set((tmp_path / RESERVE_FILE).read_bytes()[-4096:])) > 200, "must not be compressible"


def test_what_is_held_is_not_written_again(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path, SIZE)
    reserve.restore()
    before = (tmp_path / RESERVE_FILE).stat().st_ino
    assert reserve.restore()
    assert (tmp_path / RESERVE_FILE).stat().st_ino == before


def test_it_is_given_up_once(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path, SIZE)
    told = [(done(), reserve.held) for done in (reserve.release, reserve.restore, *[reserve.release] * 2)]
    assert told == [(False, False), (True, True), (True, False), (False, False)]


def test_a_reserve_that_grew_is_taken_anew(tmp_path: Path) -> None:
    Reserve(tmp_path, 1000).restore()
    larger = Reserve(tmp_path, 2000)
    assert not larger.held
    assert larger.restore()
    assert (tmp_path / RESERVE_FILE).stat().st_size == 2000


def test_it_never_takes_the_last_room(tmp_path: Path) -> None:
    assert not Reserve(tmp_path, free_bytes(tmp_path)).restore()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_meanwhile_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert not Reserve(tmp_path, SIZE).restore()
    assert list(tmp_path.iterdir()) == []
