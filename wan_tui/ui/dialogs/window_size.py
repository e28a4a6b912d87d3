"""The smallest window that shows the studio."""

from __future__ import annotations

from textual.geometry import Size

LEAST_WIDTH, LEAST_HEIGHT = 60, 20


def too_small(size: Size) -> bool:
    """Whether a window of ``size`` shows a sentence in place of the studio. One that has no size yet does not."""
    return bool(size) and (size.width < LEAST_WIDTH or size.height < LEAST_HEIGHT)
