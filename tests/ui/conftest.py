"""A studio with a fake engine in memory: no disk but a temporary folder, no network, a fixed time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from textual import constants
from textual._compositor import Compositor
from textual.app import App
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tests.unit.media.films import write_film
from wan_tui.domain.errors import Failure, Money, WanTuiError
from wan_tui.domain.events import Connection, Event, JobChanged, LibraryLoaded, Listener
from wan_tui.domain.film_state import FilmState
from wan_tui.domain.ids import new_job_id
from wan_tui.domain.index import JobIndex
from wan_tui.domain.job import Attempt, Cost, Job, JobState
from wan_tui.domain.job_record import to_record
from wan_tui.domain.parameters import DEFAULT_MODEL, Dialect
from wan_tui.domain.request import GenerationRequest
from wan_tui.domain.rows import row_of
from wan_tui.domain.secret import ApiKey
from wan_tui.domain.time_left import TimeLeft
from wan_tui.settings import Paths, Settings
from wan_tui.terminal.environment import Surroundings
from wan_tui.ui.app import Studio
from wan_tui.ui.shell.studio import StudioScreen

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class FakeEngine:
    """The engine's interface over a dict. ``submitted``: the orders. Errors set beforehand are raised."""

    def __init__(self, jobs: Sequence[Job] = ()) -> None:
        self.index = JobIndex()
        self.crowded_round: float | None = None
        self.connection = Connection.ONLINE
        self.balance: float | None = 12.34
        self.sending = False
        self.submitted: list[tuple[GenerationRequest, str | None]] = []
        self.called: list[tuple[str, Any]] = []
        self.spoiled: list[str] = []
        self.keys: list[ApiKey] = []
        self.stopped = 0
        self.submit_error: WanTuiError | None = None
        self.key_error: WanTuiError | None = None
        self.prices: dict[str, float] = {DEFAULT_MODEL: 0.42}
        self.film: FilmState | None = FilmState.HERE
        self._jobs: dict[str, Job] = {}
        self._listeners: list[Listener] = []
        for job in jobs:
            self.put(job)

    def now(self) -> datetime:
        return NOW

    def service_now(self) -> datetime:
        return NOW

    def put(self, job: Job) -> None:
        self._jobs[job.id] = job
        self.index.put(row_of(job.id, to_record(job)))

    def announce(self, *events: Event) -> None:
        for event in events:
            for listener in tuple(self._listeners):
                listener(event)

    def change(self, job_id: str, **changes: Any) -> Job:
        """Change a job and announce it."""
        before = self._jobs[job_id]
        job = replace(before, **changes)
        self.put(job)
        self.announce(JobChanged(job, before))
        return job

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def start(self) -> None:
        self.announce(LibraryLoaded(len(self.index)))

    async def stop(self) -> None:
        self.stopped += 1

    def job(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    async def submit(self, request: GenerationRequest, *, parent: str | None = None) -> Job:
        if self.submit_error is not None:
            raise self.submit_error
        self.submitted.append((request, parent))
        job = Job(
            id=new_job_id(NOW, len(self.submitted)),
            state=JobState.WAITING,
            model=request.model,
            parameters=request.parameters,
            endpoint=Dialect.VENDOR,
            created_at=NOW,
            parent=parent,
        )
        self.put(job)
        self.announce(JobChanged(job))
        return job

    async def withdraw(self, job_id: str) -> Job:
        self.called.append(("withdraw", job_id))
        return self.change(job_id, state=JobState.CANCELLED)

    async def follow(self, job_id: str, on: bool) -> Job:
        self.called.append(("follow", (job_id, on)))
        return self.change(job_id, followed=on)

    async def star(self, job_ids: Sequence[str], on: bool) -> None:
        self.called.append(("star", (tuple(job_ids), on)))
        for job_id in job_ids:
            self.change(job_id, starred=on)

    async def trash(self, job_ids: Sequence[str], on: bool) -> None:
        self.called.append(("trash", (tuple(job_ids), on)))
        for job_id in job_ids:
            self.change(job_id, trashed_at=NOW if on else None)

    async def try_again(self, job_id: str) -> None:
        self.called.append(("try_again", job_id))

    async def refresh(self) -> None:
        self.called.append(("refresh", None))

    def price(self, model: str) -> float | None:
        return self.prices.get(model)

    def expected(self, model: str) -> TimeLeft | None:
        return None

    def time_left(self, job: Job, now: datetime) -> TimeLeft | None:
        return TimeLeft(20, 48) if job.state.running else None

    async def test_key(self, key: ApiKey) -> float | None:
        if self.key_error is not None:
            raise self.key_error
        return self.balance

    def use_key(self, key: ApiKey) -> None:
        self.keys.append(key)
        self.connection = Connection.ONLINE

    def report_spoiled(self, film: Path) -> None:
        self.spoiled.append(film.name)

    def film_state(self, job: Job) -> FilmState | None:
        return self.film


def make_job(number: int, state: JobState = JobState.SAVED, prompt: str = "", **more: Any) -> Job:
    """Job ``number``: the higher, the older. Its times are consistent with its state."""
    created = NOW - timedelta(minutes=3 * number)
    job = Job(
        id=new_job_id(created, number),
        state=state,
        model=DEFAULT_MODEL,
        parameters={
            "model": DEFAULT_MODEL,
            "prompt": prompt or f"a paper boat number {number} on a rainy street",
            "resolution": "720P",
            "aspect_ratio": "16:9",
            "seed": 1000 + number,
            "enable_prompt_expansion": True,
            "watermark": False,
        },
        endpoint=Dialect.VENDOR,
        created_at=created,
        attempts=(Attempt(f"client-{number}.1", created),),
    )
    if state not in (JobState.WAITING, JobState.SUBMITTING, JobState.CANCELLED):
        job = replace(
            job, submitted_at=created, generation_id=f"gen:{number}", generation_ids=(f"gen:{number}",)
        )
    if state in (JobState.COMPLETED, JobState.SAVED, JobState.EXPIRED):
        job = replace(
            job,
            completed_at=created + timedelta(seconds=95),
            video_url=f"https://films.example/{number}.mp4?sign=abc",
            url_expires_at=created + timedelta(hours=24),
            cost=Cost(0.42, 420_000, "answer"),
        )
    if state is JobState.SAVED:
        job = replace(
            job,
            saved_at=created + timedelta(seconds=99),
            film_path=f"/films/2026-11-24_paper-boat_{number:04x}.mp4",
            film_size=3_420_000,
        )
    if state is JobState.FAILED:
        failure = Failure(
            "moderation",
            "The service's filter refused the prompt",
            Money.FREE,
            "Word it otherwise",
            f"req-{number}",
        )
        job = replace(job, error=failure)
    return replace(job, **more)


@asynccontextmanager
async def opened(app: Studio, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[Any]]:
    """Run the studio and wait until it is complete."""
    async with app.run_test(size=size) as pilot:
        await app.ready.wait()
        await pilot.pause()
        yield pilot


async def when_ready(pilot: Pilot[Any]) -> None:
    """Wait until the studio is complete, and stop cursors from blinking."""
    assert isinstance(pilot.app, Studio)
    await pilot.app.ready.wait()
    await pilot.pause()
    while posters := [worker for worker in pilot.app.workers if worker.group in ("latest", "posters")]:
        await pilot.app.workers.wait_for_complete(posters)
        await pilot.pause()
    for screen in pilot.app.screen_stack:
        for field in screen.query("TextArea, Input").results():
            if isinstance(field, TextArea | Input):
                field.cursor_blink = False
            if isinstance(field, TextArea):
                # Its line cache takes "not blinking" for "blinked off": drop what it has painted so far.
                field.notify_style_update()


@pytest.fixture(autouse=True)
def _all_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use true colour, whatever terminal the tests run in."""
    monkeypatch.setattr(constants, "COLOR_SYSTEM", "truecolor")


@pytest.fixture(autouse=True)
def _painted_when_seen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paint only what a test looks at, and the last screen of each app.

    Paints that nobody saw took a third of the time. Everything is painted in a pseudo-terminal and in tests marked
    ``all_painted``.
    """
    if request.node.get_closest_marker("all_painted"):
        return
    render_update, shut_down = Compositor.render_update, App._shutdown

    def render_if_asked(compositor: Compositor, full: bool = False, **more: Any) -> Any:
        return render_update(compositor, full, **more) if full else None

    async def paint_and_shut_down(app: App[Any]) -> None:
        if app._screen_stack:
            app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
        await shut_down(app)

    monkeypatch.setattr(Compositor, "render_update", render_if_asked)
    monkeypatch.setattr(App, "_shutdown", paint_and_shut_down)


@pytest.fixture(autouse=True)
def _without_latest_films(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the strip of posters out of the studio, which few tests are about. It is there in a pseudo-terminal and in
    tests marked ``latest_films``.
    """
    if not request.node.get_closest_marker("latest_films"):
        monkeypatch.setattr(StudioScreen, "open_latest", lambda screen: None)


_parsed: dict[object, list[RuleSet]] = {}


@pytest.fixture(autouse=True)
def _parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse CSS rules once: they are the same for each app."""
    parse_rules = Stylesheet._parse_rules

    def parse_once(sheet: Stylesheet, *what: Any, **more: Any) -> list[RuleSet]:
        key = (tuple(sheet._variables.items()), what, tuple(more.items()))
        if key not in _parsed:
            _parsed[key] = parse_rules(sheet, *what, **more)
        return _parsed[key]

    monkeypatch.setattr(Stylesheet, "_parse_rules", parse_once)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a user with a key, with all folders in a temporary one."""
    paths = Paths(tmp_path / "config", tmp_path / "data", tmp_path / "state", tmp_path / "films")
    return Settings(paths=paths, key=ApiKey("sk-test-0123456789abcd"), key_source="AIMLAPI_API_KEY")


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def busy_engine() -> FakeEngine:
    """An engine with a job in each state that a user encounters."""
    states = (
        [JobState.QUEUED, JobState.GENERATING, JobState.WAITING, JobState.COMPLETED, JobState.SAVED]
        + [JobState.FAILED, JobState.SAVED, JobState.UNCONFIRMED, JobState.EXPIRED, JobState.CANCELLED]
        + [JobState.SAVED] * 6
    )
    return FakeEngine([make_job(n, state) for n, state in enumerate(states)])


@pytest.fixture
def studio(settings: Settings) -> Callable[..., Studio]:
    """Makes studios: ``studio(engine, demo=True, …)``, with settings to change by name."""

    def make(engine: FakeEngine, **changes: Any) -> Studio:
        app = Studio(
            lambda: engine,
            replace(settings, **changes),
            Surroundings(term="xterm-256color"),
            seeds=iter(range(424_242, 10**9)).__next__,
        )
        # A snapshot taken during an animation would differ each time.
        app.animation_level = "none"
        return app

    return make


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds, landscape."""
    return write_film(tmp_path_factory.mktemp("films") / "card.mp4", frames=60)


@pytest.fixture(scope="module")
def tall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second, portrait."""
    return write_film(tmp_path_factory.mktemp("films") / "tall.mp4", "testsrc2=s=90x160:r=30", frames=30)
