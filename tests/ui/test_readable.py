"""Every word can be read in every theme, by as many colours as the terminal has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.style import Style
from textual import constants
from textual.color import Color
from textual.pilot import Pilot
from textual.widgets import Input

from tests.ui.conftest import FakeEngine, make_job
from tests.ui.pilots import settled, table
from wan_tui.domain.events import Connection, ConnectionChanged
from wan_tui.domain.job import JobState
from wan_tui.ui.app import Studio
from wan_tui.ui.messages import Feedback, Severity

Make = Callable[..., Studio]
Colours = Literal["all", "256", "16 of xterm", "16 of the Linux console"]

TEXT, DIMMED = 4.5, 3.0
"""What WCAG asks for: of text, and of what may be hard to read, such as a key that does nothing now."""

VANISHED = 1.9
"""Of Textual's themes: some have 2.3 for dimmed words."""

DIM_VARIABLES = ("text-muted", "text-disabled", "foreground-muted", "foreground-disabled")
DIMMED_BY_STYLE = ("foreground",)
XTERM = (
    *("#000000", "#cd0000", "#00cd00", "#cdcd00", "#0000ee", "#cd00cd", "#00cdcd", "#e5e5e5"),
    *("#7f7f7f", "#ff0000", "#00ff00", "#ffff00", "#5c5cff", "#ff00ff", "#00ffff", "#ffffff"),
)
LINUX = (
    *("#000000", "#aa0000", "#00aa00", "#aa5500", "#0000aa", "#aa00aa", "#00aaaa", "#aaaaaa"),
    *("#555555", "#ff5555", "#55ff55", "#ffff55", "#5555ff", "#ff55ff", "#55ffff", "#ffffff"),
)


def as_seen(color: RichColor, colours: Colours, bold: bool = False) -> Color:
    """What a terminal makes of ``color``; of 16, bold ones are drawn bright: bold black is grey."""
    if colours == "all":
        return Color.from_rich_color(color)
    if colours == "256":
        return Color.from_rich_color(color.downgrade(ColorSystem.EIGHT_BIT))
    number = color.downgrade(ColorSystem.STANDARD).number
    assert number is not None
    number += 8 if bold and number < 8 else 0
    return Color.parse((XTERM if colours == "16 of xterm" else LINUX)[number])


def contrast(one: Color, other: Color) -> float:
    lights = sorted((luminance(one), luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(color: Color) -> float:
    """Relative luminance by WCAG 2.1, 0 to 1."""
    parts = (value / 255 for value in (color.r, color.g, color.b))
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def words(pilot: Pilot[Any]) -> Iterator[tuple[str, RichColor, RichColor, bool]]:
    """The words on the screen, each with its colour, that behind it, and whether it is bold."""
    for strip in pilot.app.screen._compositor.render_strips():
        for text, style, _ in strip:
            if isinstance(style, Style) and style.color and style.bgcolor and any(map(str.isalnum, text)):
                front, behind = style.color, style.bgcolor
                if style.reverse:
                    front, behind = behind, front
                # Of a reversed word the terminal makes bright what is then behind it.
                yield text.strip(), front, behind, bool(style.bold) and not style.reverse


def is_dimmed(pilot: Pilot[Any], color: RichColor, behind: RichColor) -> bool:
    ground = Color.from_rich_color(behind)
    variables = pilot.app.theme_variables
    # Textual's own themes take some of them from what is behind.
    values = [variables[name] for name in DIM_VARIABLES if not variables[name].startswith("auto")]
    dim = [ground + Color.parse(value) for value in values]
    # What Textual calls dim is two thirds of its colour.
    dim += [ground.blend(Color.parse(variables[name]), 0.66) for name in DIMMED_BY_STYLE]
    return Color.from_rich_color(color).rgb in [one.rgb for one in dim]


def hard_to_read(
    pilot: Pilot[Any], colours: Colours = "all", least: tuple[float, float] = (TEXT, DIMMED)
) -> dict[str, tuple[float, str]]:
    """The words on the screen whose contrast is too low, with their contrast."""
    found: dict[str, tuple[float, str]] = {}
    for text, color, behind, bold in words(pilot):
        value = contrast(as_seen(color, colours, bold), as_seen(behind, colours))
        if value < least[is_dimmed(pilot, color, behind)]:
            pair = f"{color.name} on {behind.name}"
            found[text] = (round(value, 2), pair)
    return found


async def looked_at(pilot: Pilot[Any], engine: FakeEngine) -> AsyncIterator[str]:
    """Go through what there is to read, and say where."""
    app = pilot.app
    assert isinstance(app, Studio)
    await app.ready.wait()
    await settled(pilot)
    yield "form"
    await pilot.press(*"a fox", "tab", "tab", "tab", *"12x", "ctrl+j")
    await pilot.pause(0.3)
    yield "problems, a choice, and what was not ordered"
    app.screen.query_one("#order").focus()
    await settled(pilot)
    yield "order button"
    await pilot.press("escape", "space")
    for row in range(len(JobState)):
        await settled(pilot)
        yield f"list, row {row}"
        await pilot.press("down")
    await pilot.press("3")
    await settled(pilot)
    yield "list without the focus"
    await pilot.press("2", "slash", *"prompt:x boat")
    await settled(pilot)
    yield "filter"
    await pilot.press("escape")
    severities: tuple[Severity, ...] = ("information", "success", "warning", "error")
    for severity in severities:
        await settled(pilot)
        app.post_message(Feedback("It was done.", severity))
        await settled(pilot)
        yield f"feedback, {severity}"
    app._feedback._queue._waiting.clear()
    for connection in Connection:
        engine.connection = connection
        engine.announce(ConnectionChanged(connection, "because"))
        await pilot.pause(0.3)
        while len(app.screen_stack) > 1:
            app.pop_screen()
        await settled(pilot)
        yield f"status, {connection}"
    for keys in (["y"], ["question_mark"], ["ctrl+o"], ["f2"], ["r"], ["ctrl+p"], ["y", "s"]):
        await pilot.press(*keys)
        await settled(pilot)
        # What lies dimmed below is not meant to be read.
        app.screen.styles.background = app.theme_variables["background"]
        await settled(pilot)
        yield f"window of {keys}"
        app.pop_screen()
        await settled(pilot)
    await pilot.press("g", *("down",) * 4, "p")
    await pilot.pause(0.5)
    yield "player"
    await pilot.press("i")
    await settled(pilot)
    yield "what was played was made of"


@pytest.fixture
def every_state(tmp_path: Path) -> FakeEngine:
    return FakeEngine([make_job(number, state) for number, state in enumerate(JobState)])


async def unreadable(studio: Studio, engine: FakeEngine, *colours: Colours) -> str:
    """What is hard to read, a line each; "" where nothing is."""
    found: dict[str, Any] = {}
    async with studio.run_test(size=(120, 40)) as pilot:
        async for place in looked_at(pilot, engine):
            for seen in colours:
                for word, bad in hard_to_read(pilot, seen).items():
                    found.setdefault(f"{word} ({seen})", (place, *bad))
    return "\n".join(f"{word}: {bad}" for word, bad in found.items())


@pytest.mark.parametrize("theme", ["wan-dark", "wan-light"])
async def test_our_themes_can_be_read(studio: Make, every_state: FakeEngine, theme: str) -> None:
    """With all colours, and with 256."""
    app = studio(every_state, theme=theme, base_url="https://elsewhere.example")
    assert await unreadable(app, every_state, "all", "256") == ""


async def test_sixteen_colours_can_be_read(
    studio: Make, every_state: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal with no more gets a theme of them unasked: the row under the cursor and the button above all."""
    monkeypatch.setattr(constants, "COLOR_SYSTEM", "standard")
    app = studio(every_state, base_url="https://elsewhere.example")
    assert app.theme == "wan-16"
    assert await unreadable(app, every_state, "16 of xterm", "16 of the Linux console") == ""


@pytest.mark.parametrize("theme", ["wan-dark", "wan-light", "wan-16"])
async def test_where_one_is_can_be_seen(studio: Make, busy_engine: FakeEngine, theme: str) -> None:
    """The row under the cursor, with and without the focus, and the button have a ground of their own."""
    sixteen: Colours = "16 of xterm"
    colours: tuple[Colours, ...] = (
        (sixteen, "16 of the Linux console") if theme == "wan-16" else ("all", "256")
    )
    async with studio(busy_engine, theme=theme).run_test(size=(120, 40)) as pilot:
        app = pilot.app
        assert isinstance(app, Studio)
        await app.ready.wait()
        await pilot.press("escape", "down")
        grounds = {}
        for focus in ("2", "3"):
            await pilot.press(focus)
            await settled(pilot)
            line = table(pilot).render_line(table(pilot)._cursor)
            grounds[focus] = next(segment.style.bgcolor for segment in line if segment.style)
        button = app.screen.query_one("#order").rich_style.bgcolor
        for ground in (*grounds.values(), button):
            assert ground is not None
            for seen in colours:
                below = as_seen(RichColor.parse(app.theme_variables["background"]), seen)
                assert contrast(as_seen(ground, seen), below) > 1.25, (ground, seen)
        assert grounds["2"] != grounds["3"]
        assert not isinstance(app.focused, Input)


@pytest.mark.parametrize(
    "theme", ["textual-dark", "textual-light", "dracula", "solarized-light", "catppuccin-latte"]
)
async def test_no_word_vanishes_in_textuals_themes(studio: Make, busy_engine: FakeEngine, theme: str) -> None:
    """Form, list, details and bars."""
    async with studio(busy_engine, theme=theme).run_test(size=(120, 40)) as pilot:
        assert isinstance(pilot.app, Studio)
        await pilot.app.ready.wait()
        await pilot.press("escape", "j", "j", "j", "j")
        await settled(pilot)
        assert hard_to_read(pilot, least=(VANISHED, VANISHED)) == {}
