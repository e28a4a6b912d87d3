"""The draft on disk."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from wan_tui.ui.form.draft import Draft


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    """Every kind of value, any text, in a file for its owner alone."""
    path = tmp_path / "state" / "draft.json"
    values: dict[str, str | int | bool] = {
        "prompt": "cat [/bold] 猫 \x00 \ud83d",
        "seed": "12",
        "watermark": True,
    }
    Draft(path).save(values)
    Draft(path).save(values)
    assert Draft(path).load() == values
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["draft.json"]


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"prompt": [1], "seed": null}', "\xff", "[" * 100_000])
def test_a_damaged_draft_is_no_draft(tmp_path: Path, content: str) -> None:
    """Nothing in the file keeps the program from starting."""
    path = tmp_path / "draft.json"
    path.write_bytes(content.encode("latin-1"))
    assert Draft(path).load() == {}


def test_no_draft_yet(tmp_path: Path) -> None:
    """The first start has none."""
    assert Draft(tmp_path / "nowhere" / "draft.json").load() == {}
