"""Ordinary files are opened; whatever else lies in their place is told, and nobody waits for it."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from wan_tui.files.opening import open_regular


def content(path: Path, *, follow: bool = True) -> bytes:
    with os.fdopen(open_regular(path, follow=follow), "rb") as file:
        return file.read()


def test_an_ordinary_file_is_opened(tmp_path: Path) -> None:
    """Also through a link, unless that is not wanted."""
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    assert content(tmp_path / "file", follow=False) == content(tmp_path / "link") == b"x"
    with pytest.raises(OSError, match="it is a symbolic link") as error:
        open_regular(tmp_path / "link", follow=False)
    assert error.value.errno == errno.ELOOP


@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_RDWR, os.O_WRONLY | os.O_APPEND | os.O_CREAT])
@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
def test_what_is_no_ordinary_file_is_told(tmp_path: Path, kind: str, flags: int) -> None:
    """However it is to be opened."""
    place = tmp_path / "place"
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to("/dev/zero")
    with pytest.raises(OSError, match=f"it is a {kind}, not a file"):
        open_regular(place, flags)


def test_what_takes_the_place_of_a_file_meanwhile_is_told_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the opening; nothing stays open."""
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    before = os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd") else []
    facts = os.stat(tmp_path / "file")
    monkeypatch.setattr(os, "stat", lambda *_, **__: facts)
    with pytest.raises(OSError, match="it is a pipe, not a file"):
        open_regular(tmp_path / "pipe")
    monkeypatch.undo()
    assert len(os.listdir("/proc/self/fd") if before else []) == len(before)


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    """And what is there, be it a link, is left alone where only a new one is wanted."""
    os.close(open_regular(tmp_path / "new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, follow=False))
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        open_regular(tmp_path / "link", os.O_WRONLY | os.O_CREAT | os.O_EXCL, follow=False)


def test_what_is_not_there_is_not_there(tmp_path: Path) -> None:
    """Nothing is made that was not asked for."""
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")
    assert not list(tmp_path.iterdir())
