"""The form: made from the parameter table, counted and checked live, ordered once and only on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Input, Static, TextArea

from tests.patience import PATIENCE, until
from tests.ui.conftest import FakeEngine, make_job, opened
from wan_tui.domain.errors import Failure, LibraryUnwritable, Money, WanTuiError
from wan_tui.domain.events import PriceKnown
from wan_tui.domain.job import JobState
from wan_tui.domain.parameters import DEFAULT_MODEL, MODELS, Kind, Model, Parameter
from wan_tui.domain.time_left import TimeLeft
from wan_tui.settings import Settings
from wan_tui.ui.app import Studio
from wan_tui.ui.compat.deliberate_press import DOUBT, SETTLE
from wan_tui.ui.form.choice import Choice
from wan_tui.ui.form.composer import Composer
from wan_tui.ui.form.draft import Draft
from wan_tui.ui.form.fields import Field, FieldLabel
from wan_tui.ui.messages import EngineEvents, OrderPlaced

Make = Callable[..., Studio]


def text_of(app: App[Any], selector: str) -> str:
    return str(app.screen.query_one(selector, Static).render())


def problem_of(app: App[Any], name: str) -> str:
    """The problem shown under a field; empty where none is."""
    shown = app.screen.query(f"#field-{name} .problem").results(Static)
    return "".join(str(problem.render()) for problem in shown if problem.display)


async def after_order(pilot: Any) -> None:
    """Wait until an order that was asked for has been placed or refused."""
    await asyncio.sleep((DOUBT + SETTLE) * 1.2)
    await pilot.pause()


async def laid_out(pilot: Any) -> None:
    """Wait until the form has the height that it needs: until then everything in it moves."""
    composer = pilot.app.screen.query_one(Composer)
    height = None
    while height != (height := composer.region.height) or height != composer.styles.height.value:
        await asyncio.sleep(0.05)
        await pilot.pause()


async def test_an_order_carries_what_the_form_shows(studio: Make, engine: FakeEngine) -> None:
    """Prompt typed, ratio, switches changed, seed drawn beforehand: exactly these are ordered."""
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press(*"a red fox", "tab", *"blur", "tab", "right", "tab", "tab", "space", "tab", "left")
        await pilot.press("ctrl+j")
        await after_order(pilot)
        ((request, parent),) = engine.submitted
        assert dict(request.parameters) == {
            "model": DEFAULT_MODEL,
            "prompt": "a red fox",
            "negative_prompt": "blur",
            "resolution": "720P",
            "aspect_ratio": "9:16",
            "seed": 424_242,
            "enable_prompt_expansion": False,
            "watermark": True,
        }
        assert parent is None
        assert text_of(app, "#note") == "Placed, with seed 424242…"
        assert app.screen.query_one(TextArea).text == "a red fox"


async def test_the_next_empty_seed_is_another_one(studio: Make, engine: FakeEngine) -> None:
    """Each order draws its own, and the field shows which comes next."""
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press(*"fox")
        assert app.screen.query_one("#field-seed Input", Input).placeholder == "random: 424242"
        await pilot.press("ctrl+j")
        await after_order(pilot)
        assert app.screen.query_one("#field-seed Input", Input).placeholder == "random: 424243"
        await pilot.press("ctrl+g", "ctrl+g")
        assert app.screen.query_one("#field-seed Input", Input).value == "424245"


async def press_at(pilot: Any, *times: float) -> None:
    """Have ctrl+j come at these seconds of Textual's clock, and wait for what comes of it."""
    for at in times:
        key = events.Key("ctrl+j", None)
        key.time = at
        pilot.app.post_message(key)
    await pilot.pause()
    await after_order(pilot)


async def test_presses_that_are_meant_order_one_each(studio: Make, engine: FakeEngine) -> None:
    """ctrl+j three times within a moment is one order; two more, at a pace a hand can go, are two more."""
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press(*"fox")
        await press_at(pilot, 100.0, 100.03, 100.06)
        assert len(engine.submitted) == 1
        await press_at(pilot, 100.7)
        assert len(engine.submitted) == 2
        await press_at(pilot, 101.0)
        assert len(engine.submitted) == 3


async def test_a_key_held_down_orders_once(studio: Make, engine: FakeEngine) -> None:
    """On the order button as well, where it is enter that is held."""
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press(*"fox")
        await press_at(pilot, 100.0, *(100.5 + 0.033 * number for number in range(60)))
        assert len(engine.submitted) == 1


async def test_pasting_never_orders(studio: Make, engine: FakeEngine) -> None:
    """A paste with line breaks: they stand in the prompt."""
    app = studio(engine)
    async with opened(app) as pilot:
        area = app.screen.query_one(TextArea)
        area.post_message(events.Paste("one\r\ntwo\nthree\n"))
        await after_order(pilot)
        assert area.text == "one\ntwo\nthree\n"
        assert engine.submitted == []


async def test_pasted_text_is_kept_and_shown_clean(studio: Make, engine: FakeEngine) -> None:
    """No control or bidi character gets onto the screen; emoji, CJK and markup stay as they are, and what can be part
    of a text is ordered as it was pasted.
    """
    app = studio(engine)
    async with opened(app) as pilot:
        area = app.screen.query_one(TextArea)
        area.post_message(
            events.Paste("a\x1b]52;c;eA==\x07b\u202e\x00 [/bold] [@click=app.quit]x[/] 猫 👩‍🚀 سلام")
        )
        await pilot.pause()
        assert area.text == "a]52;c;eA==b\u202e [/bold] [@click=app.quit]x[/] 猫 👩‍🚀 سلام"
        shown = "".join(area.render_line(y).text for y in range(2))
        assert "a]52;c;eA==b [/bold] [@click=app.quit]x[/] 猫 👩‍🚀 سلام" in shown
        await pilot.press("ctrl+r")
        assert "[@click=app.quit]x[/]" in text_of(app, "#preview-text")


SCRIPTS = "می\u200cخواهم ❤\ufe0f 👩\u200d🚀 葛\U000e0100 \u200fשלום"


async def test_joiners_stay_in_the_text(studio: Make, engine: FakeEngine) -> None:
    """Typed, pasted, or brought back: what is ordered is what was written, and only what is shown is cleaned."""
    app = studio(engine)
    async with opened(app) as pilot:
        area = app.screen.query_one(TextArea)
        for character in SCRIPTS:
            app.post_message(events.Key(character if character.isalnum() else "other", character))
        await pilot.pause()
        assert area.text == SCRIPTS
        area.post_message(events.Paste(SCRIPTS))
        await pilot.pause()
        assert area.text == SCRIPTS * 2
        await app.screen.query_one(Composer).fill({"prompt": SCRIPTS})
        assert area.text == SCRIPTS
        shown = area.render_line(0)
        assert "\u200c" not in shown.text
        assert "\u200f" not in shown.text
        assert shown.cell_length == area.render_line(1).cell_length
        await pilot.press("ctrl+j")
        await after_order(pilot)
        assert engine.submitted[0][0].prompt == SCRIPTS


async def test_a_refused_try_may_be_followed_at_once(studio: Make, engine: FakeEngine) -> None:
    """After “prompt is required” the next ctrl+j acts; after a real order one in a moment does not."""
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press("ctrl+j")
        await after_order(pilot)
        assert "Nothing was ordered" in text_of(app, "#note")
        await pilot.press("x")
        await press_at(pilot, 100.0, 100.1)
        assert len(engine.submitted) == 1


async def test_an_order_that_could_not_be_kept_may_be_tried_at_once(studio: Make, engine: FakeEngine) -> None:
    """Nothing was ordered, so nothing is to be waited for."""
    app = studio(engine)
    async with opened(app) as pilot:
        engine.submit_error = LibraryUnwritable("The disk is full")
        await pilot.press("x", "ctrl+j")
        await after_order(pilot)
        assert "The disk is full" in text_of(app, "#note")
        engine.submit_error = None
        await pilot.press("ctrl+j")
        await after_order(pilot)
        assert len(engine.submitted) == 1


REFUSED = Failure("moderation", "The filter refused the prompt", Money.FREE, "Word it otherwise")
OFFLINE = Failure("unreachable", "The service cannot be reached", Money.FREE)


@pytest.mark.parametrize(
    ("news", "said"),
    [
        ([{"state": JobState.SUBMITTING}], "Sending, with seed 424242…"),
        ([{"state": JobState.QUEUED}], "Ordered, with seed 424242."),
        (
            [{"problem": OFFLINE}],
            "Waiting, with seed 424242. The service cannot be reached. Not charged.",
        ),
        (
            [{"state": JobState.SUBMITTING}, {"state": JobState.FAILED, "error": REFUSED}],
            "Failed: The filter refused the prompt. Not charged. Word it otherwise.",
        ),
        (
            [{"state": JobState.UNCONFIRMED}],
            "Unconfirmed, with seed 424242: checking whether the order arrived.",
        ),
        ([{"state": JobState.CANCELLED}], "Withdrawn: nothing was sent."),
        (
            [{"state": JobState.QUEUED}, {"state": JobState.FAILED, "error": REFUSED}],
            "Ordered, with seed 424242.",
        ),
    ],
)
async def test_the_note_follows_the_order(
    studio: Make, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, news: list[dict[str, Any]], said: str
) -> None:
    """It says ordered only when the service took it, and what else became of it, until the form changes."""
    monkeypatch.setattr("wan_tui.ui.shell.event_batcher.PAUSE", 0.0)
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press("x", "ctrl+j")
        await after_order(pilot)
        (job_id,) = (row.id for row in engine.index.rows())
        for changes in news:
            engine.change(job_id, **changes)
            await asyncio.sleep(0.03)
            await pilot.pause()
        assert text_of(app, "#note") == said
        await pilot.press("y")
        engine.change(job_id, state=JobState.FAILED, error=REFUSED)
        await asyncio.sleep(0.03)
        await pilot.pause()
        assert not app.screen.query_one("#note").display


async def test_too_long_is_counted_and_warned_about_and_never_cut(studio: Make, engine: FakeEngine) -> None:
    """801 characters: the counter and a line say so, and all of them are ordered."""
    app = studio(engine)
    async with opened(app) as pilot:
        app.screen.query_one(TextArea).insert("x" * 800)
        await pilot.pause()
        label = app.screen.query_one(FieldLabel)
        assert str(label.render()).endswith(" 800/800")
        assert problem_of(app, "prompt") == ""
        await pilot.press("y")
        assert str(label.render()).endswith("! 801/800")
        assert problem_of(app, "prompt") == "! The model reads 800 characters; the last 1 are ignored"
        await pilot.press("ctrl+j")
        await after_order(pilot)
        assert engine.submitted[0][0].prompt == "x" * 800 + "y"


async def test_what_is_wrong_is_told_under_its_field(studio: Make, engine: FakeEngine) -> None:
    """A seed that is no number at once; an empty prompt only when somebody tries to order."""
    app = studio(engine)
    async with opened(app) as pilot:
        assert problem_of(app, "prompt") == ""
        app.screen.query_one("#field-seed Input", Input).focus()
        await pilot.press(*"12x")
        assert problem_of(app, "seed") == "✗ Must be a whole number, not “12x”"
        await pilot.press("ctrl+j")
        await after_order(pilot)
        assert engine.submitted == []
        assert problem_of(app, "prompt") == "✗ Is required"
        assert text_of(app, "#note") == "Nothing was ordered: Prompt is required."
        assert isinstance(app.focused, TextArea)
        await pilot.press("f")
        assert problem_of(app, "prompt") == ""
        assert problem_of(app, "seed") != ""


async def test_the_preview_shows_exactly_what_is_ordered(studio: Make, engine: FakeEngine) -> None:
    """JSON and curl with the seed that will be sent, the key by its variable only; ctrl+r leads back."""
    app = studio(engine)
    async with opened(app, (120, 40)) as pilot:
        await pilot.press(*"fox", "ctrl+r")
        shown = text_of(app, "#preview-text")
        assert '"prompt": "fox"' in shown
        assert '"seed": 424242' in shown
        assert "Bearer $AIMLAPI_API_KEY" in shown
        assert "sk-test" not in shown
        assert not app.screen.query_one("#fields").display
        await pilot.press("ctrl+j")
        await after_order(pilot)
        assert engine.submitted[0][0].seed == 424_242
        assert '"seed": 424243' in text_of(app, "#preview-text")
        await pilot.press("ctrl+r")
        assert app.screen.query_one("#fields").display
        assert isinstance(app.focused, TextArea)


async def test_the_preview_of_nothing_says_why(studio: Make, engine: FakeEngine) -> None:
    """An empty form has no request yet."""
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press("ctrl+r")
        assert "Nothing can be sent yet" in text_of(app, "#preview-text")
        assert "prompt is required" in text_of(app, "#preview-text").lower()


async def test_help_of_the_focused_field(studio: Make, engine: FakeEngine) -> None:
    """One line under the form tells what the field is for."""
    app = studio(engine)
    async with opened(app) as pilot:
        fields = [field for field in app.screen.query(Field) if not field.fixed]
        for parameter in [field.parameter for field in fields]:
            assert text_of(app, "#hint") == parameter.help
            await pilot.press("tab")


async def test_price_known_and_unknown(studio: Make, engine: FakeEngine) -> None:
    """The price of a film stands beside the button as soon as it is known."""
    engine.prices.clear()
    app = studio(engine)
    async with opened(app) as pilot:
        assert text_of(app, "#price") == "1 film · price unknown"
        engine.prices[DEFAULT_MODEL] = 0.525
        engine.announce(PriceKnown(DEFAULT_MODEL, 0.525))
        await asyncio.sleep(0.3)
        await pilot.pause()
        assert text_of(app, "#price") == "1 film · $0.53"


async def test_an_order_that_cannot_be_written_is_told_and_the_draft_kept(
    studio: Make, engine: FakeEngine
) -> None:
    """The disk is full: nothing was ordered, and everything stands where it stood."""
    engine.submit_error = LibraryUnwritable("The disk is full", next_step="Make room and order again.")
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press(*"fox", "ctrl+j")
        await after_order(pilot)
        assert text_of(app, "#note") == "Nothing was ordered. The disk is full. Make room and order again."
        assert app.screen.query_one(TextArea).text == "fox"


async def test_the_draft_is_on_disk_within_a_second_and_comes_back(
    studio: Make, engine: FakeEngine, settings: Settings
) -> None:
    """Typed, not ordered, the program killed: the next start shows it again."""
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press(*"a fox", "tab", "tab", "right")
        async with asyncio.timeout(PATIENCE):
            while Draft(settings.paths.state / "draft.json").load().get("aspect_ratio") != "9:16":
                await asyncio.sleep(0.05)
    again = studio(FakeEngine())
    async with opened(again) as pilot:
        await pilot.pause()
        assert again.screen.query_one(TextArea).text == "a fox"
        assert again.screen.query_one("#field-aspect_ratio Choice", Choice).value == "9:16"


async def test_a_disk_that_takes_no_draft_is_told(
    studio: Make, engine: FakeEngine, settings: Settings
) -> None:
    """The form stays usable."""
    settings.paths.state.parent.mkdir(exist_ok=True)
    settings.paths.state.write_text("a file where the folder should be")
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press(*"fox")
        await app.screen.query_one(Composer).save_draft()
        assert "Draft not saved" in text_of(app, "#note")
        await pilot.press("ctrl+j")
        await after_order(pilot)
        assert len(engine.submitted) == 1


@pytest.mark.parametrize(
    ("error", "said"), [(None, "Placed"), (LibraryUnwritable("The disk is full"), "Nothing was ordered")]
)
async def test_what_became_of_an_order_is_not_covered_by_the_draft(
    studio: Make, engine: FakeEngine, settings: Settings, error: WanTuiError | None, said: str
) -> None:
    """A draft that cannot be saved is told at the next change instead."""
    settings.paths.state.parent.mkdir(exist_ok=True)
    settings.paths.state.write_text("a file where the folder should be")
    engine.submit_error = error
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press(*"fox", "ctrl+j")
        await after_order(pilot)
        of_the_order = text_of(app, "#note")
        assert said in of_the_order
        await app.screen.query_one(Composer).save_draft()
        assert text_of(app, "#note") == of_the_order
        await pilot.press("y")
        await app.screen.query_one(Composer).save_draft()
        assert "Draft not saved" in text_of(app, "#note")


async def test_clearing_and_taking_it_back(studio: Make, engine: FakeEngine) -> None:
    """ctrl+n empties every field; undo in the prompt brings its text back."""
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press(*"fox", "tab", "tab", "tab", "right", "ctrl+n")
        assert app.screen.query_one(TextArea).text == ""
        assert app.screen.query_one("#field-aspect_ratio Choice", Choice).value == "16:9"
        await pilot.press("ctrl+z")
        assert app.screen.query_one(TextArea).text == "fox"


async def test_enter_in_the_seed_goes_on_and_orders_nothing(studio: Make, engine: FakeEngine) -> None:
    """Only ctrl+j and the button order."""
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press(*"fox", "tab", "tab", "tab", "tab", "7", "enter")
        assert isinstance(app.focused, Choice)
        await after_order(pilot)
        assert engine.submitted == []


async def test_mouse_chooses_throws_the_dice_and_orders(studio: Make, engine: FakeEngine) -> None:
    """Everything has its place for a click as well."""
    app = studio(engine)
    async with opened(app) as pilot:
        await pilot.press(*"fox")
        await laid_out(pilot)
        await pilot.click("#field-aspect_ratio Choice", offset=(18 + 8, 0))
        await pilot.click("Dice")
        await pilot.click("#order")
        await after_order(pilot)
        assert engine.submitted[0][0].parameters["aspect_ratio"] == "9:16"
        assert engine.submitted[0][0].seed == 424_243


MADE_UP = Model(
    id="maker/made-up",
    label="Made Up",
    parameters=(
        MODELS[DEFAULT_MODEL].parameters[0],
        Parameter("words", Kind.TEXT, "Words", "Some words.", required=True, max_length=10, lines=1),
        Parameter(
            "mood",
            Kind.CHOICE,
            "Mood",
            "Which mood.",
            default="calm",
            choices=(*"abcdefghij", "calm"),
        ),
        Parameter("loop", Kind.SWITCH, "Loop", "End where it began.", default=True),
    ),
)


class Host(App[None]):
    """The composer alone, with a made-up model beside the real ones."""

    CSS_PATH = "../../wan_tui/ui/app.tcss"

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.placed: list[OrderPlaced] = []

    def compose(self) -> ComposeResult:
        yield Composer(
            self.settings,
            EngineEvents(self, "none come"),
            draft=Draft(self.settings.paths.state / "draft.json"),
            seeds=lambda: 5,
            price=lambda model: {DEFAULT_MODEL: 0.5}.get(model),
            models={**MODELS, MADE_UP.id: MADE_UP},
        )

    def on_order_placed(self, message: OrderPlaced) -> None:
        self.placed.append(message)


async def test_a_model_with_other_parameters_gives_other_fields(settings: Settings) -> None:
    """Nothing but its entry in the table: fields, checks, help and request follow from it."""
    app = Host(settings)
    async with app.run_test() as pilot:
        app.screen.query_one("#field-model Choice").focus()
        await pilot.press("right")
        assert [field.parameter.name for field in app.query(Field)] == ["model", "words", "mood", "loop"]
        assert app.focused is app.screen.query_one("#field-model Choice")
        assert text_of(app, "#price") == "1 film · price unknown"
        await pilot.press("tab", *"a wordy text", "tab", "right")
        assert problem_of(app, "words").startswith("! The model reads 10 characters")
        assert text_of(app, "#hint") == "Which mood."
        await pilot.press("tab", "space", "ctrl+j")
        await after_order(pilot)
        assert app.placed[0].request.model == "maker/made-up"
        assert dict(app.placed[0].request.parameters) == {
            "model": "maker/made-up",
            "words": "a wordy text",
            "mood": "a",
            "loop": False,
        }


async def test_changing_the_model_keeps_what_both_have(settings: Settings) -> None:
    """There and back: the model's own fields are its own, nothing crashes, the rest starts from its defaults."""
    app = Host(settings)
    async with app.run_test() as pilot:
        app.screen.query_one("#field-model Choice").focus()
        await pilot.press("right", "right")
        assert [field.parameter.name for field in app.query(Field)] == [
            parameter.name for parameter in MODELS[DEFAULT_MODEL].parameters
        ]
        assert text_of(app, "#price") == "1 film · $0.50"


@pytest.mark.parametrize("width", [30, 60])
async def test_many_options_fit_any_width(settings: Settings, width: int) -> None:
    """Where they do not fit side by side, the chosen one stands between arrows."""
    app = Host(settings)
    async with app.run_test(size=(width, 30)) as pilot:
        app.screen.query_one("#field-model Choice").focus()
        await pilot.press("right")
        shown = str(app.screen.query_one("#field-mood Choice", Choice).render())
        assert ("‹▐calm▌› 11 of 11" in shown) == (width == 30)
        assert "▐calm▌" in shown


async def test_the_prompt_is_as_high_as_its_text(studio: Make, engine: FakeEngine) -> None:
    """It grows while one types, up to its limit; undo and another width change it as well."""
    async with opened(studio(engine), (120, 50)) as pilot:
        area = pilot.app.screen.query_one(TextArea)
        assert area.size.height == 4
        area.insert("lorem ipsum dolor " * 15)
        await until(lambda: 4 < area.size.height == area.wrapped_document.height < 12)
        narrow = area.size.height
        await pilot.resize_terminal(200, 50)
        await until(lambda: area.size.height == max(4, area.wrapped_document.height) < narrow)
        area.insert("lorem ipsum dolor " * 60)
        await until(lambda: area.size.height == 12)
        area.undo()
        area.undo()
        await until(lambda: area.size.height == 4)
        area.redo()
        await until(lambda: area.size.height > 4)


async def test_how_long_a_film_takes_stands_beside_the_price(
    studio: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once enough films have been made, also in this run."""
    engine = FakeEngine([make_job(1, JobState.GENERATING)])
    known: list[TimeLeft] = []
    monkeypatch.setattr(engine, "expected", lambda model: known[0] if known else None)
    app = studio(engine)
    async with opened(app):
        assert text_of(app, "#price") == "1 film · $0.42"
        known.append(TimeLeft(100.0, 170.0))
        engine.change(make_job(1).id, state=JobState.SAVED)
        await until(lambda: text_of(app, "#price") == "1 film · $0.42 · 2–3 min")


async def test_fields_out_of_sight_are_announced(studio: Make, engine: FakeEngine) -> None:
    """In the smallest window the frame says that the form goes on below, then above; in a large one nothing."""
    async with opened(studio(engine), (60, 20)) as pilot:
        composer = pilot.app.screen.query_one(Composer)
        await until(lambda: composer.border_subtitle == "")
        composer.show_note("A long note takes the room of some fields. " * 3)
        await until(lambda: composer.border_subtitle == "↓ more below")
        await pilot.press("tab", "tab", "tab", "tab", "tab")
        await pilot.pause()
        assert composer.border_subtitle == "↑ more above"
        await pilot.press("ctrl+r")
        assert composer.border_subtitle == ""
    async with opened(studio(engine), (120, 40)) as pilot:
        last = pilot.app.screen.query_one(Composer)
        await until(lambda: last.border_subtitle == "")
