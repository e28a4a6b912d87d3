"""A terminal small enough to trust: plays text into a grid of cells and tells what picture they make."""

from __future__ import annotations

import re

from wan_tui.media.picture import Picture

_TOKEN = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|([^\x1b])", re.DOTALL)
_CUBE = (0, 95, 135, 175, 215, 255)
_DEFAULT = (255, 0, 255)
"""A colour that no picture here has: it shows where nothing was painted."""

Colour = tuple[int, int, int]


class Screen:
    """Understands cursor position, cursor forward and SGR colours; anything else is an error."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.cells: dict[tuple[int, int], tuple[str, Colour, Colour]] = {}
        self._x = self._y = 0
        self._fore = self._back = _DEFAULT

    def feed(self, text: str) -> Screen:
        at = 0
        for match in _TOKEN.finditer(text):
            assert match.start() == at, f"not understood: {text[at : at + 20]!r}"
            at = match.end()
            arguments, command, char = match.groups()
            if char is not None:
                assert self._x < self.columns, "painted over the right edge"
                assert self._y < self.rows, "painted under the bottom edge"
                self.cells[self._x, self._y] = char, self._fore, self._back
                self._x += 1
            elif command == "H":
                self._y, self._x = (int(part) - 1 for part in arguments.split(";"))
            elif command == "C":
                self._x += int(arguments or 1)
            elif command == "m":
                self._colour([int(part or 0) for part in arguments.split(";")])
            else:
                raise AssertionError(f"not understood: {match[0]!r}")
        assert at == len(text)
        return self

    def picture(self) -> Picture:
        """Two pixels a cell; unpainted ones are magenta."""
        pixels = bytearray(self.columns * self.rows * 2 * 4)
        for y in range(self.rows):
            for x in range(self.columns):
                char, fore, back = self.cells.get((x, y), (" ", _DEFAULT, _DEFAULT))
                assert char in " ▀"
                for half, colour in enumerate((fore if char == "▀" else back, back)):
                    at = ((2 * y + half) * self.columns + x) * 4
                    pixels[at : at + 4] = bytes((*colour, 255))
        return Picture(self.columns, self.rows * 2, bytes(pixels))

    def _colour(self, codes: list[int]) -> None:
        at = 0
        while at < len(codes):
            code = codes[at]
            if code == 0:
                self._fore = self._back = _DEFAULT
                at += 1
                continue
            assert code in (38, 48)
            if codes[at + 1] == 2:
                red, green, blue = codes[at + 2 : at + 5]
                colour, at = (red, green, blue), at + 5
            else:
                colour, at = _indexed(codes[at + 2]), at + 3
            if code == 38:
                self._fore = colour
            else:
                self._back = colour


def _indexed(index: int) -> Colour:
    if index >= 232:
        return (8 + 10 * (index - 232),) * 3
    index -= 16
    return _CUBE[index // 36], _CUBE[index // 6 % 6], _CUBE[index % 6]


def psnr(one: bytes, other: bytes) -> float:
    """Peak signal-to-noise ratio of two pictures' bytes in decibels; 99 for equal ones."""
    import math

    error = sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) / len(one)
    return 10 * math.log10(255**2 / error) if error else 99.0
