"""A choice of one from a few options: a labelled row such as ``Aspect ratio  [16:9] 9:16 1:1``."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding
from textual.content import Content
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

LABEL_WIDTH = 18
"""Columns of the label in every one-line row of the form."""


class Choice(Widget, can_focus=True):
    """Shows all options side by side or, if they do not fit, the chosen one between arrows.

    The chosen option is a filled chip between half blocks, which are visible without colour.
    """

    BINDINGS = [
        Binding("right,space", "move(1)", "Next", id="form.next_choice", show=False, tooltip="Next choice"),
        Binding(
            "left",
            "move(-1)",
            "Previous",
            id="form.previous_choice",
            show=False,
            tooltip="Previous choice",
        ),
    ]

    chosen: reactive[int] = reactive(0)

    class Changed(Message):
        """The user chose another option."""

    def __init__(
        self,
        label: str,
        options: Sequence[tuple[str, object]],
        chosen: object = None,
        *,
        label_width: int = LABEL_WIDTH,
    ) -> None:
        """``options``: pairs of the word shown and its value. ``label_width`` in cells."""
        super().__init__()
        self._label_width = label_width
        self._label = label
        self._options = tuple(options)
        self.choose(chosen)

    @property
    def value(self) -> object:
        return self._options[self.chosen][1]

    @property
    def word(self) -> str:
        return self._options[self.chosen][0]

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return self._label_width + sum(len(word) + 2 for word, _ in self._options)

    def choose(self, value: object) -> None:
        """Choose the option with this value, or the first if there is none."""
        values = [v for _, v in self._options]
        self.set_reactive(Choice.chosen, values.index(value) if value in values else 0)
        self.refresh()

    def action_move(self, step: int) -> None:
        self.chosen = (self.chosen + step) % len(self._options)
        self.post_message(self.Changed())

    def render(self) -> Content:
        label = Content(self._label.ljust(self._label_width))
        room = self.size.width - self._label_width
        words = [word for word, _ in self._options]
        if sum(len(word) + 2 for word in words) <= room:
            return Content.assemble(label, *(self._segment(i, word) for i, word in enumerate(words)))
        return Content.assemble(
            label,
            ("‹", "$foreground-muted"),
            self._segment(self.chosen, words[self.chosen]),
            ("›", "$foreground-muted"),
            (f" {self.chosen + 1} of {len(words)}", "$foreground-muted"),
        )

    def _segment(self, index: int, word: str) -> Content:
        if index == self.chosen:
            chip = Content.styled(word, "$button-color-foreground on $primary")
            return Content.assemble(("▐", "$primary"), chip, ("▌", "$primary"))
        return Content.styled(f" {word} ", "$foreground-muted")

    def on_click(self, event: Click) -> None:
        """Choose the option clicked or, if only one is shown, the next."""
        room = self.size.width - self._label_width
        x = event.get_content_offset_capture(self).x - self._label_width
        if sum(len(word) + 2 for word, _ in self._options) > room:
            self.action_move(1)
            return
        for index, (word, _) in enumerate(self._options):
            if 0 <= x < len(word) + 2:
                self.action_move(index - self.chosen)
                return
            x -= len(word) + 2
