"""What became of a film's file, by its size."""

from __future__ import annotations

import pytest

from wan_tui.domain.film_state import LOST, FilmState


@pytest.mark.parametrize(
    ("size", "saved", "state"),
    [
        (None, 1000, FilmState.MISSING),
        (0, 1000, FilmState.SHORTER),
        (999, 1000, FilmState.SHORTER),
        (1000, 1000, FilmState.HERE),
        (1001, 1000, FilmState.HERE),
        (0, None, FilmState.SHORTER),
        (1, None, FilmState.HERE),
    ],
)
def test_a_film_is_whole_unless_it_became_shorter(
    size: int | None, saved: int | None, state: FilmState
) -> None:
    """Whatever was added does no harm; an empty file is no film, even where nobody knows how long it was."""
    assert FilmState.of(size, saved) is state
    assert (state in LOST) == (state is not FilmState.HERE)
