"""The folder and the disk that films are kept on, and who else is there."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.faults.checks import check_films_whole
from tests.faults.conftest import END, Rig
from tests.faults.rig import Await, KeepAlive, Send, http
from tests.faults.service import ETAG
from tests.faults.waiting import asked, current
from tests.patience import PATIENCE, until
from tests.unit.library.jobs import make_film
from wan_tui.api.film_client import FilmClient
from wan_tui.cli.main import cli
from wan_tui.domain.errors import Money
from wan_tui.domain.events import Trouble
from wan_tui.domain.film_state import FilmState
from wan_tui.domain.job import JobState
from wan_tui.engine import order_checks
from wan_tui.library.film_names import film_name
from wan_tui.library.partfile import TRUSTED_OVERLAP

MP4 = {"Content-Type": "video/mp4", "ETag": ETAG}
SHARED_MEMORY = Path("/dev/shm")


@contextmanager
def _largest_file(size: int) -> Iterator[Callable[[], None]]:
    """No file of this process may grow beyond ``size`` bytes until the function that is given is called."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))

    def lift() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    try:
        yield lift
    finally:
        lift()


async def test_disk_full_at_80_percent(rig: Rig) -> None:
    """No room at 80 %: the job says so, what came is kept; when there is room it goes on by itself from there."""
    rig.service.film = make_film(500_000)
    full = len(rig.service.film) * 8 // 10
    with _largest_file(full) as make_room:
        async with rig.engine() as watched:
            job = await rig.order(watched)
            await watched.until(lambda: current(watched, job.id).problem is not None)
            stuck = current(watched, job.id)
            assert stuck.state is JobState.COMPLETED
            assert stuck.problem is not None
            assert (stuck.problem.code, stuck.problem.money) == ("disk_full", Money.CHARGED)
            [part] = (rig.home / "films").glob("*.part")
            assert part.stat().st_size == full
            make_room()
            saved = await watched.reaches(job.id, *END)
    assert saved.state is JobState.SAVED
    assert saved.film_path is not None
    assert Path(saved.film_path).read_bytes() == rig.service.film
    assert rig.service.requests("film")[-1].headers["range"] == f"bytes={full - TRUSTED_OVERLAP}-"


async def test_disk_that_would_not_do(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The film host tells a length for which there is no room: not begun, told, and begun when there is. (That an order
    is held where there is none is another test.)
    """
    monkeypatch.setattr(order_checks, "FILM_ROOM", 0)
    monkeypatch.setattr(order_checks, "LIBRARY_ROOM", 0)
    free = shutil.disk_usage(rig.home)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: free._replace(free=1000))
        async with rig.engine() as watched:
            job = await rig.order(watched)
            await watched.until(lambda: current(watched, job.id).problem is not None)
            problem = current(watched, job.id).problem
            assert problem is not None
            assert problem.code == "disk_full"
            patched.undo()
            assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


@pytest.mark.parametrize("what", ["a file", "a dangling link", "under a file", "read-only"])
async def test_folder_that_cannot_be_used(rig: Rig, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """The folder is a file, a dangling link, under a file, read-only: told, still "completed"; then elsewhere."""
    films = rig.home / "films"
    if what == "a file":
        films.write_text("in the way")
    elif what == "a dangling link":
        films.symlink_to(rig.home / "nowhere" / "at all")
    elif what == "under a file":
        (rig.home / "file").write_text("in the way")
        films = rig.home / "file" / "films"
    else:
        films.mkdir()
        may = os.access  # asked instead of a real read-only folder, in which root could write all the same
        monkeypatch.setattr(os, "access", lambda path, mode: path != films and may(path, mode))
    async with rig.engine(films=films) as watched:
        job = await rig.order(watched)
        await watched.until(lambda: current(watched, job.id).problem is not None)
        problem = current(watched, job.id).problem
        assert problem is not None
        assert (problem.code, problem.money) == ("film_folder", Money.CHARGED)
        assert "choose another folder" in problem.next_step
        assert current(watched, job.id).state is JobState.COMPLETED
    async with rig.engine(films=rig.home / "elsewhere") as watched:
        saved = await watched.reaches(job.id, *END)
    assert saved.state is JobState.SAVED
    assert saved.film_path is not None
    assert Path(saved.film_path).parent == rig.home / "elsewhere"


async def test_folder_deleted_meanwhile(rig: Rig) -> None:
    """The folder is deleted in the middle of a download: made again, fetched again, whole."""
    go_on = asyncio.Event()
    whole = http(200, rig.service.film, headers=MP4).data
    rig.service.play("film", [Send(whole[:3000]), Await(go_on), Send(whole[3000:])])
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await asked(rig.service, "film", 1)
        await until(lambda: any((rig.home / "films").glob("*.part")))
        shutil.rmtree(rig.home / "films")
        go_on.set()
        saved = await watched.reaches(job.id, *END)
    assert saved.state is JobState.SAVED, saved.error
    assert saved.film_path is not None
    assert Path(saved.film_path).exists()


@pytest.mark.skipif(not SHARED_MEMORY.is_dir(), reason="no second file system here")
async def test_another_file_system(rig: Rig) -> None:
    """Films on another file system than the history: saved there."""
    with tempfile.TemporaryDirectory(dir=SHARED_MEMORY) as folder:
        async with rig.engine(films=Path(folder) / "films") as watched:
            saved = await watched.reaches((await rig.order(watched)).id, *END)
        assert saved.state is JobState.SAVED
        check_films_whole(Path(folder) / "films")


@pytest.mark.parametrize("what", ["file", "link to a file", "dangling link", "folder"])
async def test_name_is_taken(rig: Rig, tmp_path: Path, what: str) -> None:
    """The final name exists (the user's file, a link, a folder): never overwritten; the next free name."""
    go_on = asyncio.Event()
    rig.service.play("film", lambda request: [Await(go_on), rig.service.whole_film(request)])
    mine = tmp_path / "mine.txt"
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await asked(rig.service, "film", 1)
        taken = rig.home / "films" / film_name(job)
        if what == "file":
            taken.write_bytes(rig.service.film)
        elif what == "folder":
            taken.mkdir()
        else:
            if what == "link to a file":
                mine.write_text("mine")
            taken.symlink_to(mine)
        before = taken.lstat()
        go_on.set()
        saved = await watched.reaches(job.id, *END)
    assert saved.state is JobState.SAVED
    assert saved.film_path == str(taken.with_name(f"{taken.stem}-2.mp4"))
    assert taken.lstat().st_ino == before.st_ino
    assert not mine.exists() or mine.read_text() == "mine"
    if what != "file":  # the checks walk through all that is there
        taken.rmdir() if what == "folder" else taken.unlink()


async def test_film_removed_by_the_user(rig: Rig) -> None:
    """The file was removed after saving: shown as missing; fetched again while the link lives; the record stays."""
    job = await rig.end_of_one_order()
    assert job.film_path is not None
    Path(job.film_path).unlink()
    async with rig.engine() as watched:
        await watched.until(lambda: len(watched.engine.index) == 1)
        await until(lambda: watched.engine.film_state(job) is FilmState.MISSING)
        await watched.engine.try_again(job.id)
        await until(lambda: Path(job.film_path or "").exists())
    Path(job.film_path).unlink()
    rig.service.always("film", http(403, "<Code>AccessDenied</Code>"))
    async with rig.engine() as watched:
        await watched.until(lambda: len(watched.engine.index) == 1)
        await watched.engine.try_again(job.id)
        await watched.until(lambda: "Trouble" in {type(event).__name__ for event in watched.events})
        assert current(watched, job.id).state is JobState.SAVED


async def test_film_moved_and_linked(rig: Rig) -> None:
    """It is here as long as the link leads to it."""
    job = await rig.end_of_one_order()
    film = Path(job.film_path or "")
    moved = film.rename(film.parent.parent / "elsewhere.mp4")
    film.symlink_to(moved)
    async with rig.engine() as watched:
        await until(lambda: watched.engine.film_state(job) is FilmState.HERE)
        moved.unlink()
        await watched.engine._components.film_watch.look()
        assert watched.engine.film_state(job) is FilmState.MISSING
    film.unlink()


@pytest.mark.parametrize("left", [0, 1000], ids=["emptied", "cut short"])
async def test_film_damaged_by_hand(rig: Rig, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    """Shown as shorter, in doctor as well; fetched again beside what is left of it, which stays."""
    job = await rig.end_of_one_order()
    damaged = Path(job.film_path or "")
    os.truncate(damaged, left)
    rig.service.play("film", http(500))
    monkeypatch.setenv("WAN_TUI_HOME", str(rig.home))
    monkeypatch.setenv("AIMLAPI_BASE_URL", "http://127.0.0.1:9")
    told = await asyncio.to_thread(CliRunner().invoke, cli, ["doctor"])
    assert f"1 film shorter than when saved, e.g. {damaged.name}" in told.stdout
    async with rig.engine() as watched:
        await watched.until(lambda: len(watched.engine.index) == 1)
        await until(lambda: watched.engine.film_state(job) is FilmState.SHORTER)
        await watched.engine.try_again(job.id)
        await until(lambda: any(isinstance(event, Trouble) for event in watched.events))
        [trouble] = [event for event in watched.events if isinstance(event, Trouble)]
        assert trouble.sentence.endswith(". f in the studio fetches it again; the job is kept.")
        async with asyncio.timeout(PATIENCE):
            # The trouble is told while the first try is still ending, and two at a time are one.
            while current(watched, job.id).film_path == job.film_path:
                await watched.engine.try_again(job.id)
                await asyncio.sleep(0.05)
        again = current(watched, job.id)
        assert again.film_path == str(damaged.with_name(f"{damaged.stem}-2.mp4"))
        await until(lambda: watched.engine.film_state(again) is FilmState.HERE)
    assert damaged.stat().st_size == left
    damaged.unlink()  # the checks take every film for a whole one


async def test_film_spoiled_by_hand(rig: Rig) -> None:
    """As long as before, so that only who tries to show it finds out; with the next change it is a film again."""
    job = await rig.end_of_one_order()
    film = Path(job.film_path or "")
    whole = film.read_bytes()
    film.write_bytes(bytes(len(whole)))
    async with rig.engine() as watched:
        await until(lambda: watched.engine.film_state(job) is FilmState.HERE)
        watched.engine.report_spoiled(film)
        await until(lambda: watched.engine.film_state(job) is FilmState.DAMAGED)
        assert "JobChanged" in {type(event).__name__ for event in watched.events}
        await watched.engine.try_again(job.id)
        await until(lambda: current(watched, job.id).film_path != job.film_path)
        again = current(watched, job.id)
        assert Path(again.film_path or "").read_bytes() == whole
        await until(lambda: watched.engine.film_state(again) is FilmState.HERE)
        again_path = Path(again.film_path or "")
        assert again_path.parent == film.parent
        film.write_bytes(whole)
        await watched.engine._components.film_watch.look()
        assert watched.engine.film_state(job) is FilmState.HERE


async def test_two_instances(rig: Rig) -> None:
    """Two instances, the same completed job: one download, one file, both know."""
    go_on = asyncio.Event()
    rig.service.always("film", lambda request: [Await(go_on), rig.service.whole_film(request), KeepAlive()])
    first, second = (
        FilmClient(allow_loopback=True),
        FilmClient(allow_loopback=True),
    )  # with the usual patience
    async with rig.engine(film_client=first) as one, rig.engine(film_client=second) as other:
        job = await rig.order(one)
        await asked(rig.service, "film", 1)
        await other.until(lambda: other.engine.job(job.id) is not None)
        await other.engine.refresh()
        go_on.set()
        await one.reaches(job.id, *END)
        assert (await other.reaches(job.id, *END)) == current(one, job.id)
    assert len(rig.service.requests("film")) == 1
    assert len(list((rig.home / "films").iterdir())) == 1
