"""The place on the screen where a film is seen."""

from __future__ import annotations

from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from wan_tui.media.film_facts import FilmFacts
from wan_tui.media.framing import Framing, frame_cells, frame_image
from wan_tui.media.pacing import Quality
from wan_tui.media.painting import Painted, Place, Target
from wan_tui.ui.compat.picture_strip import picture_line
from wan_tui.ui.player.viewing import Viewing


class FilmView(Widget):
    """Shows what it is given, in the middle; the rest is background.

    Pictures reach the terminal in two ways: the compositor asks for lines, which is always right; or whoever
    plays writes what has changed past the compositor, which is cheap and right as long as nothing lies over
    this widget (``occlusion.is_clear``). Both ways end in the same cells, so one may follow the other at any time.
    """

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    FilmView { width: 1fr; height: 1fr; }
    """

    class Repainted(Message):
        """The compositor has painted blanks where the terminal itself had drawn a picture."""

    class Moved(Message):
        """The view has another place or size."""

    def __init__(self, image: int = 1) -> None:
        """``image`` is the number of the picture for terminals that draw pictures themselves."""
        super().__init__()
        self.image = image
        self._painted: Painted | None = None
        self._place: Place | None = None

    @property
    def painted(self) -> Painted | None:
        """What is shown."""
        return self._painted

    @property
    def weight(self) -> int:
        """How many bytes it takes to paint all of it."""
        cells = self._painted.cells if self._painted else None
        return sum(len(cells.line(y).encode()) for y in range(cells.lines)) if cells else 0

    def hold(self, painted: Painted | None) -> None:
        """Have this to show from now on.

        The compositor is told when the picture takes another place: it clears what the one before covered.
        """
        self._painted = painted
        if painted is not None and painted.target.place != self._place:
            self._place = painted.target.place
            self.refresh()

    def target(
        self, film: FilmFacts, viewing: Viewing, quality: Quality, fill: bool, covered: bool
    ) -> Target:
        """Where and how a film goes in this view."""
        region = self.content_region
        framing: Framing
        if viewing.way == "cells":
            space = (max(1, round(region.width * quality.size)), max(1, round(region.height * quality.size)))
            framing = frame_cells(space, film.size, cell_aspect=viewing.cell_aspect, fill=fill)
        else:
            # The terminal makes a small picture as large as its place.
            longest = round(min(viewing.longest, max(film.size)) * quality.size)
            framing = frame_image(region.size, film.size, longest, viewing.cell_aspect, fill)
        return Target(
            framing,
            region.x + (region.width - framing.columns) // 2,
            region.y + (region.height - framing.rows) // 2,
            viewing.way,
            quality.colours,
            covered,
            self.image,
        )

    def on_resize(self) -> None:
        self.post_message(self.Moved())

    def render_lines(self, crop: Region) -> list[Strip]:
        # Not render_line: the styles cache would take the strips apart and build them anew.
        if self._painted is not None and self._painted.cells is None:
            self.post_message(self.Repainted())
        cells = self._painted.cells if self._painted else None
        return [picture_line(cells, y, self).crop(crop.x, crop.right) for y in range(crop.y, crop.bottom)]
