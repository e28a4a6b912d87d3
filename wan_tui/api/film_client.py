"""Fetching films from wherever their links lead: without the key, without cookies, with nothing that tells who asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from wan_tui.api.film_stream import FilmLimits, FilmStream, too_long
from wan_tui.api.url_policy import check_link
from wan_tui.domain.hosts import Network

if TYPE_CHECKING:
    from wan_tui.api.film_http import FilmHttp


class FilmClient:
    """One client for all film hosts. Cheap to make: httpx is loaded at the first film, in a thread."""

    def __init__(
        self,
        *,
        allow_loopback: bool,
        allow_plain_http: bool = False,
        trust_networks: Sequence[Network] = (),
        chunk_timeout: float = 30.0,
        size_cap: int = 1 << 30,
        stall_seconds: float = 60.0,
    ) -> None:
        """``allow_loopback`` only with the simulator. ``allow_plain_http``: where a link is plain http and its host
        does not offer https. ``trust_networks``: those that a host's name may lead to although they are not public.
        Times are seconds, ``size_cap`` is bytes.
        """
        self._allow_loopback = allow_loopback
        self._allow_plain_http = allow_plain_http
        self._trust_networks = tuple(trust_networks)
        self._limits = FilmLimits(chunk_timeout=chunk_timeout, stall_seconds=stall_seconds, size_cap=size_cap)
        self._source: FilmHttp | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def open(
        self, url: str, *, start: int = 0, etag: str | None = None, modified: str | None = None
    ) -> AsyncIterator[FilmStream]:
        """Ask for a film, from byte ``start`` on if it is still the one of ``etag``, or of the date ``modified``.

        Without a strong ``etag`` it may be another film all the same: compare some bytes before going on with it.

        Raises LinkDead (expired, refused, gone: ask the service for another link), LinkRefused (not to be followed,
        or too large), NotAFilm (a page, nothing), Unavailable (try again), NotReady (proxies, certificates).
        """
        checked = check_link(url, allow_loopback=self._allow_loopback)
        source = await self._open()
        async with source.ask(checked, start, etag or modified) as film:
            if film.total is not None and film.total > self._limits.size_cap:
                raise too_long(self._limits.size_cap)
            yield film

    async def aclose(self) -> None:
        if self._source is not None:
            await self._source.aclose()
            self._source = None

    async def _open(self) -> FilmHttp:
        async with self._opening:
            if self._source is None:
                self._source = await asyncio.to_thread(self._make_source)
            return self._source

    def _make_source(self) -> FilmHttp:
        from wan_tui.api.film_http import FilmHttp

        return FilmHttp(
            allow_loopback=self._allow_loopback,
            allow_plain_http=self._allow_plain_http,
            trust_networks=self._trust_networks,
            limits=self._limits,
        )
