"""The list of films for a player."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

from wan_tui.ui.player.film_item import FilmItem


class Playlist(Sequence[FilmItem]):
    """The films of the jobs ``ids``, looked up on demand: a library may have 100,000."""

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
