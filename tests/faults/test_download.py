"""What the film host sends, or fails to send."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from pathlib import Path

import pytest

from tests.faults.conftest import END, Rig
from tests.faults.rig import CERTS, Hang, Recorded, Reset, ScriptedServer, Send, Step, http
from tests.faults.service import ETAG, Service, asked_for
from tests.faults.waiting import changes, current
from tests.patience import until
from tests.unit.engine.conftest import Watched
from wan_tui.api.film_client import FilmClient
from wan_tui.domain.errors import Money
from wan_tui.domain.events import Trouble
from wan_tui.domain.job import Job, JobState
from wan_tui.library.films import FilmFolder

MP4 = {"Content-Type": "video/mp4", "ETag": ETAG}
EXPIRED = (
    "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>"
)
Answer = Callable[[Service, Recorded], Step | list[Step]]


def _half(service: Service, request: Recorded) -> list[Step]:
    return [Send(http(200, service.film, headers=MP4).data[: len(service.film) // 2]), Reset()]


def _ranged(service: Service, start: int, etag: str) -> dict[str, str]:
    length = len(service.film)
    return {"ETag": etag, "Content-Range": f"bytes {start}-{length - 1}/{length}"}


async def _downloaded(rig: Rig, *answers: Answer) -> tuple[Watched, Job]:
    """One order whose film requests are answered so, then in good health."""
    for answer in answers:
        rig.service.play("film", partial(answer, rig.service))
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, *END)
    return watched, job


def _assert_exact(rig: Rig, job: Job) -> None:
    assert job.state is JobState.SAVED, job.error
    assert job.film_path is not None
    assert Path(job.film_path).read_bytes() == rig.service.film
    assert [path.name for path in (rig.home / "films").iterdir()] == [Path(job.film_path).name]


async def test_cut_and_resumed(rig: Rig) -> None:
    """Cut at 50 %, Range works: resumed, byte-exact, and no byte is fetched twice."""
    _, job = await _downloaded(rig, _half, _half)
    _assert_exact(rig, job)
    ranges = [request.headers.get("range") for request in rig.service.requests("film")]
    assert ranges[0] is None
    assert all(wanted is not None for wanted in ranges[1:])
    assert rig.service.requests("film")[1].headers["if-range"] == ETAG


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda s, _: http(200, s.film, headers=MP4), id="200 instead of 206"),
        pytest.param(
            lambda s, _: http(
                206, s.film[9:], headers={**MP4, "Content-Range": f"bytes 9-{len(s.film) - 1}/{len(s.film)}"}
            ),
            id="another range",
        ),
        pytest.param(lambda s, _: http(206, s.film[9:], headers=MP4), id="206 without Content-Range"),
        pytest.param(
            lambda s, _: http(416, "<html>no</html>", headers={"Content-Range": "bytes */7"}),
            id="416, N ≠ size",
        ),
        pytest.param(lambda s, _: http(416, "<html>no</html>"), id="416 without a length"),
        pytest.param(lambda s, _: http(206, s.film[2:], headers=_ranged(s, 2, '"e-2"')), id="another film"),
    ],
)
async def test_cut_and_the_range_is_no_use(rig: Rig, answer: Answer) -> None:
    """Cut, then the server ignores the Range, or answers another, or 416: started over, never appended wrongly."""
    _, job = await _downloaded(rig, _half, answer)
    _assert_exact(rig, job)


async def test_416_and_all_is_here(rig: Rig) -> None:
    """All bytes came but not the end of the answer; 416 with ``*/N`` and N == size: verified and finished."""

    def unended(service: Service, request: Recorded) -> list[Step]:
        head = http(200, headers={**MP4, "Transfer-Encoding": "chunked"}, length=-1).data
        return [Send(head + b"%x\r\n" % len(service.film) + service.film + b"\r\n"), Reset()]

    def nothing_left(service: Service, _: Recorded) -> Step:
        return http(416, headers={"Content-Range": f"bytes */{len(service.film)}"})

    _, job = await _downloaded(rig, unended, nothing_left)
    _assert_exact(rig, job)
    assert len(rig.service.requests("film")) == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(
            lambda s, _: http(200, "<html>processing</html>", headers={"Content-Type": "text/html"}),
            id="HTML",
        ),
        pytest.param(lambda s, _: http(200, ""), id="empty"),
        pytest.param(
            lambda s, _: http(200, '{"error": "x"}', headers={"Content-Type": "application/json"}), id="JSON"
        ),
        pytest.param(
            lambda s, _: http(200, "<?xml version='1.0'?><Error><Code>Busy</Code></Error>"), id="XML error"
        ),
        pytest.param(lambda s, _: http(200, s.film[:-100], headers=MP4), id="too short"),
        pytest.param(lambda s, _: http(200, b"\x00" * 9000, headers=MP4), id="not MP4"),
        pytest.param(
            lambda s, _: http(200, b"\x1f\x8b", headers={**MP4, "Content-Encoding": "gzip"}), id="gzip"
        ),
        pytest.param(lambda s, _: http(500), id="500"),
        pytest.param(lambda s, _: http(429, headers={"Retry-After": "1"}), id="429"),
        pytest.param(lambda s, _: [Reset()], id="reset"),
        pytest.param(lambda s, _: [http(200, length=500, headers=MP4), Hang()], id="stall after the headers"),
    ],
)
async def test_no_film_at_first(rig: Rig, answer: Answer) -> None:
    """Pages, errors, stalls, cut or wrong bytes: never saved as a film, asked for again, then saved exactly."""
    watched, job = await _downloaded(rig, answer, answer)
    _assert_exact(rig, job)
    problems = [seen.problem for seen in changes(watched) if seen.problem]
    assert all(problem.money is Money.CHARGED for problem in problems)
    assert problems


async def test_never_a_film(rig: Rig) -> None:
    """What comes is no film, again and again: after 5 times the user is asked; what came is kept as ``.broken``."""
    rig.service.always("film", http(200, b"\x00\x00\x00\x18ftyp" + bytes(999), headers=MP4))
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await watched.until(lambda: watched.engine.stuck(current(watched, job.id)))
        stuck = current(watched, job.id)
        assert stuck.state is JobState.COMPLETED
        assert stuck.problem is not None
        assert len(rig.service.requests("film")) == 5
        assert [path.suffix for path in (rig.home / "films").iterdir()] == [".broken"]
        rig.service.heal()
        await watched.engine.try_again(job.id)
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


async def test_expired_and_a_new_link(rig: Rig) -> None:
    """403 expired; the service gives a new link: saved."""
    rig.service.play("film", http(403, EXPIRED), http(403, EXPIRED))
    links = iter(range(100))
    rig.service.always(
        "status",
        lambda request: http(
            json=rig.service.completed(
                asked_for(request), video={"url": rig.service.link_to(f"/films/{next(links)}.mp4")}
            )
        ),
    )
    job = await rig.end_of_one_order()
    assert job.state is JobState.SAVED
    assert len(rig.service.requests("status")) == 3


async def test_new_links_that_are_dead_too(rig: Rig) -> None:
    """403 to each new link the service gives: it is asked at a patient pace, not in a loop."""
    rig.service.always("film", http(403, EXPIRED))
    links = iter(range(100_000))
    rig.service.always(
        "status",
        lambda request: http(
            json=rig.service.completed(
                asked_for(request), video={"url": rig.service.link_to(f"/films/{next(links)}.mp4")}
            )
        ),
    )
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, JobState.COMPLETED)
        await asyncio.sleep(1.0)
        assert len(rig.service.requests("film")) < 15
        rig.service.heal()
        await watched.engine.try_again(job.id)
        assert (await watched.reaches(job.id, *END)).state is JobState.SAVED


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
@pytest.mark.parametrize("again", ["same link", "404", "no link"])
async def test_expired_for_good(rig: Rig, status: int, again: str) -> None:
    """403 expired (400, 401, 404, 410), and the service knows no other link: expired, id shown, record kept.

    The link's date is over by the host's own time.
    """
    now = {"Date": format_datetime(datetime.now(UTC), usegmt=True)}
    rig.service.always("film", http(status, EXPIRED, headers=now))
    over = {"url": rig.service.link.replace("4102444800", "1700000000")}
    ended = lambda request: http(json=rig.service.completed(asked_for(request), video=over))  # noqa: E731
    rig.service.always("status", ended)
    async with rig.engine() as watched:
        rig.service.play("status", ended)
        if again == "404":
            rig.service.play("status", http(404, json={"message": "gone"}))
        elif again == "no link":
            rig.service.play("status", http(json={"status": "completed", "video": None}))
        job = await watched.reaches((await rig.order(watched)).id, *END)
    assert job.state is JobState.EXPIRED
    assert job.error is not None
    assert job.error.money is Money.CHARGED
    assert "gen-1" in job.error.next_step


async def test_link_byte_for_byte(rig: Rig) -> None:
    """A link with ``%2F``, ``%2B``, ``'``, lower-case hex: the request's target is the same, byte for byte."""
    target = "/a%2Fb'c%2b/%e7%8c%ab.mp4?Expires=4102444800&Signature=ab%2Bc%2fd%3D&x=%27'~"
    answer = {"url": rig.service.films.url + target}
    rig.service.play(
        "status", lambda request: http(json=rig.service.completed(asked_for(request), video=answer))
    )
    assert (await rig.end_of_one_order()).state is JobState.SAVED
    assert [request.target for request in rig.service.requests("film")] == [target]


async def test_redirect_to_another_https_host(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redirect to another https host: followed, without the key."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTS / "localhost.crt"))
    async with ScriptedServer(http(200, rig.service.film, headers=MP4), certificate="localhost") as other:
        rig.service.play("film", http(302, headers={"Location": f"{other.url}/film.mp4"}))
        job = await rig.end_of_one_order()
        assert len(other.requests) == 1
        assert "authorization" not in other.requests[0].headers
        assert b"k-0123456789" not in other.bytes_seen
    _assert_exact(rig, job)


@pytest.mark.usefixtures("slow_disk")
@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "https://10.0.0.1/x", "//[", "loop", "ten"],
)
async def test_redirects_that_are_not_followed(rig: Rig, location: str) -> None:
    """Redirect to a file, into a private network, in a loop, 10 hops: refused, told, the user is asked."""

    def on(request: Recorded) -> Step:
        hop = len(rig.service.requests("film"))
        target = {"loop": request.target, "ten": f"/hop/{hop}"}.get(location, location)
        return http(302, headers={"Location": target})

    rig.service.always("film", on)
    async with rig.engine() as watched:
        job = await rig.order(watched)
        await until(lambda: watched.engine.stuck(current(watched, job.id)))
        problem = current(watched, job.id).problem
    assert problem is not None
    assert problem.code == "link_refused"
    assert len(rig.service.requests("film")) <= 6


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda s, _: [http(200, s.film, headers=MP4, length=5 << 30), Hang()], id="5 GB told"),
        pytest.param(lambda s, _: http(200, bytes(300_000), headers=MP4, length=-1), id="endless body"),
    ],
)
async def test_too_long(rig: Rig, answer: Answer) -> None:
    """Content-Length 5 GB, an endless body: stopped at the cap, told, the user is asked."""
    rig.service.always("film", partial(answer, rig.service))
    films = FilmClient(allow_loopback=True, chunk_timeout=0.5, size_cap=100_000)
    async with rig.engine(film_client=films) as watched:
        job = await rig.order(watched)
        await watched.until(lambda: watched.engine.stuck(current(watched, job.id)))
        problem = current(watched, job.id).problem
    assert problem is not None
    assert "larger" in problem.message
    assert sum(path.stat().st_size for path in (rig.home / "films").iterdir()) < 200_000


async def test_trickling_film(rig: Rig) -> None:
    """0 bytes for a while after the headers: given up, resumed, saved. The rest of the program goes on meanwhile."""
    rig.service.play("film", [http(200, length=500, headers=MP4), Hang()])
    async with rig.engine() as watched:
        slow = await rig.order(watched)
        await watched.reaches(slow.id, JobState.COMPLETED)
        quick = await rig.order(watched, "another film")
        assert (await watched.reaches(quick.id, *END)).state is JobState.SAVED
        await until(lambda: len(rig.service.requests("film")) >= 2)
        assert (await watched.reaches(slow.id, *END)).state is JobState.SAVED


async def test_fetched_again_while_it_is_put_away(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user asks again in the moment of saving: it begins when the first download has tidied up, not before.

    What is tidied up is the part file, which the second download would be writing to.
    """
    forget = FilmFolder.forget
    fetched: list[int] = []

    def slowly(folder: FilmFolder, job: Job) -> None:
        time.sleep(0.3)
        fetched.append(len(rig.service.requests("film")))
        forget(folder, job)

    monkeypatch.setattr(FilmFolder, "forget", slowly)
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, JobState.SAVED)
        film = Path(job.film_path or "")
        film.unlink()
        await watched.engine.try_again(job.id)
        await until(lambda: film.exists() and len(fetched) == 2)
    assert fetched == [1, 2]
    assert film.read_bytes() == rig.service.film


async def test_fetched_again_twice_at_once(rig: Rig) -> None:
    """The user asks twice for a film that is missing: one download, and the two are not in each other's way."""
    async with rig.engine() as watched:
        job = await watched.reaches((await rig.order(watched)).id, JobState.SAVED)
        film = Path(job.film_path or "")
        film.unlink()
        before = len(rig.service.requests("film"))
        await watched.engine.try_again(job.id)
        await watched.engine.try_again(job.id)
        await until(film.exists)
    assert [event for event in watched.events if isinstance(event, Trouble)] == []
    assert len(rig.service.requests("film")) == before + 1
    assert film.read_bytes() == rig.service.film
