"""The studio as a whole: panels, sizes, news, welcome of orders, and the way out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static, TextArea
from textual.worker import WorkerFailed

from tests.patience import PATIENCE
from tests.ui.conftest import FakeEngine, make_job, opened
from tests.ui.pilots import all_feedback
from wan_tui.domain.errors import Failure, LibraryTooNew, Money
from wan_tui.domain.events import JobChanged, Trouble
from wan_tui.domain.job import JobState
from wan_tui.domain.parameters import DEFAULT_MODEL
from wan_tui.ui.app import Studio
from wan_tui.ui.commands.key_footer import KeyFooter
from wan_tui.ui.form.composer import Composer
from wan_tui.ui.jobs.job_table import JobTable
from wan_tui.ui.messages import JobOpened
from wan_tui.ui.shell import leaving
from wan_tui.ui.shell.header import StudioHeader

Make = Callable[..., Studio]
PANELS = ("form", "jobs", "details")


def shown(pilot: Pilot[Any]) -> list[str]:
    """The panels that can be seen."""
    screen = pilot.app.screen_stack[0]
    return [name for name in PANELS if screen.query_one(f"#{name}").region]


def keys(pilot: Pilot[Any]) -> str:
    return str(pilot.app.screen_stack[0].query_one(KeyFooter).render())


async def resize(pilot: Pilot[Any], width: int, height: int) -> None:
    await pilot.resize_terminal(width, height)
    await pilot.pause()


@pytest.mark.parametrize(("width", "height"), [(110, 24), (120, 40), (200, 60)])
async def test_wide_shows_all_panels(studio: Make, busy_engine: FakeEngine, width: int, height: int) -> None:
    """Form left, jobs right above the details, nothing over the edge."""
    async with opened(studio(busy_engine), (width, height)) as pilot:
        assert shown(pilot) == list(PANELS)
        form, jobs, details = (pilot.app.screen.query_one(f"#{name}").region for name in PANELS)
        assert form.right <= jobs.x
        assert jobs.bottom <= details.y
        assert jobs.right == details.right == width


@pytest.mark.parametrize(("width", "height"), [(60, 20), (80, 24), (109, 50)])
async def test_narrow_shows_one_panel_a_key_away(
    studio: Make, busy_engine: FakeEngine, width: int, height: int
) -> None:
    """esc leaves the prompt for the jobs; 1, 2, 3 and enter go on from there; the strip names all."""
    async with opened(studio(busy_engine), (width, height)) as pilot:
        assert shown(pilot) == ["form"]
        await pilot.press("1", "2", "3")
        assert pilot.app.screen.query_one(TextArea).text == "123"
        for key, panel in (
            ("escape", "jobs"),
            ("3", "details"),
            ("1", "form"),
            ("escape", "jobs"),
            ("enter", "details"),
        ):
            await pilot.press(key)
            await pilot.pause()
            assert shown(pilot) == [panel]
        await pilot.press("escape")
        await pilot.pause()
        assert shown(pilot) == ["jobs"]
        strip = str(pilot.app.screen.query_one(StudioHeader).render())
        assert strip.split("  ")[0].strip().startswith("1 New film")
        assert "[2 Jobs]" in strip


async def test_the_strip_can_be_clicked(studio: Make, busy_engine: FakeEngine) -> None:
    """The mouse goes where the keys go."""
    async with opened(studio(busy_engine)) as pilot:
        await pilot.click(StudioHeader, offset=(14, 0))
        await pilot.pause()
        assert shown(pilot) == ["jobs"]


async def test_resizing_keeps_text_focus_and_panel(studio: Make, busy_engine: FakeEngine) -> None:
    """Through every layout and back, typing goes on where it was."""
    async with opened(studio(busy_engine), (120, 40)) as pilot:
        await pilot.press(*"fo")
        for width, height in ((80, 24), (50, 10), (60, 20), (200, 60), (30, 5), (120, 40)):
            await resize(pilot, width, height)
            hidden = width < 60 or height < 20
            assert (pilot.app.focused is None) if hidden else isinstance(pilot.app.focused, TextArea)
        await pilot.press("x")
        assert pilot.app.screen.query_one(TextArea).text == "fox"
        await pilot.press("escape")
        await resize(pilot, 80, 24)
        assert shown(pilot) == ["jobs"]


@pytest.mark.parametrize(("width", "height"), [(59, 40), (120, 19), (20, 4)])
async def test_too_small_is_a_plain_sentence(
    studio: Make, engine: FakeEngine, width: int, height: int
) -> None:
    """Nothing is cut off, and nothing is ordered from what cannot be seen."""
    async with opened(studio(engine), (120, 40)) as pilot:
        await pilot.press(*"fox")
        await resize(pilot, width, height)
        cover = pilot.app.screen.query_one("#too-small", Static)
        assert cover.region.size == (width, height)
        assert "60 columns and 20 rows" in str(cover.render())
        await pilot.press("ctrl+j")
        await asyncio.sleep(0.1)
        await pilot.pause()
        assert engine.submitted == []


@pytest.mark.parametrize(("width", "height"), [(59, 40), (120, 19)])
async def test_no_key_reaches_what_cannot_be_seen(
    studio: Make, engine: FakeEngine, width: int, height: int
) -> None:
    """Jobs, fields and panels stay as they are; with room again, everything is where it was."""
    engine.put(make_job(1))
    async with opened(studio(engine), (120, 40)) as pilot:
        await pilot.press("escape")
        focused = pilot.app.screen.focused
        await resize(pilot, width, height)
        await pilot.press(
            *"dxr*fepoyu", "space", "enter", "1", "tab", *"ab", "ctrl+j", "escape", "3", "/", "d"
        )
        await pilot.pause()
        assert (engine.called, engine.submitted, len(pilot.app.screen_stack)) == ([], [], 1)
        await resize(pilot, 120, 40)
        assert pilot.app.screen.focused is focused
        assert pilot.app.screen.query_one(TextArea).text == ""
        await pilot.press("*")
        await pilot.pause()
        assert [name for name, _ in engine.called] == ["star"]


async def test_the_palette_of_a_tiny_window_does_nothing_with_jobs(studio: Make, engine: FakeEngine) -> None:
    """They are hidden from it as from the keys."""
    engine.put(make_job(1))
    async with opened(studio(engine), (120, 40)) as pilot:
        await pilot.press("escape")
        await resize(pilot, 59, 40)
        offered = {
            command.help.rpartition(" ")[2] for command in pilot.app.get_system_commands(pilot.app.screen)
        }
    assert not {name for name in offered if name.startswith(("job.", "list.", "form.", "panel."))}
    assert "app.quit" in offered


async def test_nobody_says_yes_to_a_question_that_is_cut_off(studio: Make, engine: FakeEngine) -> None:
    """Its price may be out of sight; no is always possible."""
    engine.put(make_job(1))
    async with opened(studio(engine), (120, 40)) as pilot:
        await pilot.press("escape", "r")
        await resize(pilot, 40, 6)
        await pilot.press("y")
        await pilot.pause()
        assert engine.submitted == []
        await resize(pilot, 120, 40)
        await pilot.press("y")
        await pilot.pause()
        assert len(engine.submitted) == 1


@pytest.mark.parametrize("width", [60, 80, 120, 200])
async def test_every_key_in_the_bar_is_whole_and_true(
    studio: Make, busy_engine: FakeEngine, width: int
) -> None:
    """Help and quit always; no key is cut; what cannot be done here is not offered."""
    async with opened(studio(busy_engine), (width, 24)) as pilot:
        bar = keys(pilot)
        assert len(bar.rstrip()) < width
        assert "^j Order" in bar
        assert "esc Jobs" in bar
        assert "f1 Help" in bar
        assert bar.rstrip().endswith("^q Quit")
        assert "? Help" not in bar
        await pilot.press("escape")
        await pilot.pause()
        bar = keys(pilot)
        assert "Order" not in bar.replace("Order again", "")
        assert "? Help" in bar
        assert bar.rstrip().endswith("^q Quit")


async def test_a_key_in_the_bar_can_be_clicked(studio: Make, engine: FakeEngine) -> None:
    """As in every footer."""
    async with opened(studio(engine)) as pilot:
        await pilot.click(KeyFooter, offset=(keys(pilot).index("^g") + 1, 0))
        await pilot.pause()
        assert "424243" in str(pilot.app.screen.query_one(Composer).form.values["seed"])


async def test_done_and_failed_are_told_as_plain_text(studio: Make, engine: FakeEngine) -> None:
    """With whatever stands in a prompt, without reading markup in it."""
    engine.put(make_job(1, JobState.GENERATING, "cat [/bold] [@click=app.quit]x[/]"))
    engine.put(make_job(2, JobState.GENERATING, "dog"))
    async with opened(studio(engine)) as pilot:
        saved = make_job(1, JobState.SAVED)
        second = next(row.id for row in engine.index.rows() if row.prompt == "dog")
        first = next(row.id for row in engine.index.rows() if row.prompt.startswith("cat"))
        engine.change(first, state=JobState.SAVED, film_path=saved.film_path)
        engine.change(second, state=JobState.FAILED, error=make_job(3, JobState.FAILED).error)
        engine.announce(Trouble("The disk is full.", "Make room."))
        await asyncio.sleep(0.3)
        await pilot.pause()
        assert "cat [/bold] [@click=app.quit]x[/]" in all_feedback(pilot)
        assert "Not charged. Word it otherwise." in all_feedback(pilot)
        assert "The disk is full. Make room." in all_feedback(pilot)


async def test_bringing_parameters_back(studio: Make, engine: FakeEngine) -> None:
    """All of them stand in the form, the next order names its parent, and undo brings the old prompt back."""
    job = make_job(1, JobState.SAVED, "a [bold]fox")
    job = replace(
        job,
        parameters={**job.parameters, "aspect_ratio": "3:4", "negative_prompt": "blur", "watermark": True},
    )
    engine.put(job)
    async with opened(studio(engine)) as pilot:
        await pilot.press(*"mine")
        await pilot.press("escape", "e")
        await pilot.pause()
        await pilot.pause()
        assert shown(pilot) == ["form"]
        composer = pilot.app.screen.query_one(Composer)
        assert composer.form.request().parameters == {**job.parameters, "negative_prompt": "blur"}
        assert "ctrl+z" in str(composer.query_one("#note", Static).render())
        await pilot.press("ctrl+j")
        await asyncio.sleep(0.1)
        await pilot.pause()
        request, parent = engine.submitted[0]
        assert parent == job.id
        assert request == job.request
        await pilot.press("ctrl+z")
        assert composer.query_one(TextArea).text == "mine"


async def test_an_order_is_green_once_it_was_accepted(studio: Make, engine: FakeEngine) -> None:
    """Not while it waits, nor for anything else that is told in that place."""
    async with opened(studio(engine)) as pilot:
        note = pilot.app.screen.query_one("#note", Static)
        composer = pilot.app.screen.query_one(Composer)
        composer.show_note("Loaded that film's recipe.")
        assert not note.has_class("good")
        job = await engine.submit(make_job(1).request)
        composer.follow(job)
        assert not note.has_class("good")
        offline = Failure("unreachable", "There is no connection", Money.FREE)
        composer.take_events([JobChanged(replace(job, problem=offline))])
        assert "Waiting" in str(note.render())
        assert not note.has_class("good")
        neutral = note.styles.color
        composer.take_events([JobChanged(replace(job, state=JobState.QUEUED))])
        assert note.has_class("good")
        assert note.styles.color != neutral
        composer.show_note("Something else")
        assert not note.has_class("good")


async def test_undo_is_promised_only_where_it_brings_something_back(studio: Make, engine: FakeEngine) -> None:
    """Not of an empty form, nor of the same text: then nothing is said of undo."""
    engine.put(make_job(1, JobState.SAVED, "a fox"))
    async with opened(studio(engine)) as pilot:
        note = pilot.app.screen.query_one("#note", Static)
        for _ in range(2):
            await pilot.press("escape", "e")
            await pilot.pause()
            assert str(note.render()) == "Loaded that job's parameters."
        await pilot.press("x", "escape", "e")
        await pilot.pause()
        assert str(note.render()).endswith(" parameters. ctrl+z restores the old texts.")


def problem_of(composer: Composer, name: str) -> str:
    """What stands under the field ``name``, if anything is seen there."""
    found = composer.query(f"#field-{name} .problem").results(Static)
    return "".join(str(widget.render()) for widget in found if widget.display)


REFUSED = Failure("rejected", "The service refused the order: too odd", Money.FREE, field="enhance_prompt")


async def test_a_refused_order_marks_the_field_that_the_service_named(
    studio: Make, engine: FakeEngine
) -> None:
    """By its wire name; until that value is another one; another job's failure marks nothing."""
    async with opened(studio(engine), (120, 60)) as pilot:
        composer = pilot.app.screen.query_one(Composer)
        await pilot.press(*"fox", "ctrl+j")
        await asyncio.sleep(0.1)
        await pilot.pause()
        other = make_job(3, JobState.WAITING)
        engine.put(other)
        engine.change(other.id, state=JobState.FAILED, error=replace(REFUSED, field="prompt"))
        ordered = next(row.id for row in engine.index.rows() if row.id != other.id)
        engine.change(ordered, state=JobState.FAILED, error=REFUSED)
        async with asyncio.timeout(PATIENCE):
            while not problem_of(composer, "enable_prompt_expansion"):
                await asyncio.sleep(0.02)
        assert problem_of(composer, "enable_prompt_expansion").endswith("refused the order: too odd")
        assert not problem_of(composer, "prompt")
        assert "Failed" in str(composer.query_one("#note", Static).render())
        await pilot.press(*"es")
        assert problem_of(composer, "enable_prompt_expansion")
        composer.query_one("#field-enable_prompt_expansion Choice").focus()
        await pilot.press("space")
        await pilot.pause()
        assert not problem_of(composer, "enable_prompt_expansion")


async def test_bringing_a_refused_job_back_leads_to_the_field(studio: Make, engine: FakeEngine) -> None:
    """It is marked and has the focus; the next job that is brought back is not marked."""
    refused = replace(REFUSED, field="negative_prompt")
    engine.put(make_job(1, JobState.FAILED, error=refused))
    engine.put(make_job(2, JobState.FAILED, error=replace(refused, field="never_heard_of")))
    async with opened(studio(engine), (120, 60)) as pilot:
        composer = pilot.app.screen.query_one(Composer)
        await pilot.press("escape", "e")
        await pilot.pause()
        assert problem_of(composer, "negative_prompt") == "✗ The service refused the order: too odd"
        assert composer.query_one("#field-negative_prompt").has_focus_within
        await pilot.press("escape", "j", "e")
        await pilot.pause()
        assert not problem_of(composer, "negative_prompt")
        assert composer.query_one("#field-prompt").has_focus_within


async def test_enter_on_a_job_opens_its_details(studio: Make, busy_engine: FakeEngine) -> None:
    """In a wide window the focus goes there as well."""
    async with opened(studio(busy_engine), (120, 40)) as pilot:
        pilot.app.screen.post_message(JobOpened(busy_engine.index.rows()[3].id))
        await pilot.pause()
        assert pilot.app.screen.query_one("#details").has_focus_within


def held_up(studio: Make, engine: FakeEngine) -> tuple[Studio, asyncio.Event]:
    """A studio whose library opens only once the event is set."""
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow() -> FakeEngine:
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(10)
        return engine

    app = studio(engine)
    app._open_engine = slow
    return app, gate


async def test_an_order_placed_before_the_engine_is_there_goes_out_then(
    studio: Make, engine: FakeEngine
) -> None:
    """Whoever types faster than the library opens loses nothing."""
    app, gate = held_up(studio, engine)
    async with app.run_test() as pilot:
        while not isinstance(app.focused, TextArea):
            await pilot.pause()
        await pilot.press(*"fox", "ctrl+j")
        await asyncio.sleep(0.1)
        assert engine.submitted == []
        gate.set()
        await app.ready.wait()
        await pilot.pause()
        assert [request.prompt for request, _ in engine.submitted] == ["fox"]


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
@pytest.mark.parametrize("pressed", [["escape"], ["escape", "3"], ["escape", "1", "f6"]])
async def test_a_panel_that_is_not_there_yet_gets_the_focus_then(
    studio: Make, engine: FakeEngine, pressed: list[str], size: tuple[int, int]
) -> None:
    """Who leaves the form while the library is still being opened comes to the jobs then, and types into nothing."""
    app, gate = held_up(studio, engine)
    async with app.run_test(size=size) as pilot:
        while not isinstance(app.focused, TextArea):
            await pilot.pause()
        await pilot.press(*pressed, "x")
        gate.set()
        await app.ready.wait()
        await pilot.pause()
        panel = {"1": "form", "3": "details"}.get(pressed[1] if pressed[1:] else "", "jobs")
        assert app.screen.query_one(f"#{panel}").has_focus_within
        prompt = app.screen.query_one(Composer).form.values["prompt"]
        assert (prompt == "x") == (panel == "form")


async def test_a_library_that_cannot_be_opened_ends_the_program_with_the_reason(
    studio: Make, engine: FakeEngine
) -> None:
    """One sentence and exit code 1 rather than an empty studio."""

    def broken() -> FakeEngine:
        raise LibraryTooNew("The history was written by a newer version", next_step="Update wan-tui.")

    app = studio(engine)
    app._open_engine = broken
    async with app.run_test() as pilot:
        while app._running and not app._exit:
            await pilot.pause()
        assert "newer version. Update wan-tui." in str(app._exit_renderables[0])
    assert app.return_code == 1


async def test_quitting_stops_the_engine_once_and_tells_what_goes_on(
    studio: Make, busy_engine: FakeEngine
) -> None:
    """Running jobs are no reason to stay; the line that remains says what becomes of them."""
    app = studio(busy_engine)
    async with opened(app) as pilot:
        await pilot.press(*"fox", "ctrl+q")
        while not app._exit:
            await pilot.pause()
        assert str(app._exit_renderables[0]).splitlines() == [
            "2 films are being made at the service; they will be fetched at the next start.",
            "1 film is paid for but not fetched yet; it will be fetched at the next start.",
            "1 order may have been charged; do not order it again: it will be looked up at the next start.",
            "1 order was not sent and not charged; it stays waiting.",
        ]
    assert busy_engine.stopped == 1
    assert app.return_value is None
    assert app.settings.paths.state.joinpath("draft.json").exists()


async def test_quitting_waits_for_an_order_on_its_way(studio: Make, engine: FakeEngine) -> None:
    """The screen says what it waits for, goes on living, and a second ctrl+q or ctrl+c changes nothing."""
    finished = asyncio.Event()

    async def stop() -> None:
        await finished.wait()
        engine.stopped += 1

    engine.sending = True
    engine.stop = stop  # type: ignore[method-assign]
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press("ctrl+q", "ctrl+q", "ctrl+c", *"fox")
        assert "Quitting once the current order is answered" in all_feedback(pilot)
        assert app.return_value is None
        assert app.screen.query_one(TextArea).text == "fox"
        assert engine.stopped == 0
        finished.set()
        while not app._exit:
            await pilot.pause()
    assert engine.stopped == 1


@pytest.mark.parametrize("trouble", ["draft hangs", "engine hangs", "engine fails"])
async def test_nothing_keeps_the_studio_open(
    studio: Make, engine: FakeEngine, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk or an engine that hangs is waited for only so long; one that fails ends the program all the same."""
    monkeypatch.setattr(leaving, "DRAFT_SECONDS", 0.05)
    monkeypatch.setattr(leaving, "STOP_SECONDS", 0.05)

    async def hang() -> None:
        await asyncio.Event().wait()

    async def fail() -> None:
        raise RuntimeError("broken")

    app = studio(engine)
    if trouble.startswith("engine"):
        engine.stop = hang if trouble == "engine hangs" else fail  # type: ignore[method-assign]
    with pytest.raises(WorkerFailed) if trouble == "engine fails" else nullcontext():
        async with opened(app) as pilot:
            if trouble == "draft hangs":
                monkeypatch.setattr(app._studio, "save_draft", hang)
            await pilot.press("ctrl+q")
            while not app._exit:
                await pilot.pause()
    assert app._exit


async def test_however_the_screen_ends_the_engine_is_stopped(studio: Make, engine: FakeEngine) -> None:
    """A crash or a signal's exit as well."""
    app = studio(engine)
    async with opened(app):
        app.exit()
    assert engine.stopped == 1


async def test_quitting_says_what_an_order_came_to_while_it_was_waited_for(
    studio: Make, engine: FakeEngine
) -> None:
    """The order was still waiting when ctrl+q was pressed, and refused before the program ended."""
    engine.put(make_job(1, JobState.SUBMITTING))

    async def stop() -> None:
        engine.put(make_job(1, JobState.FAILED))

    engine.stop = stop  # type: ignore[method-assign]
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press("ctrl+q")
        while not app._exit:
            await pilot.pause()
    assert not app._exit_renderables


async def test_demo_is_marked(studio: Make, engine: FakeEngine) -> None:
    """In every width that is served."""
    async with opened(studio(engine, demo=True), (60, 20)) as pilot:
        for width in (60, 120):
            await resize(pilot, width, 24)
            assert "DEMO — no money is spent" in str(pilot.app.screen.query_one(StudioHeader).render())


async def test_a_foreign_host_is_named(studio: Make, engine: FakeEngine) -> None:
    """Nobody's key goes elsewhere without the screen saying so; the official host needs no word."""
    async with opened(studio(engine, base_url="https://proxy.example:8443")) as pilot:
        banner = pilot.app.screen.query_one("#foreign-host", Static)
        assert str(banner.render()) == "! Not the official service: proxy.example:8443"
    async with opened(studio(FakeEngine())) as pilot:
        assert not pilot.app.screen.query("#foreign-host")


async def test_settings_that_cannot_be_used_are_told(studio: Make, engine: FakeEngine) -> None:
    """Warnings, an unknown theme, and keys that cannot be used: a line each, and the program runs."""
    changes: dict[str, Any] = {
        "warnings": ("config.toml: unknown setting “colour”",),
        "theme": "sepia",
        "keys": {"job.opn": "v", "form.dice": "f8", "app.quit": ""},
    }
    async with opened(studio(engine, **changes)) as pilot:
        assert pilot.app.theme == "wan-dark"
        assert "unknown setting “colour”" in all_feedback(pilot)
        assert "Unknown theme “sepia”" in all_feedback(pilot)
        assert "did you mean job.open?" in all_feedback(pilot)
        assert "app.quit needs a key" in all_feedback(pilot)
        assert "f8 Dice" in keys(pilot)
        await pilot.press("f8")
        assert pilot.app.screen.query_one(Composer).form.values["seed"] == "424243"


async def test_both_own_themes_and_textuals(studio: Make, engine: FakeEngine) -> None:
    """A theme from the config is used."""
    for name in ("wan-light", "nord"):
        async with opened(studio(FakeEngine(), theme=name)) as pilot:
            assert pilot.app.theme == name


async def test_a_new_order_keeps_the_model_known(studio: Make, engine: FakeEngine) -> None:
    """What is ordered is in the list at once."""
    async with opened(studio(engine), (120, 40)) as pilot:
        await pilot.press(*"fox", "ctrl+j")
        await asyncio.sleep(0.4)
        await pilot.pause()
        assert engine.submitted[0][0].model == DEFAULT_MODEL
        assert pilot.app.screen.query_one("#jobs JobTable", JobTable).current is not None
