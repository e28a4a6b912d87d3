"""The request to be sent, as JSON and as a curl command."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from wan_tui.domain.errors import InvalidRequest
from wan_tui.domain.parameters import Dialect, Model
from wan_tui.domain.request import GenerationRequest, as_curl, as_json
from wan_tui.domain.text import clean_text


class RequestPreview(VerticalScroll):
    """The order as it would be sent now. The key is shown as its variable's name only."""

    def __init__(self, base_url: str, dialect: Dialect, models: Mapping[str, Model]) -> None:
        super().__init__(id="preview", can_focus=True)
        self._base_url = base_url
        self._dialect = dialect
        self._models = models

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="preview-text")

    def show(self, order: GenerationRequest | InvalidRequest) -> None:
        """Show ``order``, or what is wrong with it."""
        self.query_one("#preview-text", Static).update(self._text(order))

    def _text(self, order: GenerationRequest | InvalidRequest) -> str:
        if isinstance(order, InvalidRequest):
            lines = [f"✗ {p.field.replace('_', ' ').capitalize()} {p.message}" for p in order.problems]
            return "\n".join(["Nothing can be sent yet:", "", *lines])
        dialect = self._models[order.model].dialect(self._dialect)
        body = order.body(dialect, self._models)
        address = f"POST {self._base_url}{dialect.path}"
        text = "\n\n".join([address, as_json(body), "As curl:", as_curl(body, self._base_url, dialect)])
        return clean_text(text, 100_000)
