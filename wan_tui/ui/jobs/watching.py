"""From jobs to films on the screen: the screens that show them, and their stills."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, overload

from wan_tui.media.decode import CannotPlay
from wan_tui.media.posters import PosterShelf
from wan_tui.ui.player.film_item import FilmItem
from wan_tui.ui.player.viewing import Viewing

if TYPE_CHECKING:
    from wan_tui.ui.player.compare import CompareScreen
    from wan_tui.ui.player.player import PlayerScreen
    from wan_tui.ui.player.poster import Poster


class Playlist(Sequence[FilmItem]):
    """The films of the jobs ``ids``, each looked up when it is wanted: a library may hold 100,000 of them."""

    def __init__(self, ids: Sequence[str], film: Callable[[str], FilmItem]) -> None:
        self._ids = ids
        self._film = film

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, at: int) -> FilmItem: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[FilmItem]: ...

    def __getitem__(self, at: int | slice) -> FilmItem | Sequence[FilmItem]:
        return Playlist(self._ids[at], self._film) if isinstance(at, slice) else self._film(self._ids[at])


class Watching:
    """Makes what shows films on this terminal. The player is imported when it is first wanted."""

    def __init__(self, viewing: Viewing, shelf: PosterShelf) -> None:
        self._viewing = viewing
        self._shelf = shelf

    def player(
        self, films: Sequence[FilmItem], start: int, *, note: str = "", link: str = "", stills: bool = False
    ) -> PlayerScreen:
        """Plays ``films`` from ``start`` on; see PlayerScreen."""
        from wan_tui.ui.player.player import PlayerScreen

        return PlayerScreen(films, start, self._viewing, self._shelf, note=note, link=link, stills=stills)

    def comparison(self, left: FilmItem, right: FilmItem) -> CompareScreen:
        """Plays both side by side."""
        from wan_tui.ui.player.compare import CompareScreen

        return CompareScreen(left, right, self._viewing)

    def poster(self) -> Poster:
        """Shows the poster of a film."""
        from wan_tui.ui.player.poster import Poster

        return Poster(self._shelf, self._viewing)

    async def prepare(self, film: Path) -> None:
        """Make the stills of ``film`` before anybody asks for them; one that has none is passed over."""
        with suppress(CannotPlay):
            await self.check(film)

    async def check(self, film: Path) -> None:
        """See whether ``film`` can be shown. Raises CannotPlay."""
        await self._shelf.strip(film)
