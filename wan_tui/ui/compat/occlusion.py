"""Whether a widget may be drawn on past the compositor.

Private: App._batch_count, Screen._compositor. Upstream issue: none.
"""

from __future__ import annotations

from textual.widget import Widget

TEXTUAL_PRIVATE = (
    "textual.app:App._batch_count",
    "textual.screen:Screen._compositor",
)


def is_held(widget: Widget) -> bool:
    """Whether nothing is to reach the terminal now, which may be lent to another program; a refresh comes after it."""
    return widget.app._batch_count > 0


def is_clear(widget: Widget) -> bool:
    """Whether all of ``widget`` is on the screen now, and nothing (such as a dialog) lies over any part of it."""
    screen = widget.screen
    # "Current" would be one that shows through a dialog as well.
    if not screen.is_active:
        return False
    # There is no public way to ask what lies where but cell by cell.
    placed = screen._compositor.visible_widgets
    if widget not in placed:
        return False
    region, clip = placed[widget]
    family = {widget, *widget.ancestors, *widget.walk_children()}
    return clip.contains_region(region) and not any(
        place.intersection(visible).overlaps(region)
        for other, (place, visible) in placed.items()
        if other not in family
    )
