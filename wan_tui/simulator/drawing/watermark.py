"""The mark in the corner of a film that was asked for with a watermark."""

from __future__ import annotations

from wan_tui.simulator.drawing.sprite import Sprite

_LETTERS = {
    "W": ("1...1", "1...1", "1...1", "1.1.1", "1.1.1", "11.11", "1...1"),
    "A": (".111.", "1...1", "1...1", "11111", "1...1", "1...1", "1...1"),
    "N": ("1...1", "11..1", "11..1", "1.1.1", "1..11", "1..11", "1...1"),
    "I": ("111", ".1.", ".1.", ".1.", ".1.", ".1.", "111"),
    " ": ("..",) * 7,
}
_TEXT = "WAN AI"
_PAPER, _INK = (16, 18, 26), (255, 255, 255)


def watermark(unit: float) -> Sprite:
    """White letters on a dark half-transparent label; `unit` is 1 at 720 pixels on the short side."""
    dot = max(2, round(4 * unit))
    letters = [_LETTERS[letter] for letter in _TEXT]
    columns = sum(len(letter[0]) + 1 for letter in letters) - 1
    sprite = Sprite((columns + 6) * dot, 13 * dot, _PAPER)
    sprite.box(0, 0, sprite.width, sprite.height, _PAPER, 110)
    left = 3 * dot
    for letter in letters:
        for row, line in enumerate(letter):
            for column, mark in enumerate(line):
                if mark == "1":
                    sprite.box(left + column * dot, (3 + row) * dot, dot, dot, _INK, 225)
        left += (len(letter[0]) + 1) * dot
    return sprite
