"""The path of a film as terminals paste it when a file is dropped on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from wan_tui.ui.dialogs.recipe_file import path_of


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" 'a b.mp4' ", "a b.mp4"),
        ('"x.mp4"', "x.mp4"),
        ("file:///f/a%20b.mp4", "/f/a b.mp4"),
        (r"other\ [name].mp4", "other [name].mp4"),
        (r"a\ \(1\)\ \&\ b\'s.mp4 ", "a (1) & b's.mp4"),
        (r"'it'\''s.mp4'", "it's.mp4"),
        (r"'as \it is.mp4'", r"as \it is.mp4"),
        ("two words.mp4", "two words.mp4"),
        ("it's.mp4", "it's.mp4"),
        ("'file:///f/a%20b.mp4'", "/f/a b.mp4"),
        ("ends.mp4\\", "ends.mp4\\"),
        ("''", "''"),
    ],
)
def test_a_path_as_terminals_paste_it(text: str, name: str) -> None:
    """Escaped, quoted, or as a link; what no shell could read, or would take for several words, is as typed."""
    assert path_of(text) == Path(name)


@pytest.mark.parametrize("name", [r"a\ b.mp4", "'quoted.mp4'", r"c\d.mp4"])
def test_a_file_that_really_has_that_name_comes_first(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Backslashes and quotes are letters of a name like others."""
    monkeypatch.chdir(tmp_path)
    Path(name).touch()
    assert path_of(name) == Path(name)


def test_that_holds_below_the_home_folder_too(home: Path) -> None:
    """There the tilde is no letter of the name."""
    (home / r"a\ b.mp4").touch()
    assert path_of(r"~/a\ b.mp4") == home / r"a\ b.mp4"
    assert path_of(r"~/c\ d.mp4") == home / "c d.mp4"


def test_a_tilde_is_the_home_folder(home: Path) -> None:
    """As in a shell; a user that is not there stays as typed."""
    assert path_of("~/f.mp4") == home / "f.mp4"
    assert path_of("~nobody-of-that-name/f.mp4") == Path("~nobody-of-that-name/f.mp4")
