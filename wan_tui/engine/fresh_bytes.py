"""Which of the bytes that a film host sends are new: those that are here are compared with them, never written again.

What a validator says is one word, the bytes are the last. Where a host sends the whole film although it was asked for
the rest, as much of it as is here already is read past; where it sends other bytes, what is here ends before the
first of those. So whatever a host does, the part is the beginning of one film, and no answer makes it shorter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from wan_tui.api.film_stream import FilmStream
from wan_tui.domain.errors import NotAFilm, Unavailable
from wan_tui.engine.threads import in_thread
from wan_tui.library.partfile import OVERLAP, PartFile


async def fresh_bytes(part: PartFile, stream: FilmStream) -> AsyncIterator[bytes]:
    """The bytes to append to ``part``. What the host said of the film is noted once those that are here are of it.

    Raises NotAFilm where the rest is that of another film, and what ``FilmStream.chunks`` raises.
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
                # Its validators may differ in every answer; by them it would never come further than once.
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
    """What to raise where the host has other bytes than those that are here."""
    return NotAFilm("The film host has another film there now; it is fetched from the start")


def _shorter() -> Unavailable:
    # An end that nobody announced: less than came before is no reason to throw that away.
    return Unavailable("The film broke off on its way: it ended before what is here already")
