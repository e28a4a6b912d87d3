"""Finds the new bytes in a film host's answer: bytes already here are compared, never rewritten.

The bytes decide, not the validators. If a host sends the whole film instead of the requested rest, the known part is
skipped; if it sends other bytes, the part is truncated at the first difference. So the part is always the start of
one film, and an answer that merely ends early does not shorten it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from wan_tui.api.film_stream import FilmStream
from wan_tui.domain.errors import NotAFilm, Unavailable
from wan_tui.engine.threads import in_thread
from wan_tui.library.partfile import OVERLAP, PartFile


async def fresh_bytes(part: PartFile, stream: FilmStream) -> AsyncIterator[bytes]:
    """Yield the bytes to append to ``part``. The host's metadata is stored once the known bytes have matched.

    Raises NotAFilm if the rest belongs to another film, and errors of ``FilmStream.chunks``.
    """
    whole = stream.start == 0
    if whole and None not in (part.total, stream.total) and part.total != stream.total:
        await in_thread(part.restart)
    at, here = stream.start, part.offset
    if at == here:
        await _note(part, stream)
    async for chunk in stream.chunks():
        fresh = chunk
        if at < here:
            again, fresh = chunk[: here - at], chunk[here - at :]
            same = await in_thread(part.same, again, at)
            at += same
            if same < len(again):
                if not whole:
                    raise another_film()
                await in_thread(part.restart, at=at)
                here, fresh = at, chunk[same:]
            elif whole and at >= min(OVERLAP, here):
                # The host may send new validators with every answer: relying on them, it could never resume.
                await in_thread(part.go_by_bytes)
            if at == here:
                await _note(part, stream)
        if fresh:
            yield fresh
    if at < here:
        raise _shorter() if whole else another_film()


async def _note(part: PartFile, stream: FilmStream) -> None:
    await in_thread(part.describe, stream.total, stream.etag, stream.modified)


def another_film() -> NotAFilm:
    """The error if the host's bytes differ from those already here."""
    return NotAFilm("The film host now has another film there; it is fetched from the start")


def _shorter() -> Unavailable:
    # A truncated answer is no reason to drop the bytes already here.
    return Unavailable("The download was interrupted: the host sent less than is already here")
