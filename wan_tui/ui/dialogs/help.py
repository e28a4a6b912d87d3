"""The help: all keys by context, read from the bindings themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from textwrap import wrap

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from wan_tui.domain.job import JobState
from wan_tui.ui.commands.keymap import CONTEXTS, Action

KEYS_WIDTH = 17
"""Columns the keys take, left of what they do."""

ID_WIDTH = 22
"""Columns of the ids on the right, for users who set keys of their own in the config."""

WITH_IDS = 80
"""Columns from which on there is room for ids."""

FILTER_WORDS = (
    ("dragon", "In the prompt; every word must match"),
    ("-dragon", "A leading minus negates any word"),
    ("state:failed", "State: " + ", ".join(state.value for state in JobState)),
    ("model:wan", "Part of the model's name"),
    ("seed:42", "This seed"),
    ("is:starred", "Also is:trashed, is:pending, is:failed"),
)
"""What the filter line takes, and what it finds."""


class HelpScreen(ModalScreen[None]):
    """Scrolls with the arrow and page keys; escape leaves it."""

    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]

    BINDINGS = [
        Binding("escape,q,question_mark,f1", "dismiss", "Close", id="help.close", tooltip="Close the help"),
        Binding("down,j", "scroll(1)", "Down", show=False, id="help.down"),
        Binding("up,k", "scroll(-1)", "Up", show=False, id="help.up"),
        Binding("pagedown,space", "scroll(10)", "Page down", show=False, id="help.page_down"),
        Binding("pageup", "scroll(-10)", "Page up", show=False, id="help.page_up"),
    ]

    def __init__(self, actions: Iterable[Action]) -> None:
        super().__init__()
        self._actions = list(actions)

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help", can_focus=False) as scroll:
            scroll.border_title = "Keys"
            scroll.border_subtitle = "esc closes"
            yield Static(markup=False, id="help-text")

    def on_resize(self) -> None:
        text = self.query_one("#help-text", Static)
        self.call_after_refresh(lambda: text.update(self._text(text.size.width)))

    def action_scroll(self, lines: int) -> None:
        self.query_one("#help").scroll_relative(y=lines, animate=False)

    def _text(self, width: int) -> Content:
        contexts = [*CONTEXTS, *sorted({a.context for a in self._actions} - set(CONTEXTS))]
        blocks = [self._block(context, width) for context in contexts]
        if any(action.id == "list.filter" for action in self._actions):
            blocks.append(self._filter_words(width))
        return Content("\n\n").join(block for block in blocks if block)

    def _block(self, context: str, width: int) -> Content:
        actions = gathered([action for action in self._actions if action.context == context])
        if not actions:
            return Content("")
        title = Content.styled(CONTEXTS.get(context, context.capitalize()), "bold $text-primary")
        return Content("\n").join([title, *(self._line(action, width) for action in actions)])

    def _line(self, action: Action, width: int) -> Content:
        keys = " ".join(self.app.get_key_display(Binding(key, "")) for key in action.keys)
        room = width - KEYS_WIDTH - (ID_WIDTH if width >= WITH_IDS else 0)
        line = self._entry(keys, action.tooltip or action.description, room)
        if width < WITH_IDS:
            return line
        first, *rest = line.split("\n")
        gap = " " * max(1, width - first.cell_length - len(action.id))
        first = Content.assemble(first, (gap + action.id, "$foreground-muted"))
        return Content("\n").join([first, *rest])

    def _filter_words(self, width: int) -> Content:
        title = Content.styled("Filter words", "bold $text-primary")
        lines = [self._entry(word, finds, width - KEYS_WIDTH) for word, finds in FILTER_WORDS]
        return Content("\n").join([title, *lines])

    def _entry(self, keys: str, text: str, room: int) -> Content:
        lines = wrap(text, max(10, room))
        return Content.assemble(
            (f"  {keys:<{KEYS_WIDTH - 2}}", "bold $text-accent"),
            f"\n{' ' * KEYS_WIDTH}".join(lines),
        )


def gathered(actions: Sequence[Action]) -> list[Action]:
    """``actions`` with those that differ in a digit alone, and have that digit as their key, as one."""
    lines: list[Action] = []
    for _, alike in groupby(actions, lambda action: action.keys == (action.id[-1:],) and action.id[:-1]):
        each = list(alike)
        if len(each) > 1 and each[0].keys[0].isdigit():
            first, last = each[0], each[-1]
            each = [
                replace(
                    first,
                    id=f"{first.id}–{last.id[-1]}",
                    keys=(f"{first.keys[0]}–{last.keys[0]}",),
                    tooltip=f"{first.tooltip} … {last.tooltip}",
                )
            ]
        lines += each
    return lines
