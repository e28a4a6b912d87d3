"""The whole library in another place: every command finds its films."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.program import json_lines
from tests.unit.cli.conftest import Shop


@pytest.mark.parametrize("old_record", [False, True])
def test_commands_find_the_films_of_a_moved_library(shop: Shop, home: Path, old_record: bool) -> None:
    """Also one with records of an older version; its film can be asked about by its file."""
    [job] = shop.jobs("generate", "a moved heron", "--wait")
    assert Path(job["film_path"]).parent == home / "wan-tui" / "films"
    history = home / "wan-tui" / "data" / "history.json"
    [record] = json.loads(history.read_text())["_default"].values()
    assert record["film"] == Path(job["film_path"]).name
    if old_record:
        del record["film"]
        history.write_text(json.dumps({"_default": {"1": record}}))
    root = (home / "wan-tui").rename(home / "moved")
    film = root / "films" / record["film_path"].rpartition("/")[2]
    [listed] = shop.jobs("list", WAN_TUI_HOME=str(root))
    assert (listed["film_path"], listed["film_state"]) == (str(film), "here")
    (home / "link").symlink_to(root)
    [shown] = shop.jobs("show", str(film), WAN_TUI_HOME=str(home / "link"))
    assert (shown["id"], shown["film_state"]) == (job["id"], "here")
    done = shop.run("doctor", "--json", WAN_TUI_HOME=str(root))
    assert "missing" not in [finding["name"] for finding in json_lines(done.stdout)]
