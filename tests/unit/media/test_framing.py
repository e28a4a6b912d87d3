from __future__ import annotations

import pytest

from wan_tui.media.framing import frame_cells, frame_image, place

FILMS = [(1280, 720), (720, 1280), (960, 960), (1088, 832), (832, 1088)]


@pytest.mark.parametrize("film", FILMS)
@pytest.mark.parametrize("space", [(120, 36), (80, 21), (60, 17), (200, 46), (40, 60)])
@pytest.mark.parametrize("cell", [2.0, 1.8, 2.25])
def test_the_shape_is_kept(film: tuple[int, int], space: tuple[int, int], cell: float) -> None:
    """Within half a cell, as large as fits, for every shape the service makes and every shape of cell."""
    columns, rows = place(space, film, cell)
    assert columns <= space[0]
    assert rows <= space[1]
    assert columns == space[0] or rows == space[1]
    wanted = film[0] / film[1]
    assert (columns - 0.5) / ((rows + 0.5) * cell) <= wanted <= (columns + 0.5) / ((rows - 0.5) * cell)


@pytest.mark.parametrize("film", FILMS)
def test_filling_takes_all_the_space_and_keeps_the_shape(film: tuple[int, int]) -> None:
    """The film is scaled past the space on one side only, by as much as its shape asks for."""
    framing = frame_cells((100, 30), film, fill=True)
    assert (framing.columns, framing.rows) == (100, 30)
    assert framing.scaled_width >= framing.width
    assert framing.scaled_height >= framing.height
    assert framing.scaled_width / framing.scaled_height == pytest.approx(film[0] / film[1], rel=0.02)


def test_images_have_square_pixels_and_no_more_than_the_film() -> None:
    """The longer side is bounded; a small film is not blown up before it is sent."""
    assert frame_image((120, 34), (1280, 720), 640).pixels == (640, 362)
    assert max(frame_image((120, 34), (200, 112), 640).pixels) <= 200


def test_no_space_is_still_a_cell() -> None:
    """Nothing divides by zero while a screen is laid out."""
    assert place((0, 0), (1280, 720)) == (1, 1)
    assert place((3, 40), (1280, 72)) == (3, 1)
