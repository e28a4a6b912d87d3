"""The yardstick: a Textual app with one line; ``x`` counts in it."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.events import Key
from textual.widgets import Static


class Bare(App[None]):
    pressed = 0

    def compose(self) -> ComposeResult:
        yield Static("READY", id="line")

    def on_key(self, event: Key) -> None:
        if event.key == "x":
            self.pressed += 1
            self.query_one("#line", Static).update(f"{self.pressed}/800")


if __name__ == "__main__":
    Bare().run()
