from __future__ import annotations

import base64
import re
import zlib
from pathlib import Path

from tests.unit.media.screen import psnr
from tests.unit.media.test_picture import gradient
from wan_tui.media import iterm2, kitty, sixel
from wan_tui.media.colours import Colours
from wan_tui.media.decode import FilmReader
from wan_tui.media.picture import Picture, from_rgb
from wan_tui.media.quadrants import Cell, QuadrantFrame, paint, quadrants

_BITS = {g: n for n, g in enumerate(" ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█")}


def drawn(cells: list[list[Cell]]) -> Picture:
    """The picture that quadrant cells show."""
    rows: list[bytes] = []
    for row in cells:
        for lower in (0, 2):
            colours = [
                (fore if _BITS[glyph] >> bit & 1 else back).to_bytes(3, "little")
                for glyph, fore, back in row
                for bit in (lower, lower + 1)
            ]
            rows.append(b"".join(colours))
    return from_rgb(len(cells[0]) * 2, len(cells) * 2, b"".join(rows))


def test_two_colours_a_cell_are_shown_exactly() -> None:
    """Whichever of the sixteen ways they lie."""
    red, blue = b"\xff\x00\x00", b"\x00\x00\xff"
    for mask in range(16):
        picture = from_rgb(2, 2, b"".join(red if mask >> bit & 1 else blue for bit in range(4)))
        assert drawn(quadrants(picture)) == picture


def test_quadrants_are_better_than_half_blocks(film: Path) -> None:
    """At the same number of cells, measured on the pixels of the quadrant grid."""
    reader = FilmReader(film)
    reader.read()
    truth = reader.scaled(80, 46)
    half = reader.scaled(40, 46)
    doubled = Picture(80, 46, b"".join(half.pixels[at : at + 4] * 2 for at in range(0, len(half.pixels), 4)))
    assert psnr(drawn(quadrants(truth)).pixels, truth.pixels) > psnr(doubled.pixels, truth.pixels) + 1


def test_quadrant_text_names_colours_when_they_change() -> None:
    """Equal neighbours cost a character each."""
    frame = QuadrantFrame(5, ["▘▝▞ ▚"], [[1, 1, 3, 9, 2]], [[2, 2, 2, 4, 2]], Colours.FULL)
    assert frame.line(0) == (
        "\x1b[38;2;1;0;0;48;2;2;0;0m▘▝\x1b[38;2;3;0;0m▞\x1b[48;2;4;0;0m \x1b[48;2;2;0;0m \x1b[0m"
    )
    assert frame.line(0, 1, 2) == "\x1b[38;2;1;0;0;48;2;2;0;0m▝\x1b[0m"
    assert frame.cell(2, 0) == ("▞", "2;3;0;0", "2;2;0;0")


def test_few_colours_cost_less(film: Path) -> None:
    """A still goes over a slow line with the colours of the films there."""
    reader = FilmReader(film)
    reader.read()
    picture = reader.scaled(80, 46)
    frames = [paint(picture, colours) for colours in (Colours.FULL, Colours.THRIFTY, Colours.FEW)]
    sizes = [sum(len(frame.line(y)) for y in range(frame.lines)) for frame in frames]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[1] < 0.8 * sizes[0]
    assert all(frame.glyphs == frames[0].glyphs for frame in frames)


def test_kitty_gets_the_pixels_and_the_size_in_cells() -> None:
    """In chunks of at most 4096 characters, the last one marked, nothing answered, the cursor left alone."""
    picture = gradient(160, 90)
    sent = kitty.show(picture, 40, 12, image=9)
    chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", sent)
    assert "".join(f"\x1b_G{control};{data}\x1b\\" for control, data in chunks) == sent
    assert chunks[0][0].startswith("a=T,i=9,p=1,q=2,C=1,f=24,o=z,s=160,v=90,c=40,r=12,")
    assert all(len(data) <= 4096 for _, data in chunks)
    assert [control[-3:] for control, _ in chunks] == ["m=1"] * (len(chunks) - 1) + ["m=0"]
    assert zlib.decompress(base64.b64decode("".join(data for _, data in chunks))) == picture.rgb()
    assert kitty.remove(9) == "\x1b_Ga=d,d=I,i=9,q=2\x1b\\"


def test_iterm2_gets_the_file() -> None:
    """With its length and the size in cells."""
    assert iterm2.show(b"JPEG", 40, 12) == (
        "\x1b]1337;File=inline=1;size=4;width=40;height=12;preserveAspectRatio=0;doNotMoveCursor=1:SlBFRw==\x07"
    )


def test_sixels_draw_the_picture() -> None:
    """Read back, they are the picture in 216 colours, dithered."""
    picture = gradient(50, 32)
    assert (
        psnr(read_sixels(sixel.show(picture), 50, 32).shrink(10, 8).pixels, picture.shrink(10, 8).pixels) > 28
    )


def read_sixels(sent: str, width: int, height: int) -> Picture:
    body = re.fullmatch(rf'\x1bP0;1q"1;1;{width};{height}(.*)\x1b\\', sent, re.DOTALL)
    assert body is not None
    colours: dict[int, bytes] = {}
    pixels: dict[tuple[int, int], bytes] = {}
    x = top = 0
    colour = b""
    tokens = re.findall(r"#(\d+;2;\d+;\d+;\d+)|#(\d+)|(!(\d+).)|([\x3f-\x7e$-])", body[1])
    for define, number, run, times, char in tokens:
        if define:
            index, _, *levels = map(int, define.split(";"))
            colours[index] = bytes(round(level * 255 / 100) for level in levels)
        elif number:
            colour = colours[int(number)]
        elif char == "$":
            x = 0
        elif char == "-":
            x, top = 0, top + 6
        else:
            bits = ord(run[-1] if run else char) - 63
            count = int(times or 1)
            for column in range(x, x + count):
                pixels.update({(column, top + bit): colour for bit in range(6) if bits >> bit & 1})
            x += count
    assert set(pixels) == {(x, y) for x in range(width) for y in range(height)}
    return from_rgb(width, height, b"".join(pixels[x, y] for y in range(height) for x in range(width)))
