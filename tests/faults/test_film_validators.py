"""Hosts whose validators say one thing and their bytes another: every answer brings the film on, and none is mixed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import Rig
from tests.faults.rig import Recorded, Reset, Send, Step, http
from tests.faults.test_film_bytes import saved
from tests.unit.library.jobs import make_film

FILM = make_film(300_000)
CUT = 60_000
Headers = Callable[[int], dict[str, str]]

CHANGING: dict[str, Headers] = {
    "etag": lambda n: {"ETag": f'"node{n}"'},
    "weak etag and date": lambda n: {
        "ETag": f'W/"{n}"',
        "Last-Modified": f"Sat, 28 Nov 2026 10:00:{n % 60:02d} GMT",
    },
    "etag and date": lambda n: {
        "ETag": f'"node{n}"',
        "Last-Modified": f"Sat, 28 Nov 2026 10:00:{n % 60:02d} GMT",
    },
    "two hosts": lambda n: {"ETag": f'"node{n % 2}"'},
    "etag that comes and goes": lambda n: {"ETag": f'"node{n}"'} if n % 2 else {},
}


class Host:
    """Answers as RFC 9110 asks for, with ``headers`` of the answer's number, and breaks off after ``cut`` bytes."""

    def __init__(self, headers: Headers, *, cut: int | None = CUT, film: Callable[[int], bytes]) -> None:
        self.headers, self.cut, self.film = headers, cut, film
        self.numbers = itertools.count(1)
        self.ignores = ""
        """"if-range": a range is given whatever is asked with it; "range": none is."""
        self.refuses_conditions = False
        """Everything is sent where there is an If-Range, though it be the right one."""

    def __call__(self, request: Recorded) -> list[Step]:
        number = next(self.numbers)
        film, headers = self.film(number), self.headers(number)
        start = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        condition = request.headers.get("if-range")
        holds = condition is None or (condition in headers.values() and not self.refuses_conditions)
        if self.ignores == "range" or not (holds or self.ignores == "if-range"):
            start = 0
        told = {"Content-Range": f"bytes {start}-{len(film) - 1}/{len(film)}"} if start else {}
        answer = http(206 if start else 200, film[start:], headers={**headers, **told}).data
        head = answer.index(b"\r\n\r\n") + 4
        if self.cut is None or head + self.cut >= len(answer):
            return [Send(answer)]
        return [Send(answer[: head + self.cut]), Reset()]


async def content(rig: Rig, host: Host) -> bytes:
    rig.service.always("film", host)
    job = await saved(rig)
    return Path(job.film_path or "").read_bytes()


@pytest.mark.parametrize("headers", CHANGING.values(), ids=CHANGING)
async def test_validators_that_differ_in_every_answer(rig: Rig, headers: Headers) -> None:
    """Each answer breaks off at the same length: it goes on all the same, after one that told nothing new."""
    assert await content(rig, Host(headers, film=lambda _: FILM)) == FILM
    assert len(rig.service.requests("film")) <= 10


OTHER = FILM[:1000] + bytes(byte ^ 1 for byte in FILM[1000:-1000]) + FILM[-1000:]
"""Another film of the same length."""


@pytest.mark.parametrize("later", [{}, {"ETag": '"same"'}], ids=["without its ETag", "with the same ETag"])
async def test_a_strong_etag_and_the_rest_of_another_film(rig: Rig, later: dict[str, str]) -> None:
    """No film is put together of two, whatever the host claims: that which is there now is fetched."""
    host = Host(
        lambda number: {"ETag": '"same"'} if number == 1 else later,
        film=lambda number: FILM if number == 1 else OTHER,
        cut=None,
    )
    host.ignores = "if-range"
    rig.service.play("film", Host(host.headers, film=host.film))
    next(host.numbers)
    assert await content(rig, host) == OTHER


async def test_a_strong_etag_and_a_rest_that_is_shifted(rig: Rig) -> None:
    """It claims to begin where it was asked to, and does not."""
    whole = Host(lambda _: {"ETag": '"same"'}, cut=None, film=lambda _: FILM)

    def shifted(request: Recorded) -> list[Step]:
        start = int(request.headers["range"].removeprefix("bytes=").rstrip("-"))
        body = FILM[start + 7 :] + bytes(7)
        told = {"ETag": '"same"', "Content-Range": f"bytes {start}-{len(FILM) - 1}/{len(FILM)}"}
        return [http(206, body, headers=told)]

    rig.service.play("film", Host(whole.headers, film=whole.film), shifted)
    assert await content(rig, whole) == FILM


@pytest.mark.parametrize("what", ["If-Range is ignored", "If-Range is never met"])
async def test_conditions_that_a_host_does_not_know(rig: Rig, what: str) -> None:
    """The range of another validator, or all of the film for the right one."""
    changing = what == "If-Range is ignored"
    host = Host(lambda n: {"ETag": f'"e{n if changing else 0}"'}, film=lambda _: FILM)
    host.ignores, host.refuses_conditions = ("if-range" if changing else ""), not changing
    assert await content(rig, host) == FILM
    assert len(rig.service.requests("film")) <= 12


@pytest.mark.parametrize("headers", [lambda _: {}, CHANGING["etag"]], ids=["no validator", "changing"])
async def test_no_ranges_and_breaks_anywhere(rig: Rig, headers: Headers) -> None:
    """All of it comes each time, now more, now less: what came once is never given up for less."""
    host = Host(headers, film=lambda _: FILM)
    host.ignores = "range"
    lengths = iter([90_000, 50_000, 10, 70_000])

    def answer(request: Recorded) -> list[Step]:
        host.cut = next(lengths, None)
        return host(request)

    rig.service.always("film", answer)
    job = await saved(rig)
    assert Path(job.film_path or "").read_bytes() == FILM
    ranges = [r.headers.get("range") for r in rig.service.requests("film")]
    assert len(ranges) == 5
    assert len({*ranges[1:]}) <= 2
    assert all(wanted and int(wanted[6:-1]) > 70_000 for wanted in ranges[1:])


@pytest.mark.parametrize("place", [9_000, 30_000, 59_990])
@pytest.mark.parametrize("headers", [CHANGING["etag"], CHANGING["weak etag and date"]], ids=["etag", "date"])
@pytest.mark.parametrize("cut", [CUT, None], ids=["cut again and again", "cut once"])
async def test_a_film_that_is_exchanged(rig: Rig, place: int, headers: Headers, cut: int | None) -> None:
    """Of the same length, with other pictures from ``place`` on: the new one is kept, never some of each."""
    other = FILM[:place] + bytes(byte ^ 0x55 for byte in FILM[place:-1000]) + FILM[-1000:]
    host = Host(headers, film=lambda n: FILM if n == 1 else other)

    def answer(request: Recorded) -> list[Step]:
        steps = host(request)
        host.cut = cut
        return steps

    rig.service.always("film", answer)
    job = await saved(rig)
    assert Path(job.film_path or "").read_bytes() == other
