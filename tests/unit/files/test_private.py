"""What is written for its owner alone: all of it or nothing."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from wan_tui.files.private import check_writable, make_private_folder, write_private


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """Nothing is kept private by chance."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.parametrize("durable", [True, False])
def test_a_file_is_replaced_as_a_whole(tmp_path: Path, durable: bool) -> None:
    """Readable by its owner alone, with nothing left beside it."""
    path = tmp_path / "file"
    path.write_bytes(b"longer than what follows")
    path.chmod(0o644)
    write_private(path, b"new", durable=durable)
    assert (path.read_bytes(), rights(path)) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_a_durable_file_is_synced_before_it_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its folder afterwards; one that is not durable waits for nothing."""
    done: list[str] = []
    replace = Path.replace

    def fsync(fd: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(fd).st_mode) else f"{os.fstat(fd).st_size} bytes")

    def noted(source: Path, target: Path) -> Path:
        done.append("replace")
        return replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", noted)
    write_private(tmp_path / "file", b"four")
    assert done == ["4 bytes", "replace", "folder"]
    done.clear()
    write_private(tmp_path / "file", b"four", durable=False)
    assert done == ["replace"]


def test_a_folder_that_cannot_be_synced_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some shared ones cannot: the file is in its place all the same."""

    def fsync(fd: int) -> None:
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", fsync)
    write_private(tmp_path / "file", b"x")
    assert (tmp_path / "file").read_bytes() == b"x"


@pytest.mark.parametrize("call", ["fsync", "check", "replace"])
def test_a_failure_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """What was there stays, and nothing else does."""
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    if call != "check":
        monkeypatch.setattr(os if call == "fsync" else Path, call, fail)
    with pytest.raises(OSError, match="full"):
        write_private(path, b"new", check=fail if call == "check" else None)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_check_sees_an_empty_file(tmp_path: Path) -> None:
    """Before anything was given away."""
    seen: list[tuple[int, int]] = []
    write_private(
        tmp_path / "file", b"x", check=lambda facts: seen.append((facts.st_size, facts.st_mode & 0o777))
    )
    assert seen == [(0, 0o600)]


def test_links_are_replaced_and_not_followed(tmp_path: Path) -> None:
    """In the place of the file and of the one it is written to first, whose left-over goes as well."""
    target, path, beside = tmp_path / "target", tmp_path / "file", tmp_path / "file.new"
    target.write_bytes(b"untouched")
    for link in (path, beside):
        link.symlink_to(target)
    write_private(path, b"x", temporary=beside)
    assert target.read_bytes() == b"untouched"
    assert not path.is_symlink()
    assert sorted(tmp_path.iterdir()) == [path, target]


def test_every_folder_that_is_made_is_private(tmp_path: Path) -> None:
    """Those that were there stay as they are."""
    there = tmp_path / "there"
    there.mkdir()
    there.chmod(0o755)
    for _ in range(2):
        make_private_folder(there / "one" / "two")
    assert [rights(path) for path in (there, there / "one", there / "one" / "two")] == [0o755, 0o700, 0o700]


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    """Wherever on the way it lies."""
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(NotADirectoryError):
            make_private_folder(folder)


@pytest.mark.parametrize(("flags", "reason"), [(os.ST_RDONLY, errno.EROFS), (0, errno.EACCES)])
def test_why_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: int, reason: int
) -> None:
    """A read-only disk is not a matter of permissions. Root is refused neither, so the system's answers are set."""
    check_writable(tmp_path)
    facts = os.statvfs(tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(
        os, "statvfs", lambda path: os.statvfs_result((*facts[:8], flags, facts[9], facts.f_fsid))
    )
    with pytest.raises(OSError) as refused:
        check_writable(tmp_path)
    assert refused.value.errno == reason
