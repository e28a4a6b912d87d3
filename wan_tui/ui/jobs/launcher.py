"""What is done with films from the job pane: watching them here, side by side, in stills, or with another player."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wan_tui.domain.job import Job
from wan_tui.domain.request import GenerationRequest
from wan_tui.domain.text import clean_line
from wan_tui.terminal.environment import Surroundings
from wan_tui.ui.jobs.operations import link_lives
from wan_tui.ui.messages import SpoiledFilmFound

if TYPE_CHECKING:
    from wan_tui.domain.rows import JobRow
    from wan_tui.engine.api import EngineApi
    from wan_tui.media.posters import PosterShelf
    from wan_tui.settings import Settings
    from wan_tui.terminal.capabilities import Capabilities
    from wan_tui.ui.compat.suspend import SuspendingApp
    from wan_tui.ui.jobs.downloads import Downloads
    from wan_tui.ui.jobs.gallery_layout import GalleryLayout
    from wan_tui.ui.jobs.job_table import JobTable
    from wan_tui.ui.player.film_item import FilmItem
    from wan_tui.ui.player.player import PlayerScreen
    from wan_tui.ui.player.playlist import Playlist
    from wan_tui.ui.player.poster import Poster
    from wan_tui.ui.player.viewing import Viewing

    Listing = Callable[[], Sequence[JobRow]]
    """Gives the rows to go through, as they are now."""


class FilmLauncher:
    """Opens players for the films of jobs; nothing of them is loaded before it is needed."""

    def __init__(
        self,
        app: SuspendingApp[Any],
        engine: EngineApi,
        settings: Settings,
        surroundings: Surroundings,
        capabilities: Capabilities,
    ) -> None:
        self._app = app
        self._engine = engine
        self._settings = settings
        self._surroundings = surroundings
        self._capabilities = capabilities
        self._players: dict[PlayerScreen, Listing] = {}

    def play(self, job: Job, listed: Listing, *, stills: bool = False) -> None:
        """Play the film of ``job`` here; next and previous go through the films of the ``listed`` rows."""
        self._push(job, listed, stills=stills)

    def play_unopened(self, job: Job, listed: Listing, sentence: str) -> None:
        """Play here what could not be opened, because of ``sentence``, and show the link or else the file."""
        from wan_tui.terminal.opening import may_open

        link = job.video_url or ""
        if link_lives(job, self._engine.service_now()) and may_open(
            link, allow_loopback=self._settings.loopback
        ):
            self._push(job, listed, note=f"{sentence} The link:", link=link)
        else:
            self._push(job, listed, note=f"{sentence} The file: {clean_line(job.film_path or '', 1000)}")

    def compare(self, left: Job, right: Job) -> None:
        """Play two films side by side."""
        from wan_tui.ui.player.compare import CompareScreen
        from wan_tui.ui.player.film_item import film_of

        self._app.push_screen(CompareScreen(film_of(left), film_of(right), self._viewing))

    def poster(self) -> Poster:
        """Return what shows the poster of a film."""
        from wan_tui.ui.player.poster import Poster

        return Poster(self._shelf, self._viewing)

    def gallery(self, table: JobTable, downloads: Downloads) -> GalleryLayout:
        """Return what lays the jobs of ``table`` out as tiles."""
        from wan_tui.ui.jobs.gallery_layout import GalleryLayout
        from wan_tui.ui.jobs.tile_pictures import TilePictures
        from wan_tui.ui.jobs.tile_posters import TilePosters

        # A page of pictures is half a megabyte, which a remote line has better uses for.
        near = not self._app.is_headless and not self._surroundings.over_ssh
        draws = near and self._viewing.still != "cells"
        posters = TilePosters(
            self._shelf,
            self._viewing,
            run=lambda work: table.run_worker(work, group="posters"),
            came=lambda job_id: table.repaint_jobs({job_id}),
            draws=draws,
            spoiled=lambda film: table.post_message(SpoiledFilmFound(film)),
        )
        pictures = TilePictures(table, self._viewing) if draws else None
        aspect = self._viewing.cell_aspect
        return GalleryLayout(self._engine, downloads, posters, pictures, aspect, table.component)

    async def saved(self, job: Job) -> None:
        """A film was just saved: an open player can go on to it, and its stills are made in advance."""
        for player, listed in self._players.items():
            ids = self._with_films(listed())
            if player.film.key in ids:
                player.relist(self._playlist(ids), ids.index(player.film.key))
        from wan_tui.media.decode import CannotPlay

        with suppress(CannotPlay):  # told when it is played
            await self._shelf.strip(Path(job.film_path or ""))

    async def is_sound(self, job: Job) -> bool:
        """Check whether the job's film can still be shown: it may have been damaged unnoticed."""
        from wan_tui.media.decode import CannotPlay, FilmSpoiled

        film = Path(job.film_path or "")
        try:
            await self._shelf.strip(film)
        except FilmSpoiled:
            self._engine.report_spoiled(film)
            return False
        except CannotPlay:
            pass  # nobody here can tell
        return True

    async def hand_over(self, job: Job) -> str | None:
        """Give the terminal to the player of the user's choice; the engine goes on. Returns what went wrong."""
        from textual.app import SuspendNotSupported

        from wan_tui.terminal.external_player import ExternalPlayerFailed, hand_over, player_command
        from wan_tui.terminal.opening import folder_of

        film = Path(job.film_path or "")
        try:
            films = await asyncio.to_thread(folder_of, film, self._settings.paths.film_folders)
            command = await asyncio.to_thread(player_command, self._settings.player or "", film, films)
            with self._app.suspended():
                await hand_over(command, films)
        except ExternalPlayerFailed as error:
            return error.sentence
        except SuspendNotSupported:
            return "There is no terminal to hand over."
        return None

    def _push(
        self, job: Job, listed: Listing, *, note: str = "", link: str = "", stills: bool = False
    ) -> None:
        from wan_tui.ui.player.player import PlayerScreen

        ids = self._with_films(listed())
        if job.id not in ids:
            ids = [job.id]
        player = PlayerScreen(
            self._playlist(ids),
            ids.index(job.id),
            self._viewing,
            self._shelf,
            note=note,
            link=link,
            stills=stills,
        )
        self._players[player] = listed

        def left(_: object) -> None:
            del self._players[player]

        self._app.push_screen(player, left)

    @cached_property
    def _viewing(self) -> Viewing:
        from wan_tui.ui.player.viewing import viewing

        return viewing(self._capabilities, self._surroundings, self._app.no_color, locate=self._locate)

    @cached_property
    def _shelf(self) -> PosterShelf:
        from wan_tui.media.posters import PosterShelf

        return PosterShelf(self._settings.paths.state / "stills", locate=self._locate)

    def _locate(self, film: Path) -> Path:
        """Where ``film`` really lies. Blocks; see ``located``."""
        from wan_tui.ui.player.viewing import located

        return located(film, self._settings.paths.film_folders)

    def _with_films(self, rows: Sequence[JobRow]) -> list[str]:
        """The jobs that have a film now: it may have been saved since the list was put together."""
        now = self._engine.index.row
        return [row.id for row in rows if row.film or ((newer := now(row.id)) is not None and newer.film)]

    def _playlist(self, ids: Sequence[str]) -> Playlist:
        from wan_tui.ui.player.playlist import Playlist

        return Playlist(ids, self._look_up)

    def _look_up(self, job_id: str) -> FilmItem:
        from wan_tui.ui.player.film_item import FilmItem, film_of

        job = self._engine.job(job_id)
        # Another process may have removed it since the list was read.
        return film_of(job) if job else FilmItem(Path(), GenerationRequest("", {}), job_id)
