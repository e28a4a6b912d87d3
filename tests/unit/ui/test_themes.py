"""Which colours are used."""

from __future__ import annotations

import pytest
from rich.color import Color, ColorSystem
from textual.theme import Theme

from wan_tui.ui.themes import DARK, LIGHT, choose

KNOWN = ("wan-dark", "wan-light", "nord")


def test_the_config_goes_over_the_environment() -> None:
    """Config, then TEXTUAL_THEME, then ours."""
    assert choose("nord", "wan-light", KNOWN) == ("nord", None)
    assert choose(None, "wan-light", KNOWN) == ("wan-light", None)
    assert choose(None, None, KNOWN) == ("wan-dark", None)
    assert choose(None, None, KNOWN, light=True) == ("wan-light", None)
    assert choose("nord", None, KNOWN, light=True) == ("nord", None)
    assert choose(None, None, KNOWN, light=True, few_colours=True) == ("wan-16", None)


def test_an_unknown_theme_falls_back_with_a_sentence() -> None:
    """The sentence names it."""
    name, complaint = choose("sepia", "nord", KNOWN)
    assert name == "wan-dark"
    assert complaint is not None
    assert "sepia" in complaint


def test_few_colours_have_a_theme_of_their_own() -> None:
    """Unless the user wishes for another."""
    assert choose(None, None, KNOWN, few_colours=True) == ("wan-16", None)
    assert choose("nord", None, KNOWN, few_colours=True) == ("nord", None)
    name, complaint = choose("sepia", None, KNOWN, few_colours=True)
    assert name == "wan-16"
    assert complaint is not None
    assert "using wan-16" in complaint


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_backgrounds_are_grey_where_there_are_256_colours(theme: Theme) -> None:
    """A pale beige would become pink: the nearest of those colours that are no greys."""
    for name in ("background", "surface", "panel"):
        nearest = Color.parse(getattr(theme, name)).downgrade(ColorSystem.EIGHT_BIT).get_truecolor()
        assert max(nearest) - min(nearest) < 10, name
