"""What a film comes as: odd types, codings, lengths and validators. The bytes decide, and no byte is wasted."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import END, Rig
from tests.faults.rig import Recorded, Reset, Send, Step, http
from tests.faults.waiting import changes, current
from tests.patience import until
from tests.unit.library.jobs import make_film
from tests.unit.library.test_unwrap import deflate
from wan_tui.domain.job import Job, JobState
from wan_tui.library.films import FilmFolder

DATED = {"Last-Modified": "Sat, 28 Nov 2026 10:00:00 GMT"}
SIGNATURE = b";chunk-signature=" + b"a" * 64


def framed(film: bytes, extension: bytes = SIGNATURE, size: int = 1500) -> bytes:
    parts = [film[at : at + size] for at in range(0, len(film), size)] + [b""]
    return b"".join(b"%x" % len(part) + extension + b"\r\n" + part + b"\r\n" for part in parts)


async def saved(rig: Rig) -> Job:
    job = await rig.end_of_one_order()
    assert job.state is JobState.SAVED, job.error
    [film] = (rig.home / "films").iterdir()
    assert str(film) == job.film_path
    return job


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain; charset=utf-8"},
        {"Content-Type": "application/json"},
        {"Content-Type": "text/html"},
        {"Content-Encoding": "aws-chunked"},
        {"Content-Encoding": ""},
        {"Content-Encoding": "br, x-unknown"},
        {"Content-Encoding": "gzip"},
    ],
    ids=str,
)
async def test_a_film_by_another_name(rig: Rig, headers: dict[str, str]) -> None:
    """A film is a film whatever its host calls it: fetched once."""
    rig.service.always("film", lambda _: http(200, rig.service.film, headers=headers))
    job = await saved(rig)
    assert Path(job.film_path or "").read_bytes() == rig.service.film
    assert len(rig.service.requests("film")) == 1


@pytest.mark.parametrize("kind", [b"free", b"wide", b"skip", b"uuid"])
@pytest.mark.parametrize("named", ["video/mp4", "text/plain"])
async def test_a_film_that_begins_otherwise(rig: Rig, kind: bytes, named: str) -> None:
    """The file type need not come first, nor at all."""
    rig.service.film = film = rig.service.film[:4] + kind + rig.service.film[8:]
    rig.service.always("film", lambda _: http(200, film, headers={"Content-Type": named}))
    job = await saved(rig)
    assert Path(job.film_path or "").read_bytes() == film
    assert len(rig.service.requests("film")) == 1


@pytest.mark.parametrize(
    "wrap",
    [
        gzip.compress,
        zlib.compress,
        deflate,
        framed,
        lambda film: framed(film, b""),
        lambda film: b"\xef\xbb\xbf\r\n" + film,
        lambda film: gzip.compress(gzip.compress(film)),
        lambda film: gzip.compress(framed(film)),
    ],
    ids=["gzip", "zlib", "deflate", "aws-chunked", "chunks in chunks", "mark before", "gzip twice", "both"],
)
async def test_a_film_in_a_wrapping(rig: Rig, wrap: Callable[[bytes], bytes]) -> None:
    """Taken out of it, by its bytes alone; a break in the middle is gone on from."""
    body = wrap(rig.service.film)

    def film(request: Recorded) -> Step | list[Step]:
        if not (wanted := request.headers.get("range")):
            return [Send(http(200, body).data[: len(body) // 2]), Reset()]
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        return http(
            206, body[start:], headers={"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
        )

    rig.service.always("film", film)
    job = await saved(rig)
    assert Path(job.film_path or "").read_bytes() == rig.service.film
    assert len(rig.service.requests("film")) == 2


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b"<html>please wait</html>"),
        gzip.compress(gzip.compress(b"<html>please wait</html>")),
        b"please wait",
        b'["wait"]',
        b"The free tier has ended; please wait and try again",
        gzip.compress(bytes(1 << 20)),
        b"",
    ],
    ids=[
        "page in gzip",
        "page in gzip in gzip",
        "words",
        "list",
        "a word of four letters",
        "zeros in gzip",
        "nothing",
    ],
)
async def test_a_page_stays_a_page(rig: Rig, body: bytes) -> None:
    """Called a film, it is none: asked for again, and nothing empty is kept."""
    rig.service.play("film", *[http(200, body, headers={"Content-Type": "video/mp4"})] * 2)
    job = await saved(rig)
    assert Path(job.film_path or "").read_bytes() == rig.service.film


@pytest.mark.parametrize("named", ["gzip", "gzip, gzip", "br", ""])
@pytest.mark.parametrize("times", [0, 1, 2, 3])
async def test_how_often_it_is_folded_is_told_by_its_bytes(rig: Rig, named: str, times: int) -> None:
    """Whatever the host calls it, also with a length that is too long: fetched, and taken out."""
    body = rig.service.film
    for _ in range(times):
        body = gzip.compress(body)
    headers = {"Content-Encoding": named, "Content-Type": "text/html"}
    rig.service.always("film", lambda _: http(200, body, headers=headers, length=len(body) + 9))
    job = await saved(rig)
    assert Path(job.film_path or "").read_bytes() == rig.service.film
    assert len(rig.service.requests("film")) == 2  # the second one ends at the same byte


async def test_nothing_again_and_again_leaves_nothing(rig: Rig) -> None:
    """Five empty answers: the user's turn, and no empty file is kept for a look."""
    rig.service.always("film", http(200, b""))
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await watched.until(lambda: watched.engine.stuck(current(watched, job.id)))
        assert list((rig.home / "films").iterdir()) == []


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
@pytest.mark.parametrize("told", [-1, 100, -100, 10_000], ids=["none", "short", "shorter", "too long"])
async def test_a_wrong_length(rig: Rig, told: int, ranges: bool) -> None:
    """No length, or a wrong one: what counts is whether the film is whole."""
    whole = rig.service.film
    length = told if told in (-1, 100) else len(whole) + told

    def film(request: Recorded) -> Step:
        if ranges and "range" in request.headers:
            return rig.service.whole_film(request)
        return http(200, whole, length=length, headers={"ETag": '"e-1"'})

    if told in (100, -100) and not ranges:
        rig.service.play("film", *[film] * 3)  # nobody could have it all then
    else:
        rig.service.always("film", film)
    job = await saved(rig)
    assert Path(job.film_path or "").read_bytes() == whole


@pytest.mark.parametrize("headers", [DATED, {}, {"ETag": 'W/"weak"'}, {"ETag": "bare"}], ids=str)
async def test_a_break_without_a_strong_etag(rig: Rig, headers: dict[str, str]) -> None:
    """Gone on from where it broke off; a few bytes come twice, to be compared."""
    whole = rig.service.film = make_film(200_000)

    def film(request: Recorded) -> Step | list[Step]:
        start = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        told = {"Content-Range": f"bytes {start}-{len(whole) - 1}/{len(whole)}"} if start else {}
        answer = http(206 if start else 200, whole[start:], headers={**headers, **told})
        return answer if start > 150_000 else [Send(answer.data[:90_000]), Reset()]

    rig.service.always("film", film)
    job = await saved(rig)
    assert Path(job.film_path or "").read_bytes() == whole
    requests = rig.service.requests("film")
    starts = [int(r.headers.get("range", "bytes=0-")[6:-1]) for r in requests]
    assert starts[0] == 0
    assert all(start > 60_000 for start in starts[1:])
    assert {r.headers.get("if-range") for r in requests[1:]} == {headers.get("Last-Modified")}


@pytest.mark.parametrize("length", ["same", "longer"])
async def test_another_film_there_now(rig: Rig, length: str) -> None:
    """Without a validator, the host has other bytes now: seen before a byte is appended, and fetched from the start."""
    first = make_film(100_000)
    second = rig.service.film = make_film(100_000 if length == "same" else 100_001)[:-1] + b"\x1c"
    if length == "same":
        second = rig.service.film = first[:40_000] + bytes(2000) + first[42_000:]

    def film(request: Recorded) -> Step:
        start = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        told = {"Content-Range": f"bytes {start}-{len(second) - 1}/{len(second)}"} if start else {}
        return http(206 if start else 200, second[start:], headers=told)

    rig.service.play("film", [Send(http(200, first).data[:42_000]), Reset()])
    rig.service.always("film", film)
    job = await saved(rig)
    assert Path(job.film_path or "").read_bytes() == second


async def test_bytes_after_the_film_are_kept(rig: Rig) -> None:
    """A host pads what it sends: a film all the same, as it came."""
    whole = rig.service.film + bytes(512)
    rig.service.always("film", lambda _: http(200, whole))
    job = await saved(rig)
    assert Path(job.film_path or "").read_bytes() == whole


# Two processes at one film, their leases lost


async def test_a_part_that_another_process_writes(rig: Rig) -> None:
    """Its reason is plain, its turn comes, and what the other one finished is adopted: fetched once."""
    rig.service.play("status", rig.service.answer_status)
    films = FilmFolder(rig.home / "films")
    async with rig.engine(look_after=False) as watched:
        job = await rig.order(watched)
        job = await watched.reaches(job.id, JobState.COMPLETED, JobState.QUEUED)
    part = films.open_part(job)
    async with rig.engine() as watched:
        await watched.until(
            lambda: any(seen.problem and seen.problem.code == "film_busy" for seen in changes(watched))
        )
        assert rig.service.requests("film") == []
        part.close()
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


async def test_two_engines_without_leases(rig: Rig) -> None:
    """Both look after the same job at once: one film, whole, and both know."""
    async with rig.engine() as one, rig.engine() as other:
        other.engine._parts.leases.try_acquire = lambda job_id: True  # type: ignore[method-assign]
        one.engine._parts.leases.try_acquire = lambda job_id: True  # type: ignore[method-assign]
        jobs = [await rig.order(one, f"film {number}") for number in range(4)]
        for job in jobs:
            a, b = await one.reaches(job.id, *END), await other.reaches(job.id, *END)
            assert (a.state, a.film_path) == (b.state, b.film_path) == (JobState.SAVED, a.film_path)
    names = os.listdir(rig.home / "films")
    assert len(names) == 4
    await until(lambda: len(rig.service.requests("film")) == 4)


@pytest.mark.parametrize("place", [".part", ".part.json", ""], ids=["part", "record", "film"])
async def test_a_pipe_in_the_way(rig: Rig, place: str) -> None:
    """A pipe in place of film, part or record: nothing waits for it; the next free name."""
    from wan_tui.library.film_names import film_name

    async with rig.engine(look_after=False) as watched:
        job = await watched.reaches((await rig.order(watched)).id, JobState.QUEUED)
    (rig.home / "films").mkdir(exist_ok=True)
    pipe = rig.home / "films" / (film_name(job) + place)
    os.mkfifo(pipe)
    async with rig.engine() as watched:
        saved = await watched.reaches(job.id, *END)
    assert saved.film_path is not None
    assert Path(saved.film_path).read_bytes() == rig.service.film
    pipe.unlink()
