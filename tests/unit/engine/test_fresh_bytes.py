"""Whatever a host answers, a part is the beginning of one film, and nothing that is still right is given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from wan_tui.api.film_stream import FilmStream
from wan_tui.domain.errors import NotAFilm, Unavailable
from wan_tui.engine.fresh_bytes import fresh_bytes
from wan_tui.library.part_record import Record
from wan_tui.library.partfile import PartFile

FILM = bytes(range(256)) * 256
PROPERTY = settings(max_examples=150, deadline=None)


async def sent(body: bytes, size: int, broken: bool) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]
    if broken:
        raise Unavailable("The download was interrupted")


async def take(part: PartFile, stream: FilmStream) -> None:
    async for chunk in fresh_bytes(part, stream):
        part.write(chunk)


def other_at(place: int | None) -> bytes:
    """The film with another byte at ``place``."""
    return FILM if place is None else FILM[:place] + bytes([FILM[place] ^ 0xFF]) + FILM[place + 1 :]


@given(
    here=st.integers(1, len(FILM)),
    place=st.none() | st.integers(0, len(FILM) - 1),
    cut=st.none() | st.integers(0, len(FILM)),
    size=st.sampled_from([1000, 16 << 10, 64 << 10]),
    whole=st.booleans(),
    told=st.booleans(),
)
@PROPERTY
def test_a_part_is_the_beginning_of_one_film(
    here: int, place: int | None, cut: int | None, size: int, whole: bool, told: bool
) -> None:
    """After an answer that is whole or a range, of this film or of one that is other at ``place``, cut anywhere."""
    other = other_at(place)
    with TemporaryDirectory() as folder:
        part = PartFile(Path(folder) / "film.mp4", Record("job"))
        part.describe(len(FILM) if told else None, None)
        part.write(FILM[:here])
        start = 0 if whole else part.resume_at
        end = len(FILM) if cut is None else start + cut
        total = len(FILM) if told else None
        stream = FilmStream(
            200 if whole else 206,
            sent(other[start:end], size, broken=cut is not None),
            start=start,
            total=total,
            etag='"new"',
        )
        refused = False
        with suppress(Unavailable):
            try:
                asyncio.run(take(part, stream))
            except NotAFilm:
                refused = True
        content = part.path.read_bytes()
        part.close()
    assert len(content) == part.offset
    differs = place is not None and start <= place < min(here, end)
    if differs:
        assert refused is not whole
        assert content == (FILM[:here] if refused else other[: max(place or 0, min(end, len(other)))])
    else:
        assert not refused
        # What was not compared is as it was; what is new follows only where all that came again was the same.
        assert content == (FILM[:here] + other[here:end] if end > here else FILM[:here])
    compared = end >= here or (differs and whole)
    # What the host says of its film is noted only beside bytes that are known to be of it.
    assert (part._record.etag == '"new"') is (compared and not refused)
