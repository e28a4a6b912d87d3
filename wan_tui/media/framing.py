"""Position and scaling of a film in the available space."""

from __future__ import annotations

from dataclasses import dataclass

CELL_ASPECT = 2.0
"""Default ratio of a cell's height to its width, if the terminal does not report it."""

HALF_BLOCKS = (1, 2)
QUADRANTS = (2, 2)


@dataclass(frozen=True, slots=True)
class Framing:
    """The cells that a picture takes, its pixels, and the size the film is scaled to.

    The scaled size is larger than the picture only when filling: then the film is cropped to its middle.
    """

    columns: int
    rows: int
    width: int
    height: int
    scaled_width: int
    scaled_height: int

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of the picture in pixels."""
        return self.width, self.height

    @property
    def scaled(self) -> tuple[int, int]:
        """Width and height that the film is scaled to, in pixels."""
        return self.scaled_width, self.scaled_height

    @property
    def cut(self) -> bool:
        """Whether the film is cropped."""
        return self.pixels != self.scaled


def place(
    space: tuple[int, int], film: tuple[float, float], cell_aspect: float = CELL_ASPECT, fill: bool = False
) -> tuple[int, int]:
    """Columns and rows of the picture of a ``film`` (width, height) in ``space`` (columns, rows).

    As large as possible at its aspect ratio; with ``fill`` it takes the whole space.
    """
    columns, rows = max(1, space[0]), max(1, space[1])
    if fill:
        return columns, rows
    shape = film[0] / film[1] * cell_aspect
    if columns / rows > shape:
        return max(1, min(columns, round(rows * shape))), rows
    return columns, max(1, min(rows, round(columns / shape)))


def frame_cells(
    space: tuple[int, int],
    film: tuple[float, float],
    grid: tuple[int, int] = HALF_BLOCKS,
    cell_aspect: float = CELL_ASPECT,
    fill: bool = False,
) -> Framing:
    """Frame a film for cells of ``grid`` pixels each."""
    columns, rows = place(space, film, cell_aspect, fill)
    return _framing(columns, rows, (columns * grid[0], rows * grid[1]), film, cell_aspect, fill)


def frame_image(
    space: tuple[int, int],
    film: tuple[float, float],
    longest: int,
    cell_aspect: float = CELL_ASPECT,
    fill: bool = False,
) -> Framing:
    """Frame a film for a picture protocol: square pixels, at most ``longest`` on the longer side."""
    columns, rows = place(space, film, cell_aspect, fill)
    width, height = columns, rows * cell_aspect
    scale = min(longest, max(film)) / max(width, height)
    pixels = (_even(width * scale), _even(height * scale))
    return _framing(columns, rows, pixels, film, cell_aspect, fill)


def _framing(
    columns: int,
    rows: int,
    pixels: tuple[int, int],
    film: tuple[float, float],
    cell_aspect: float,
    fill: bool,
) -> Framing:
    width, height = pixels
    # How much the film is wider (above 1) or narrower than the space it must fill.
    wider = (film[0] / film[1]) / (columns / (rows * cell_aspect)) if fill else 1.0
    return Framing(
        columns, rows, width, height, round(width * max(1.0, wider)), round(height * max(1.0, 1 / wider))
    )


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)
