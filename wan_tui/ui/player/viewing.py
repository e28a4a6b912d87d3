"""How films and stills are shown on this terminal and over this connection."""

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
"""Longer side, in pixels, of a picture for a picture protocol: locally, and over SSH."""


@dataclass(frozen=True, slots=True)
class Viewing:
    """Protocols for films and stills, initial quality, and the shape of a cell.

    ``cell_pixels`` is width and height; ``round_trip`` is the latency of the connection in seconds.
    """

    way: Way = "cells"
    still: Way | Literal["sixel"] = "cells"
    quality: Quality = LOCAL
    longest: int = NEAR_PIXELS
    cell_pixels: tuple[int, int] | None = None
    round_trip: float | None = None
    locate: Callable[[Path], Path] = as_named
    """Returns the file for a path; raises CannotPlay if it must not be shown. May block."""

    @property
    def cell_aspect(self) -> float:
        """Ratio of a cell's height to its width."""
        return self.cell_pixels[1] / self.cell_pixels[0] if self.cell_pixels else CELL_ASPECT


def viewing(
    capabilities: Capabilities,
    surroundings: Surroundings,
    no_color: bool = False,
    *,
    locate: Callable[[Path], Path] = as_named,
) -> Viewing:
    """Choose by the terminal's capabilities and by whether it is remote.

    Sixel is only for stills: the terminal does not scale it, so video would be too much data.
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
    """The real path of ``film``, which must be inside one of ``folders``, whatever the history says. Blocks.

    Raises CannotPlay otherwise.
    """
    target = film_inside(film, folder_of(film, folders))
    if target is None:
        kind = CannotPlay if os.path.lexists(film) else FilmSpoiled
        raise kind(why_refused(film))
    return target
