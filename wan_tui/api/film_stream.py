"""A film being received, with its limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from wan_tui.api.http_errors import RETRYING
from wan_tui.domain.errors import LinkRefused, Unavailable


@dataclass(frozen=True, slots=True)
class FilmLimits:
    """Limits in seconds and bytes. Below ``stall_rate`` bytes per second over ``stall_seconds``, a film stalls."""

    connect_timeout: float = 10.0
    chunk_timeout: float = 30.0
    stall_seconds: float = 60.0
    stall_rate: int = 1024
    size_cap: int = 1 << 30


class FilmStream:
    """A film being received.

    ``status`` is 200, 206 or 416. ``start``: offset of the first byte, 0 if the host ignored the range. ``total``:
    length of the whole film in bytes, if the host stated it. ``etag``: a strong validator for resuming; ``modified``:
    the date to use without one. With 416 there are no bytes: the part on disk is the whole film (if its length is
    ``total``) or belongs to another one.
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
        """Yield the bytes from ``start``. Raises Unavailable (interrupted, stalled) and LinkRefused (too large)."""
        clock = asyncio.get_running_loop().time
        limits = self._limits
        size = self.start
        waited, got = 0.0, 0
        while self._source is not None:
            asked = clock()
            chunk = await anext(self._source, None)
            if chunk is None:
                return
            # Only time spent waiting counts: a slow disk here is not the host's fault.
            waited, got = waited + clock() - asked, got + len(chunk)
            if waited > limits.stall_seconds:
                if got < limits.stall_rate * waited:
                    raise Unavailable("The film host sends almost no data", next_step=RETRYING)
                waited, got = 0.0, 0
            size += len(chunk)
            if size > limits.size_cap:
                raise too_long(limits.size_cap)
            yield chunk


def too_long(size_cap: int) -> LinkRefused:
    """The error for a film of more than ``size_cap`` bytes."""
    return LinkRefused(
        f"The file behind the link is larger than {size_cap >> 20:,} MiB: no film of these models is",
        next_step="Copy its link and open it in a browser.",
    )
