"""A still as the terminal draws it, by whichever protocol it offers."""

from __future__ import annotations

from itertools import count

from wan_tui.media import iterm2, kitty, sixel
from wan_tui.media.image_files import png
from wan_tui.media.picture import Picture
from wan_tui.ui.player.viewing import Viewing

image_numbers = count(100)
"""For kitty's protocol: no two pictures on the screen have the same. The player's films have the numbers below."""


def still_image(viewing: Viewing, picture: Picture, columns: int, rows: int, number: int) -> str:
    """The text that draws ``picture`` over ``columns`` x ``rows`` cells from the cursor on; "" if none can. May take
    some milliseconds.
    """
    match viewing.still:
        case "kitty":
            return kitty.show(picture, columns, rows, number)
        case "iterm2":
            return iterm2.show(png(picture), columns, rows)
        case "sixel" if viewing.cell_pixels:
            width, height = viewing.cell_pixels
            return sixel.show(picture.shrink(columns * width, rows * height))
    return ""
