"""What to copy of a job: one key after y."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from wan_tui.domain.job import Job
from wan_tui.domain.parameters import MODELS
from wan_tui.domain.request import as_curl
from wan_tui.ui.formatting import fit


@dataclass(frozen=True, slots=True)
class Copyable:
    """One thing that can be copied, by its key."""

    key: str
    name: str
    text: str


def copyables(job: Job, base_url: str) -> list[Copyable]:
    """What there is to copy of ``job``: link, prompt, file, id, and the order as a curl command without the key."""
    dialect = MODELS[job.model].dialect(job.endpoint) if job.model in MODELS else job.endpoint
    curl = as_curl(job.request.body(dialect), base_url, dialect)
    every = (
        Copyable("u", "link", job.video_url or ""),
        Copyable("p", "prompt", job.prompt),
        Copyable("f", "file path", job.film_path or ""),
        Copyable("i", "generation id" if job.generation_id else "job id", job.generation_id or job.id),
        Copyable("c", "order as curl", curl),
    )
    return [item for item in every if item.text]


class CopyMenu(ModalScreen[Copyable | None]):
    """Waits for one key and is gone."""

    DEFAULT_CSS = """
    CopyMenu {
        align: center middle;
        & > Vertical {
            width: 34;
            height: auto;
            border: round $border;
            border-title-style: bold;
            background: $surface;
            padding: 0 2;
        }
    }
    """

    BINDINGS = [Binding("escape", "dismiss(None)", "Back", show=False)]

    def __init__(self, items: Sequence[Copyable]) -> None:
        super().__init__()
        self._items = {item.key: item for item in items}

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Copy"
            for item in self._items.values():
                yield Static(
                    Content.assemble((item.key, "bold $footer-key-foreground"), fit(f"  {item.name}", 24))
                )
            yield Static(Content.styled("esc  back", "$text-muted"))

    def on_key(self, event: events.Key) -> None:
        item = self._items.get(event.key)
        if item is not None:
            event.stop()
            self.dismiss(item)
