"""The dialog that asks before something that costs money or cannot be undone."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from wan_tui.ui.compat.deliberate_press import last_press
from wan_tui.ui.dialogs.question import Question
from wan_tui.ui.dialogs.window_size import too_small


class Confirm(ModalScreen[bool]):
    """True only by its own key: enter, easily pressed by accident, means no."""

    DEFAULT_CSS = """
    Confirm {
        align: center middle;
        & > Vertical {
            width: 64;
            max-width: 96%;
            height: auto;
            max-height: 96%;
            border: round $warning;
            border-title-style: bold;
            border-title-color: $text-warning;
            background: $surface;
            padding: 1 2;
        }
        & Static { height: auto; }
        & .keys { margin-top: 1; color: $text-muted; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes", tooltip="Do it"),
        Binding("n,escape,enter", "answer(False)", "No", id="confirm.no", tooltip="Cancel"),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = Content(self._question.title)
            yield Static(self._question.text, markup=False)
            yield Static(
                Content.assemble(
                    ("y", "bold $text-accent"),
                    f" {self._question.yes}    ",
                    ("n", "bold $text-accent"),
                    " cancel",
                ),
                classes="keys",
            )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nobody says yes to a question that a tiny window cuts off."""
        return not (action == "answer" and parameters == (True,) and too_small(self.app.size))

    def action_answer(self, yes: bool) -> None:
        if yes and last_press(self.app).repeated:
            return  # held since before the question was there
        # Later: with a key typed ahead the screen is not whole yet, and would not go.
        self.call_later(self._leave, yes)

    def _leave(self, yes: bool) -> None:
        self.dismiss(yes)
