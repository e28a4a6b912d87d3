"""The film origin: signed links that die, ranges, and no key ever."""

from __future__ import annotations

import asyncio

import pytest

from tests.unit.simulator.conftest import Bench, StartBench


async def test_a_finished_film_can_be_fetched_whole_and_in_parts(bench: Bench) -> None:
    """200, HEAD, 206 of each form, If-Range, 416: all about the same bytes."""
    url = (await bench.finished())["video"]["url"]
    whole = await bench.bare.get(url)
    assert whole.status_code == 200
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["accept-ranges"] == "bytes"
    film, etag = whole.content, whole.headers["etag"]
    head = await bench.bare.head(url)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(film)))
    for asked, part in (
        ("0-9", film[:10]),
        ("100-", film[100:]),
        ("-5", film[-5:]),
        ("5-99999999", film[5:]),
    ):
        answer = await bench.bare.get(url, headers={"Range": f"bytes={asked}"})
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["content-range"].endswith(f"/{len(film)}")
    same = await bench.bare.get(url, headers={"Range": "bytes=9-", "If-Range": etag})
    other = await bench.bare.get(url, headers={"Range": "bytes=9-", "If-Range": '"else"'})
    assert (same.status_code, other.status_code, other.content) == (206, 200, film)
    beyond = await bench.bare.get(url, headers={"Range": f"bytes={len(film)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(film)}")
    odd = await bench.bare.get(url, headers={"Range": "lines=1-2"})
    assert odd.status_code == 200


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        (("Signature=", "Signature=A"), 403, "SignatureDoesNotMatch"),
        (("Expires=1", "Expires=2"), 403, "SignatureDoesNotMatch"),
        (("Expires=1", "Expires=x"), 403, "AccessDenied"),
        (("?", "?x="), 403, "AccessDenied"),
        (("generations/", "generations/no"), 403, "SignatureDoesNotMatch"),
    ],
)
async def test_a_link_that_was_touched_is_refused_in_xml(
    bench: Bench, change: tuple[str, str], code: int, word: str
) -> None:
    """As an object store does it."""
    url = (await bench.finished())["video"]["url"].replace(*change)
    answer = await bench.bare.get(url)
    assert answer.status_code == code
    assert answer.headers["content-type"].startswith("application/xml")
    assert f"<Code>{word}</Code>" in answer.text


async def test_a_link_dies_at_its_hour(start: StartBench) -> None:
    """Good to the last second, 403 from then on, also for the same link asked for again."""
    async with start(pace=20.0, link_lifetime=100.0) as bench:
        ordered = (await bench.order()).json()["id"]
        bench.clock.seconds += 20
        url = (await bench.poll(ordered)).json()["video"]["url"]
        bench.clock.seconds += 99
        assert (await bench.bare.get(url)).status_code == 200
        bench.clock.seconds += 2
        dead = await bench.bare.get(url)
        assert dead.status_code == 403
        assert "Request has expired." in dead.text
        assert (await bench.poll(ordered)).json()["video"]["url"] == url


async def test_a_film_is_drawn_once_however_many_ask(bench: Bench) -> None:
    """Four callers at once, and a second order of the same recipe: one drawing."""
    url = (await bench.finished())["video"]["url"]
    answers = await asyncio.gather(*(bench.bare.get(url) for _ in range(4)))
    again = await bench.bare.get((await bench.finished())["video"]["url"])
    assert len({answer.content for answer in [*answers, again]}) == 1
    assert bench.simulator.films_drawn == 1


async def test_requests_on_both_origins_are_noted(bench: Bench) -> None:
    """A key that strays to the film host would show."""
    url = (await bench.finished())["video"]["url"]
    await bench.bare.head(url)
    await bench.bare.head(url, headers={"Authorization": "Bearer stray"})
    seen = (await bench.api.get("/_requests")).json()
    assert [(row["origin"], row["method"], row["authorization"]) for row in seen] == [
        ("api", "POST", True),
        ("api", "GET", True),
        ("films", "HEAD", False),
        ("films", "HEAD", True),
    ]
    assert "generation_id=" in seen[1]["query"]
    assert "stray" not in str(seen)
    assert bench.simulator.requests[0].body.startswith(b"{")
