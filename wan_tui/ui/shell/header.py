"""The top line: the program's name, the panels where only one is shown, and the demo sign."""

from __future__ import annotations

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

PANELS = {"form": "1 New film", "jobs": "2 Jobs", "details": "3 Details"}
DEMO = "DEMO — no money is spent"


class StudioHeader(Widget):
    """One line. ``panel`` is the panel that has the focus; ``tabs`` tells whether to show all as a strip."""

    panel: reactive[str] = reactive("form")
    tabs: reactive[bool] = reactive(False)

    class TabClicked(Message):
        def __init__(self, panel: str) -> None:
            super().__init__()
            self.panel = panel

    def __init__(self, demo: bool) -> None:
        super().__init__()
        self._demo = demo

    def render(self) -> Content:
        left = self._strip() if self.tabs else Content.styled(" wan-tui", "bold $text-primary")
        if not self._demo:
            return left
        gap = " " * max(1, self.size.width - left.cell_length - len(DEMO) - 1)
        return Content.assemble(left, gap, (DEMO, "bold $text-warning"))

    def _strip(self) -> Content:
        return Content("").join(
            Content.styled(f"[{title}]", "bold $text-primary")
            if name == self.panel
            else Content.styled(f" {title} ", "$foreground-muted")
            for name, title in PANELS.items()
        )

    def on_click(self, event: Click) -> None:
        if not self.tabs:
            return
        x = event.x
        for name, title in PANELS.items():
            if 0 <= x < len(title) + 2:
                self.post_message(self.TabClicked(name))
                return
            x -= len(title) + 2
