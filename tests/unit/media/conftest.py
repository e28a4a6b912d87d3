from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.media.films import write_film


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound film: 320 x 180, 30 frames of a test card, one second."""
    return write_film(tmp_path_factory.mktemp("films") / "card.mp4")
