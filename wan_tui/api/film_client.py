"""Fetching films from wherever their links lead: without the key, without cookies, with nothing that tells who asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wan_tui.api.http_errors import ASKED_AGAIN
from wan_tui.api.url_policy import check_link
from wan_tui.domain.errors import LinkRefused, Unavailable
from wan_tui.domain.hosts import Network

if TYPE_CHECKING:
    from wan_tui.api.film_http import FilmHttp


@dataclass(frozen=True, slots=True)
class FilmLimits:
    """Seconds and bytes. Fewer than ``stall_rate`` bytes a second over ``stall_seconds`` of waiting is a stall."""

    connect_timeout: float = 10.0
    chunk_timeout: float = 30.0
    stall_seconds: float = 60.0
    stall_rate: int = 1024
    size_cap: int = 1 << 30


class FilmStream:
    """A film on its way.

    ``status`` is 200, 206 or 416. ``start``: offset of the first byte that comes, 0 where the host ignored the
    range. ``total``: length of the whole film in bytes where the host told. ``etag``: a strong one, to go on with
    later; ``modified``: the date to go on with where there is none. With 416 there are no bytes: the part on disk is
    the whole film (its length is ``total``) or another one.
    """

    def __init__(
        self,
        status: int,
        source: AsyncIterator[bytes] | None,
        *,
        start: int = 0,
        total: int | None = None,
        etag: str | None = None,
        modified: str | None = None,
        limits: FilmLimits = FilmLimits(),
    ) -> None:
        self.status = status
        self.start = start
        self.total = total
        self.etag = etag
        self.modified = modified
        self._source = source
        self._limits = limits

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes from ``start`` on. Raises Unavailable (broke off, stalled) and LinkRefused (over the size cap)."""
        clock = asyncio.get_running_loop().time
        limits = self._limits
        size = self.start
        waited, got = 0.0, 0
        while self._source is not None:
            asked = clock()
            chunk = await anext(self._source, None)
            if chunk is None:
                return
            # Only waiting counts: a slow disk on our side is no stall of theirs.
            waited, got = waited + clock() - asked, got + len(chunk)
            if waited > limits.stall_seconds:
                if got < limits.stall_rate * waited:
                    raise Unavailable("The film host sends next to nothing", next_step=ASKED_AGAIN)
                waited, got = 0.0, 0
            size += len(chunk)
            if size > limits.size_cap:
                raise _too_long(limits.size_cap)
            yield chunk


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
                raise _too_long(self._limits.size_cap)
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


def _too_long(size_cap: int) -> LinkRefused:
    return LinkRefused(
        f"What the link leads to is longer than {size_cap >> 20:,} MiB, which no film of these models is",
        next_step="Copy its link and look at it in a browser.",
    )
