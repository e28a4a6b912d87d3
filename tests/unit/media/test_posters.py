from __future__ import annotations

import asyncio
import errno
import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE
from tests.unit.media.films import write_film
from wan_tui.media import film_process, posters
from wan_tui.media.decode import CannotPlay
from wan_tui.media.filmstrip import STILLS, load, make, store
from wan_tui.media.posters import PosterShelf


def test_a_strip_goes_through_the_whole_film(film: Path) -> None:
    """Six different stills from one pass, the first one larger, all in the film's shape."""
    strip = make(film)
    assert len(strip.stills) == STILLS
    assert len({still.pixels for still in strip.stills}) == STILLS
    assert [still.size for still in strip.stills] == [(320, 180)] + [(160, 90)] * 5


def test_a_film_of_one_frame_has_stills_too(tmp_path: Path) -> None:
    """All of them the same."""
    assert len(make(write_film(tmp_path / "one.mp4", frames=1)).stills) == STILLS


def test_what_is_stored_comes_back(film: Path, tmp_path: Path) -> None:
    """Byte for byte, readable by the owner alone."""
    strip = make(film)
    store(strip, tmp_path / "kept")
    assert load(tmp_path / "kept") == strip
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o600


def test_a_damaged_cache_is_no_cache(film: Path, tmp_path: Path) -> None:
    """Cut or overwritten at any place: read as nothing, and made again."""
    store(make(film), tmp_path / "kept")
    whole = (tmp_path / "kept").read_bytes()
    for at in (0, 5, 12, 20, 60, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut").write_bytes(whole[:at])
        assert load(tmp_path / "cut") is None
        (tmp_path / "cut").write_bytes(whole[:at] + b"\xff\x00\xff" + whole[at + 3 :])
        load(tmp_path / "cut")


async def test_made_once_and_found_by_content(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A film that was renamed keeps its poster."""
    shelf = PosterShelf(tmp_path / "stills")
    assert shelf.cached(film) is None
    strip = await shelf.strip(film)
    monkeypatch.setattr(posters, "_make_elsewhere", None)
    renamed = Path(shutil.copy(film, tmp_path / "renamed.mp4"))
    assert await shelf.strip(renamed) == strip


async def test_the_folders_are_the_owners_alone(film: Path, tmp_path: Path) -> None:
    """Those above too, whatever the umask: a poster shows what a private film shows."""
    folder = tmp_path / "home" / "state" / "stills"
    before = os.umask(0)
    try:
        await PosterShelf(folder).strip(film)
    finally:
        os.umask(before)
    for made in (folder, folder.parent, folder.parent.parent):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700


async def test_no_film_is_a_sentence(tmp_path: Path) -> None:
    """Missing, damaged, or one that takes for ever."""
    shelf = PosterShelf(tmp_path / "stills")
    (tmp_path / "noise.mp4").write_bytes(os.urandom(5000))
    for name in ("missing.mp4", "noise.mp4"):
        with pytest.raises(CannotPlay) as caught:
            await shelf.strip(tmp_path / name)
        assert caught.value.message.endswith(".")
    assert not list((tmp_path / "stills").iterdir())


async def test_a_maker_that_hangs_is_stopped(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time limit holds."""
    monkeypatch.setattr(film_process, "_TIME_LIMIT", 0.01)
    with pytest.raises(CannotPlay, match="too long"):
        await PosterShelf(tmp_path).strip(film)


async def test_giving_up_ends_the_maker(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever leaves does not wait for stills, and no process is left behind."""
    makers: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def spy(*_: Any, **kwargs: Any) -> Any:
        makers.append(start([sys.executable, "-c", "import time; time.sleep(60)"], **kwargs))
        return makers[-1]

    monkeypatch.setattr(subprocess, "Popen", spy)
    task = asyncio.create_task(PosterShelf(tmp_path).strip(film))
    while not makers:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(makers[0].wait, 10) != 0


async def test_the_shelf_is_bounded(tmp_path: Path) -> None:
    """What was looked at longest ago goes first."""
    shelf = PosterShelf(tmp_path / "stills", limit=60_000)
    films = [
        write_film(tmp_path / f"{n}.mp4", f"color=c=0x{n}0{n}0{n}0:s=64x64:r=30,noise=alls=40", 2)
        for n in (1, 2)
    ]
    await shelf.strip(films[0])
    (first,) = (tmp_path / "stills").iterdir()
    os.utime(first, (1, 1))
    shelf._limit = first.stat().st_size + 100
    await shelf.strip(films[1])
    assert shelf.cached(films[0]) is None
    assert shelf.cached(films[1]) is not None


async def test_what_was_left_half_made_is_removed(film: Path, tmp_path: Path) -> None:
    """By a maker that was killed, long ago; one at work is left alone."""
    for name, age in (("a.stills.1", 7200), ("b.stills.2", 0)):
        (tmp_path / name).write_bytes(b"half")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    await PosterShelf(tmp_path).strip(film)
    assert not (tmp_path / "a.stills.1").exists()
    assert (tmp_path / "b.stills.2").exists()


def test_a_failing_disk_leaves_nothing_and_is_told(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the words of the system; not as if the film were to blame."""

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(CannotPlay, match=r"No stills of this film: No space left on device\."):
        posters._make(str(film), str(tmp_path / "shelf.stills"))
    assert not list(tmp_path.glob("shelf*"))


async def test_the_key_does_not_reach_the_maker(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what a program needs to start is handed on."""
    monkeypatch.setenv("AIMLAPI_API_KEY", "sk-secret-secret")
    given: dict[str, dict[str, str]] = {}
    start = subprocess.Popen

    def spy(*args: Any, **kwargs: Any) -> Any:
        given["env"] = kwargs["env"]
        return start(*args, **kwargs)

    monkeypatch.setattr(subprocess, "Popen", spy)
    await PosterShelf(tmp_path).strip(film)
    assert not any("AIML" in name or "sk-" in value for name, value in given["env"].items())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name here")
async def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    """Opened like a file it would hold its thread until somebody writes to it."""
    os.mkfifo(tmp_path / "film.mp4")
    shelf = PosterShelf(tmp_path / "stills")
    async with asyncio.timeout(PATIENCE):
        assert await asyncio.to_thread(shelf.cached, tmp_path / "film.mp4") is None
        with pytest.raises(CannotPlay, match="it is a pipe, not a file"):
            await shelf.strip(tmp_path / "film.mp4")


async def test_the_shelf_shows_what_may_be_shown(film: Path, tmp_path: Path) -> None:
    """What ``locate`` refuses has no stills, not even ones that were made before."""

    def refuse(path: Path) -> Path:
        raise CannotPlay("Not that one.")

    await PosterShelf(tmp_path / "stills").strip(film)
    shelf = PosterShelf(tmp_path / "stills", locate=refuse)
    assert shelf.cached(film) is None
    with pytest.raises(CannotPlay, match="Not that one"):
        await shelf.strip(film)
