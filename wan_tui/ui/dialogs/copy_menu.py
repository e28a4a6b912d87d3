"""The copy menu: one key after y chooses what to copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
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


class CopyMenu(ModalScreen[Copyable | Literal["show"] | None]):
    """Closes at the first key. Ends with what to copy, or with "show": show everything in full."""

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

    # Bindings rather than a key handler: of two keys that arrive together the second one has been handed to
    # the list already when this screen opens, but bindings are looked up after that.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "choose('u')", "Link", id="copy.link", tooltip="Copy the link"),
        Binding("p", "choose('p')", "Prompt", id="copy.prompt", tooltip="Copy the prompt"),
        Binding("f", "choose('f')", "File", id="copy.file", tooltip="Copy the path of the film"),
        Binding("i", "choose('i')", "Id", id="copy.id", tooltip="Copy the generation id"),
        Binding("c", "choose('c')", "Curl", id="copy.curl", tooltip="Copy the order as a curl command"),
        Binding("s", "show", "Show", id="copy.show", tooltip="Show all of them in full"),
        Binding("escape", "dismiss(None)", "Back", id="copy.back", tooltip="Copy nothing"),
    ]

    def __init__(self, items: Sequence[Copyable]) -> None:
        super().__init__()
        self._items = {item.key: item for item in items}

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Copy"
            for item in self._items.values():
                yield Static(_entry(item.key, fit(item.name, 22)))
            yield Static(_entry("s", "show all in full"))
            yield Static(_entry("esc", "back").stylize("$foreground-muted"))

    def action_choose(self, key: str) -> None:
        if key in self._items:
            # Later: with a key typed ahead the screen is not whole yet, and would not go.
            self.call_later(self._leave, self._items[key])

    def action_show(self) -> None:
        self.call_later(self._leave, "show")

    def _leave(self, item: Copyable | Literal["show"]) -> None:
        self.dismiss(item)


def _entry(key: str, text: str) -> Content:
    return Content.assemble((f"{key:<5}", "bold $text-accent"), text)
