"""The salt of key fingerprints: one a library, made once, where the history lies."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from wan_tui.library import disk
from wan_tui.library.fault_injection import Plan
from wan_tui.library.salt import library_salt


def test_a_library_keeps_its_salt(tmp_path: Path) -> None:
    """Made once, for the owner alone, and another one for another library."""
    data, state = tmp_path / "data", tmp_path / "state"
    salt = library_salt(data, state)
    assert len(salt) == 32
    assert library_salt(data, state) == salt
    assert library_salt(tmp_path / "other", state) != salt
    assert stat.S_IMODE(os.stat(data / "salt").st_mode) == 0o600
    assert [path.name for path in data.iterdir()] == ["salt"]


def test_it_goes_where_the_history_goes(tmp_path: Path) -> None:
    """Without the state folder, or with the library moved, orders are still known as made with this key."""
    salt = library_salt(tmp_path / "data", tmp_path / "state")
    (tmp_path / "data").rename(tmp_path / "moved")
    assert library_salt(tmp_path / "moved", tmp_path / "new state") == salt


def test_the_one_of_an_older_version_is_taken_over(tmp_path: Path) -> None:
    """It lay in the state folder; what was fingerprinted with it stays known, also when that folder goes."""
    state = tmp_path / "state"
    state.mkdir()
    (state / "salt").write_text("0123456789abcdef" * 2)
    assert library_salt(tmp_path / "data", state) == "0123456789abcdef" * 2
    (state / "salt").unlink()
    assert library_salt(tmp_path / "data", state) == "0123456789abcdef" * 2


@pytest.mark.parametrize("text", ["", "0123", "\x00" * 32, "no salt at all, but a text of a length"])
def test_what_is_no_salt_is_replaced(tmp_path: Path, text: str) -> None:
    """A file emptied by a full disk or a sync client."""
    (tmp_path / "salt").write_text(text)
    salt = library_salt(tmp_path, tmp_path / "state")
    assert len(salt) == 32
    assert library_salt(tmp_path, tmp_path / "state") == salt


def test_without_a_place_for_it_there_is_a_salt_for_now(tmp_path: Path) -> None:
    """A folder that cannot be made does not keep the program from starting."""
    (tmp_path / "data").write_text("a file")
    assert len(library_salt(tmp_path / "data", tmp_path / "state")) == 32


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_disk_that_fails_leaves_nothing_half(
    tmp_path: Path, faults: Callable[[str], Plan], call: str
) -> None:
    """A salt for this run, and the next start makes one."""
    faults(f"{call}:1:ENOSPC")
    assert len(library_salt(tmp_path, tmp_path / "state")) == 32
    assert list(tmp_path.iterdir()) == []


def test_two_programs_that_start_together_have_one_salt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each finds none, then one is first: both go on with its salt, else one could not know the other's orders."""
    link = disk.link

    def too_late(source: Path, target: Path) -> None:
        monkeypatch.undo()
        target.write_text("0123456789abcdef" * 2)
        link(source, target)

    monkeypatch.setattr(disk, "link", too_late)
    assert library_salt(tmp_path, tmp_path / "state") == "0123456789abcdef" * 2
    assert [path.name for path in tmp_path.iterdir()] == ["salt"]
