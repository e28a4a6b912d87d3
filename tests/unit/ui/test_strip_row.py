"""Strips side by side: what is cut out of the row is what is cut out of the parts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from wan_tui.media.colours import Colours
from wan_tui.media.picture import from_rgb
from wan_tui.media.quadrants import paint
from wan_tui.ui.compat.picture_strip import PictureStrip
from wan_tui.ui.compat.strip_row import StripRow

FRAME = paint(from_rgb(12, 4, bytes(range(144))), Colours.FULL)
PARTS = (
    Strip([Segment("› ", Style(bold=True))]),
    PictureStrip(FRAME, 1, Style.null(), 2, 3),
    Strip([Segment("two words", Style(color="red"))]),
)
ROW, PLAIN = StripRow(PARTS), Strip.join(PARTS)


@given(start=st.integers(0, 25), end=st.integers(0, 25))
@settings(max_examples=150, deadline=None)
def test_a_crop_is_the_crop_of_the_plain_strip(start: int, end: int) -> None:
    cut, plain = ROW.crop(start, end), PLAIN.crop(start, end)
    assert (cut.text, cut.cell_length) == (plain.text, plain.cell_length)
    assert [segment.style for segment in cut.simplify()] == [segment.style for segment in plain.simplify()]


@pytest.mark.parametrize("cuts", [[22], [1, 5, 12, 22], [2, 13]])
def test_divided_it_is_whole(cuts: list[int]) -> None:
    assert [part.text for part in ROW.divide(cuts)] == [part.text for part in PLAIN.divide(cuts)]


def test_pictures_are_written_ready_made() -> None:
    """Nothing asks a picture for its segments."""
    console = Console(color_system="truecolor")
    row = StripRow([PARTS[0], fresh := PictureStrip(FRAME, 0, Style.null(), 0, 0), PARTS[2]])
    assert row.render(console).count(FRAME.line(0)) == 1
    assert fresh._made is None
