"""Fetches films from untrusted hosts: without the key, cookies, or anything that identifies the user."""

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
    """One client for all film hosts. Cheap to create: httpx is imported at the first film, in a thread."""

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
        """``allow_loopback``: only for the simulator. ``allow_plain_http``: fall back to http if the link is http and
        the host offers no https. ``trust_networks``: non-public networks that hosts may resolve to. Times in seconds,
        ``size_cap`` in bytes.
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
        """Request a film, from byte ``start`` on if it still has this ``etag`` or ``modified`` date.

        Without a strong ``etag`` it may be another film: compare some bytes before resuming.

        Raises LinkDead (expired, refused, gone: ask the service for another link), LinkRefused (rejected by us, too
        large), NotAFilm (a page, or empty), Unavailable (retry), NotReady (proxies, certificates).
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
