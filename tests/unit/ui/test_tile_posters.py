"""The order in which posters are made ready."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, cast

import pytest

from tests.patience import until
from wan_tui.media.cannot_play import CannotPlay
from wan_tui.media.filmstrip import Filmstrip
from wan_tui.media.picture import Picture, from_rgb
from wan_tui.ui.jobs.tile_posters import PosterWanted, TilePosters
from wan_tui.ui.player.viewing import Viewing

GREY = from_rgb(16, 8, bytes([90]) * 384)


class Shelf:
    """``kept`` lie on the disk; the rest is made, but for ``bad``. Each waits for ``gate``."""

    def __init__(self, kept: set[str], bad: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        self.kept, self.bad = kept, bad
        self.done: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    def poster(self, film: Path) -> Picture | None:
        self.done.append(f"read {film}")
        return GREY if str(film) in self.kept else None

    async def strip(self, film: Path) -> Filmstrip:
        await self.gate.wait()
        self.done.append(f"make {film}")
        if str(film) in self.bad:
            raise CannotPlay("It shows nothing.")
        return Filmstrip((GREY,))


def wanted(name: str) -> PosterWanted:
    return PosterWanted(f"job {name}", Path(name), 1000, 8, 4)


class Gallery:
    def __init__(self, shelf: Shelf) -> None:
        self.came: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.posters = TilePosters(cast(Any, shelf), Viewing(), self._run, self.came.append)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(asyncio.create_task(work))


async def test_what_only_has_to_be_read_comes_first() -> None:
    """In the order of the wishes; what must be made comes after all that."""
    shelf = Shelf({"b", "c"})
    gallery = Gallery(shelf)
    gallery.posters.want([wanted(name) for name in "abcd"])
    await until(lambda: len(gallery.came) == 4)
    assert shelf.done == ["read a", "read b", "read c", "read d", "make a", "make d"]
    assert gallery.came == ["job b", "job c", "job a", "job d"]
    assert gallery.posters.get(wanted("a")) is not None


async def test_what_is_out_of_sight_is_not_made() -> None:
    """Somebody scrolls on while the first is made: of the old page nothing more is."""
    shelf = Shelf(set())
    gallery = Gallery(shelf)
    shelf.gate.clear()
    gallery.posters.want([wanted(name) for name in "abc"])
    await until(lambda: len(shelf.done) == 3)
    gallery.posters.want([wanted(name) for name in "xy"])
    shelf.gate.set()
    await until(lambda: len(gallery.came) == 3)
    assert [what for what in shelf.done if what.startswith("make")] == ["make a", "make x", "make y"]
    assert len(gallery.tasks) == 1


async def test_what_is_there_is_not_asked_for_again() -> None:
    shelf = Shelf({"a"})
    gallery = Gallery(shelf)
    for _ in range(2):
        gallery.posters.want([wanted("a")])
        await until(lambda: gallery.posters.get(wanted("a")))
    assert shelf.done == ["read a"]


async def test_a_film_that_shows_nothing_is_asked_for_once() -> None:
    shelf = Shelf(set(), {"a"})
    gallery = Gallery(shelf)
    gallery.posters.want([wanted("a"), wanted("b")])
    await until(lambda: len(gallery.came) == 2)
    assert gallery.posters.has_none("job a")
    gallery.posters.want([wanted("a"), wanted("b")])
    await asyncio.sleep(0)
    assert shelf.done.count("make a") == 1


@pytest.mark.parametrize("size", [(8, 4), (30, 9)])
async def test_each_size_has_its_tile(size: tuple[int, int]) -> None:
    """No larger than the room, and as large as fits."""
    gallery = Gallery(Shelf({"a"}))
    wish = PosterWanted("job a", Path("a"), 1000, *size)
    gallery.posters.want([wish])
    await until(lambda: gallery.came)
    tile = gallery.posters.get(wish)
    assert tile is not None
    frame = tile.frame
    assert frame.columns <= size[0]
    assert frame.lines <= size[1]
    assert frame.columns == size[0] or frame.lines == size[1]
