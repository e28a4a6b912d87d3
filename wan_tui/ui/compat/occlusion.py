"""Whether a widget may be drawn on directly, bypassing the compositor.

Private: App._batch_count, Screen._compositor. Upstream issue: none.
"""

from __future__ import annotations

from textual.widget import Widget

TEXTUAL_PRIVATE = (
    "textual.app:App._batch_count",
    "textual.screen:Screen._compositor",
)


def is_held(widget: Widget) -> bool:
    """Whether output is held back, e.g. while another program has the terminal; a refresh follows."""
    return widget.app._batch_count > 0


def is_clear(widget: Widget) -> bool:
    """Whether ``widget`` is completely visible, with nothing such as a dialog over any part of it."""
    screen = widget.screen
    # Not is_current: that includes a screen that shows through a dialog.
    if not screen.is_active:
        return False
    # The public API tells only cell by cell what is where.
    placed = screen._compositor.visible_widgets
    if widget not in placed:
        return False
    region, clip = placed[widget]
    family = {widget, *widget.ancestors, *widget.walk_children()}
    return clip.contains_region(region) and not any(
        place.intersection(visible).overlaps(region)
        for other, (place, visible) in placed.items()
        # Its scrollbars are no children of it.
        if other not in family and other.parent is not widget
    )
