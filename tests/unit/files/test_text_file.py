"""Text files as people's editors leave them, and what may lie in the place of one."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from wan_tui.files.text_file import LIMIT, Unreadable, decode, read_text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        (b"a\nb", "a\nb"),
        (b"\xef\xbb\xbfa = 1\r\nb = 2\r\n", "a = 1\nb = 2\n"),
        (b"old\rmac", "old\nmac"),
        ("ä 日本 \U0001f3ac".encode(), "ä 日本 \U0001f3ac"),
    ],
)
def test_what_is_utf_8_is_read(raw: bytes, text: str) -> None:
    """With a byte order mark or without, with the line ends of any system."""
    assert decode(raw) == text


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("a = 1".encode("utf-16"), "it is UTF-16 text, not UTF-8"),
        (b"\xfe\xff" + "a = 1".encode("utf-16-be"), "it is UTF-16 text, not UTF-8"),
        ("base_url = 'x'".encode("utf-16-le"), "it is UTF-16 text, not UTF-8"),
        ("a = 1".encode("utf-32"), "it is UTF-32 text, not UTF-8"),
        (b"x" * (LIMIT + 1), "it is larger than 1024 KiB"),
    ],
)
def test_another_encoding_is_told_by_its_name(raw: bytes, reason: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(Unreadable) as error:
        decode(raw)
    assert (error.value.reason, error.value.line) == (reason, None)


def test_the_first_byte_that_is_no_text_is_told_by_its_place() -> None:
    """Counted in characters, as an editor does; the byte order mark is none."""
    with pytest.raises(Unreadable) as error:
        decode(b"\xef\xbb\xbfone\r\n" + "zw\u00f6lf ".encode() + b"\xe9")
    assert (error.value.line, error.value.column) == (2, 7)


def test_what_is_not_there_is_not_there(tmp_path: Path) -> None:
    """That is for the caller to judge."""
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "no" / "file")


@pytest.mark.parametrize(
    "kind", ["folder", "pipe", "socket", "device", "link", "folder link", "loop", "secret"]
)
def test_what_is_no_ordinary_file_is_told_at_once(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe without a writer must not be waited for."""
    place, told = tmp_path / "there" / "file", kind
    place.parent.mkdir()
    match kind:
        case "folder":
            place.mkdir()
        case "pipe":
            os.mkfifo(place)
        case "socket":
            monkeypatch.chdir(place.parent)  # the path of a socket must be short
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind("file")
        case "device":
            place.symlink_to("/dev/zero")
        case "link":
            place.symlink_to(tmp_path / "gone")
        case "folder link":
            place.parent.rmdir()
            place.parent.symlink_to(tmp_path / "gone")
            told = "broken symbolic link"
        case "loop":
            place.symlink_to(place)
            told = "symbolic links"
        case "secret":
            place.write_text("x")
            place.chmod(0)
            told = "permission denied"
            if os.geteuid() == 0:
                pytest.skip("nothing is closed to root")
    with pytest.raises(Unreadable) as error:
        read_text(place)
    assert told in error.value.reason
