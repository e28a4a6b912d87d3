"""Every word can be read in every theme."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.color import Color
from textual.pilot import Pilot

from tests.ui.conftest import FakeEngine
from tests.ui.pilots import settled
from wan_tui.ui.app import Studio

Make = Callable[..., Studio]
LEAST_CONTRAST = 1.9
"""Below this words vanish. WCAG asks for 3 with large text; muted words of some of Textual's themes have 2.3."""


def luminance(color: Color) -> float:
    """Relative luminance by WCAG 2.1, 0 to 1."""
    parts = (value / 255 for value in (color.r, color.g, color.b))
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def hard_to_read(pilot: Pilot[Any]) -> dict[str, float]:
    """The words on the screen whose contrast is too low, with their contrast."""
    found: dict[str, float] = {}
    for strip in pilot.app.screen._compositor.render_strips():
        for text, style, _ in strip:
            if style is None or style.color is None or style.bgcolor is None:
                continue
            if any(map(str.isalnum, text)):
                pair = [luminance(Color.from_rich_color(color)) for color in (style.color, style.bgcolor)]
                contrast = (max(pair) + 0.05) / (min(pair) + 0.05)
                if contrast < LEAST_CONTRAST:
                    found[text.strip()] = round(contrast, 2)
    return found


@pytest.mark.parametrize(
    "theme",
    [
        "wan-dark",
        "wan-light",
        "textual-dark",
        "textual-light",
        "dracula",
        "solarized-light",
        "catppuccin-latte",
    ],
)
async def test_every_word_can_be_read(studio: Make, busy_engine: FakeEngine, theme: str) -> None:
    """Form, list, details, bars, and the windows above them."""
    async with studio(busy_engine, theme=theme).run_test(size=(120, 40)) as pilot:
        app = pilot.app
        assert isinstance(app, Studio)
        await app.ready.wait()
        await settled(pilot)
        assert hard_to_read(pilot) == {}
        await pilot.press("escape", "j", "j", "j", "j")
        for key in ("y", "question_mark"):
            await pilot.press(key)
            await settled(pilot)
            # What lies dimmed below is not meant to be read.
            app.screen.styles.background = app.theme_variables["background"]
            await settled(pilot)
            assert hard_to_read(pilot) == {}
            await pilot.press("escape")
