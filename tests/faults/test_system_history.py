"""A history that is damaged, newer, older, large, or emptied by hand: paid films stay known, nothing is silent."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from tinydb import TinyDB

from tests.faults.checks import check_key_answered
from tests.faults.conftest import Rig
from tests.faults.program import Program
from tests.faults.test_system_signals import answer_time
from tests.ui.pty_screen import PtyScreen
from tests.unit.library.jobs import make_job
from wan_tui.domain.errors import LibraryTooNew
from wan_tui.domain.events import LibraryLoaded
from wan_tui.domain.job import JobState
from wan_tui.library.history import History

Damage = Callable[[bytes], bytes]
DAMAGES: dict[str, Damage] = {
    "empty": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "binary": lambda content: bytes(range(256)) * 40,
    "[]": lambda content: b"[]",
    "null": lambda content: b"null",
    "one byte": lambda content: content.replace(b'"state"', b'"st\x00te"', 1),
    "50 MB": lambda content: b"x" * (50 << 20),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
async def test_a_damaged_history(rig: Rig, damage: Damage) -> None:
    """History empty, cut, binary, ``[]``, 50 MB → set aside, rebuilt, told, never overwritten silently."""
    async with rig.engine() as watched:
        jobs = [await rig.order(watched, f"before {number}") for number in range(2)]
        for job in jobs:
            await watched.reaches(job.id, JobState.SAVED)
    path = rig.home / "data" / "history.json"
    path.write_bytes(damaged := damage(path.read_bytes()))
    async with rig.engine() as watched:
        await watched.until(lambda: any(isinstance(event, LibraryLoaded) for event in watched.events))
        [loaded] = [event for event in watched.events if isinstance(event, LibraryLoaded)]
        assert loaded.warnings
        job = await rig.order(watched, "after")
        await watched.reaches(job.id, JobState.SAVED)
        assert {row.id for row in watched.engine.index.rows()} == {job.id, *(job.id for job in jobs)}
    if damaged:
        assert damaged in [aside.read_bytes() for aside in path.parent.glob("*.damaged-*")]
    with TinyDB(path, access_mode="r") as stock:
        assert len(stock.all()) == 3


async def test_a_history_of_a_newer_version(rig: Rig) -> None:
    """From a newer version → read only: jobs are shown, an order is refused, not a byte changes."""
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await watched.reaches(job.id, JobState.SAVED)
    path = rig.home / "data" / "history.json"
    data = json.loads(path.read_bytes())
    data["_meta"]["1"]["format"] = 99
    path.write_text(json.dumps(data))
    before = path.read_bytes()
    async with rig.engine() as watched:
        await watched.until(lambda: len(watched.engine.index.rows()) == 1)
        with pytest.raises(LibraryTooNew, match="newer version"):
            await rig.order(watched)
    assert path.read_bytes() == before
    assert len(rig.service.ids) == 1


async def test_records_of_a_newer_version(rig: Rig) -> None:
    """Upgrade, then down again → readable; fields that this version does not know are kept."""
    async with rig.engine(look_after=False) as watched:
        job = await rig.order(watched)
        await watched.reaches(job.id, JobState.QUEUED)
    path = rig.home / "data" / "history.json"
    with TinyDB(path) as newer:
        newer.update({"layout": 7, "hologram": {"depth": [1, 2]}})
        newer.table("scents").insert({"name": "rain"})
    await rig.recover()
    with TinyDB(path, access_mode="r") as stock:
        [record] = stock.all()
        assert (record["state"], record["layout"], record["hologram"]) == ("saved", 7, {"depth": [1, 2]})
        assert stock.table("scents").all() == [{"name": "rain"}]


async def test_a_job_that_ends_in_the_trash(rig: Rig) -> None:
    """Completed for a job deleted locally → not resurrected; its film, which was paid for, is there."""
    async with rig.engine(look_after=False) as watched:
        job = await rig.order(watched)
        await watched.reaches(job.id, JobState.QUEUED)
        await watched.engine.trash([job.id], True)
    async with rig.engine() as watched:
        ended = await watched.reaches(job.id, JobState.SAVED)
    assert ended.trashed_at is not None
    assert Path(ended.film_path or "").exists()


async def test_a_history_removed_by_hand_while_running(rig: Rig) -> None:
    """What is in memory is all there is, and is written again: the running order is not lost."""
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, JobState.QUEUED)
        for path in filter(Path.is_file, (rig.home / "data").iterdir()):
            path.unlink()
        await watched.reaches(job.id, JobState.SAVED)


def test_ten_thousand_records(program: Program) -> None:
    """10 000 records → typing is not held up by writing."""
    history = History.open(program.home / "data")
    history.add_many([make_job(number, state=JobState.CANCELLED) for number in range(10_000)])
    history.close()
    with program.studio() as studio:
        program.order_in(studio, "one more")
        studio.until(lambda: "✓ saved" in studio.text())
        for letters in ("ahoy", "belay", "caulk"):
            check_key_answered(answer_time(studio, letters, partial(shows, studio, letters)))


def shows(studio: PtyScreen, text: str) -> bool:
    return text in studio.text()
