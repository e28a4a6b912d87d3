"""The button that orders."""

from __future__ import annotations

from textual.widgets import Button


class OrderButton(Button, inherit_css=False):
    """A one-line button in the primary colour.

    Without Textual's styles: parsing those of all button variants takes longer than the rest of the form.
    """

    DEFAULT_CSS = """
    OrderButton {
        width: auto;
        height: auto;
        min-width: 16;
        line-pad: 1;
        content-align: center middle;
        text-align: center;
        pointer: pointer;
        background: $primary;
        color: $button-color-foreground;
        text-style: $block-cursor-text-style;
        &:hover { background: $primary-darken-2; }
        &:focus { text-style: $button-focus-text-style; background-tint: $foreground 5%; }
        &.-active { background: $primary; tint: $background 30%; }
        &:ansi { background: ansi_default; color: $primary; }
    }
    """
