"""How films and stills are shown on this terminal and over this line."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from wan_tui.media.colours import Colours
from wan_tui.media.decode import CannotPlay, FilmSpoiled, as_named
from wan_tui.media.framing import CELL_ASPECT
from wan_tui.media.pacing import LOCAL, REMOTE, Quality
from wan_tui.media.painting import Way
from wan_tui.terminal.capabilities import Capabilities
from wan_tui.terminal.environment import Surroundings
from wan_tui.terminal.opening import film_inside, folder_of, why_refused

NEAR_PIXELS, FAR_PIXELS = 640, 320
"""The longer side of a picture for a picture protocol, on this machine's terminal and over a line."""


@dataclass(frozen=True, slots=True)
class Viewing:
    """The way of moving pictures, that of stills, the quality to begin with, and the shape of a cell.

    ``cell_pixels`` is width and height, ``round_trip`` the time over the line and back in seconds.
    """

    way: Way = "cells"
    still: Way | Literal["sixel"] = "cells"
    quality: Quality = LOCAL
    longest: int = NEAR_PIXELS
    cell_pixels: tuple[int, int] | None = None
    round_trip: float | None = None
    locate: Callable[[Path], Path] = as_named
    """Gives the file that a path stands for; raises CannotPlay where it must not be shown. May block."""

    @property
    def cell_aspect(self) -> float:
        """How many times as tall as wide a cell is."""
        return self.cell_pixels[1] / self.cell_pixels[0] if self.cell_pixels else CELL_ASPECT


def viewing(
    capabilities: Capabilities,
    surroundings: Surroundings,
    no_color: bool = False,
    *,
    locate: Callable[[Path], Path] = as_named,
) -> Viewing:
    """Choose by what the terminal can do and by whether a line lies between.

    Sixel is for stills alone: the terminal does not scale it, so a moving picture is too much.
    """
    graphics = capabilities.graphics
    quality = REMOTE if surroundings.over_ssh else LOCAL
    if no_color:
        quality = replace(quality, colours=Colours.GREY)
    elif not surroundings.truecolor:
        quality = replace(quality, colours=Colours.FEW)
    pictures = graphics != "cells" and not no_color
    return Viewing(
        way="cells" if graphics == "sixel" or not pictures else graphics,
        still=graphics if pictures else "cells",
        quality=quality,
        longest=FAR_PIXELS if surroundings.over_ssh else NEAR_PIXELS,
        cell_pixels=capabilities.cell_pixels,
        round_trip=capabilities.round_trip,
        locate=locate,
    )


def located(film: Path, folders: Sequence[Path]) -> Path:
    """Where ``film`` really lies: a file inside one of ``folders``, whatever a history says. Blocks.

    Raises CannotPlay where it is anything else.
    """
    target = film_inside(film, folder_of(film, folders))
    if target is None:
        kind = CannotPlay if os.path.lexists(film) else FilmSpoiled
        raise kind(why_refused(film))
    return target
