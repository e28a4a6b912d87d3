"""The widget that shows a film."""

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
    """Shows a picture, centred on the background.

    Pictures reach the terminal in two ways: the compositor asks for lines, which is always correct; or the stage
    writes the changes directly, which is cheap, and correct as long as nothing covers this widget
    (``occlusion.is_clear``). Both produce the same cells, so they may alternate at any time.
    """

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    FilmView { width: 1fr; height: 1fr; }
    """

    class Repainted(Message):
        """The compositor has painted blanks over a picture that the terminal drew."""

    class Moved(Message):
        """The position or size of the view has changed."""

    def __init__(self, image: int = 1) -> None:
        """``image``: number of the picture, for terminals that draw pictures themselves."""
        super().__init__()
        self.image = image
        self._painted: Painted | None = None
        self._place: Place | None = None

    @property
    def painted(self) -> Painted | None:
        """The picture shown."""
        return self._painted

    @property
    def weight(self) -> int:
        """Number of bytes to paint all of it."""
        cells = self._painted.cells if self._painted else None
        return sum(len(cells.line(y).encode()) for y in range(cells.lines)) if cells else 0

    def hold(self, painted: Painted | None) -> None:
        """Show ``painted`` from now on.

        Refreshes if its position has changed, so that the compositor clears what the previous one covered.
        """
        self._painted = painted
        if painted is not None and painted.target.place != self._place:
            self._place = painted.target.place
            self.refresh()

    def target(
        self, film: FilmFacts, viewing: Viewing, quality: Quality, fill: bool, covered: bool
    ) -> Target:
        """Position and protocol for a film in this view."""
        region = self.content_region
        framing: Framing
        if viewing.way == "cells":
            space = (max(1, round(region.width * quality.size)), max(1, round(region.height * quality.size)))
            framing = frame_cells(space, film.size, cell_aspect=viewing.cell_aspect, fill=fill)
        else:
            # The terminal scales a small picture up to its cells.
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
        # Not render_line: Textual's styles cache would take the strips apart and rebuild them.
        if self._painted is not None and self._painted.cells is None:
            self.post_message(self.Repainted())
        cells = self._painted.cells if self._painted else None
        return [picture_line(cells, y, self).crop(crop.x, crop.right) for y in range(crop.y, crop.bottom)]
