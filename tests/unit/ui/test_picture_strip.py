"""Lines of a picture as segments, for a screenshot or for a dialog that the picture shines through."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style
from textual.strip import Strip

from wan_tui.media.cells import paint
from wan_tui.media.colours import Colours
from wan_tui.media.picture import Picture
from wan_tui.ui.compat.picture_strip import PictureStrip

COLUMNS = 10
FRAME = paint(Picture(COLUMNS, 2, bytes(b for x in range(2 * COLUMNS) for b in (x, 0, 0, 255))), Colours.FULL)


def reds(strip: Strip) -> list[int | None]:
    """The red of the upper half of each cell; None: no picture there."""
    found: list[int | None] = []
    for segment in strip:
        colour = segment.style.color if segment.style else None
        red = int(colour.triplet.red) if colour is not None and colour.triplet is not None else None
        found += [red] * len(segment.text)
    return found


def test_a_cell_is_a_cell() -> None:
    """Each with colours of its own, blanks on both sides."""
    strip = PictureStrip(FRAME, 0, Style(), 2, 3)
    assert reds(strip) == [None, None, *range(COLUMNS), None, None, None]


@given(grain=st.integers(1, 12), start=st.integers(0, 15), width=st.integers(0, 15))
def test_grains_stay_in_place_however_the_line_is_cut(grain: int, start: int, width: int) -> None:
    """A grain looks like its first cell; what lies over a part of the picture does not move the rest."""
    whole = PictureStrip(FRAME, 0, Style(), 2, 3, grain=grain)
    expected = [None, None, *(x - x % grain for x in range(COLUMNS)), None, None, None]
    assert reds(whole) == expected
    assert reds(whole.crop(start, start + width)) == expected[start : start + width]
