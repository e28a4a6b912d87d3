from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.media.screen import Screen, psnr
from wan_tui.media.cells import CellFrame, paint
from wan_tui.media.colours import Colours
from wan_tui.media.decode import FilmReader
from wan_tui.media.picture import Picture


def pictures(film: Path, width: int, height: int) -> list[Picture]:
    reader = FilmReader(film)
    found = []
    while reader.read() is not None:
        found.append(reader.scaled(width, height))
    reader.close()
    return found


def test_whole_lines_show_exactly_the_picture(film: Path) -> None:
    """With 24-bit colours, what stands on the screen is the picture, pixel by pixel."""
    for picture in pictures(film, 40, 24)[::10]:
        frame = paint(picture, Colours.FULL)
        screen = Screen(40, 12)
        for y in range(frame.lines):
            screen.feed(f"\x1b[{y + 1};1H" + frame.line(y))
        assert screen.picture() == picture


@pytest.mark.parametrize("colours", list(Colours))
def test_deltas_end_where_whole_lines_end(film: Path, colours: Colours) -> None:
    """Frame after frame painted as differences gives what painting the last one whole gives."""
    by_delta = Screen(60, 25)
    shown: CellFrame | None = None
    for picture in pictures(film, 40, 24):
        frame = paint(picture, colours, shown)
        by_delta.feed(frame.delta(shown, 7, 5))
        shown = frame
    assert shown is not None
    whole = Screen(60, 25)
    for y in range(shown.lines):
        whole.feed(f"\x1b[{6 + y};8H" + shown.line(y))
    assert by_delta.picture() == whole.picture()


@pytest.mark.parametrize(("colours", "least"), [(Colours.FULL, 99), (Colours.THRIFTY, 30), (Colours.FEW, 22)])
def test_fewer_colours_stay_like_the_picture(film: Path, colours: Colours, least: float) -> None:
    """Also at the end of a film, where small differences have been left standing."""
    shown: CellFrame | None = None
    screen = Screen(40, 12)
    for picture in pictures(film, 40, 24):
        frame = paint(picture, colours, shown)
        screen.feed(frame.delta(shown, 0, 0))
        shown = frame
    assert psnr(screen.picture().pixels, picture.pixels) >= least


def test_grey_is_the_brightness_of_the_picture(film: Path) -> None:
    """For whoever asked for no colour: each pixel within one of 24 shades of its luminance."""
    picture = pictures(film, 40, 24)[0]
    shown = Screen(40, 12).feed(paint(picture, Colours.GREY).delta(None, 0, 0)).picture()
    for at in range(0, len(picture.pixels), 4):
        red, green, blue = picture.pixels[at : at + 3]
        assert abs(shown.pixels[at] - (0.2126 * red + 0.7152 * green + 0.0722 * blue)) < 20


def test_what_stands_there_is_not_sent_again(film: Path) -> None:
    """The same picture twice costs nothing; thrifty colours cost at most half of 24-bit ones."""
    found = pictures(film, 40, 24)
    frame = paint(found[0], Colours.FULL)
    assert paint(found[0], Colours.FULL, frame).delta(frame, 0, 0) == ""

    def size(colours: Colours) -> int:
        shown: CellFrame | None = None
        total = 0
        for picture in found:
            frame = paint(picture, colours, shown)
            total += len(frame.delta(shown, 0, 0).encode())
            shown = frame
        return total

    assert size(Colours.FEW) < size(Colours.THRIFTY) <= size(Colours.FULL) / 2


def test_a_frame_of_another_size_or_palette_is_painted_whole(film: Path) -> None:
    """Nothing of what stood there is taken for granted then."""
    small, large = pictures(film, 20, 12)[0], pictures(film, 40, 24)[0]
    for shown in (paint(small, Colours.FULL), paint(large, Colours.FEW)):
        frame = paint(large, Colours.FULL, shown)
        assert Screen(40, 12).feed(frame.delta(shown, 0, 0)).picture() == large


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_part_of_a_line_is_that_part_of_the_picture(data: st.DataObject) -> None:
    """A line cut by a toast or a dialog shows the right cells on both sides."""
    width = data.draw(st.integers(1, 12))
    pixels = data.draw(st.lists(st.sampled_from([0, 1, 200]), min_size=width * 6, max_size=width * 6))
    picture = Picture(width, 2, bytes(b for i in range(0, width * 6, 3) for b in (*pixels[i : i + 3], 255)))
    first = data.draw(st.integers(0, width - 1))
    last = data.draw(st.integers(first + 1, width))
    frame = paint(picture, Colours.FULL)
    part = Screen(last - first, 1).feed(frame.line(0, first, last)).picture()
    rows = picture.rows()
    assert part.rows() == [rows[0][first:last], rows[1][first:last]]
