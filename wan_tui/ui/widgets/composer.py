"""The form a film is ordered from, made from the parameter table."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import DescendantFocus
from textual.timer import Timer
from textual.widgets import Button, Static

from wan_tui.domain.errors import InvalidRequest, Problem
from wan_tui.domain.parameters import DEFAULT_MODEL, MODELS, Model, Value
from wan_tui.domain.request import GenerationRequest, build, validate
from wan_tui.ui.draft import Draft
from wan_tui.ui.messages import OrderPlaced
from wan_tui.ui.widgets.fields import FIELDS, Field, SeedField
from wan_tui.ui.widgets.request_preview import RequestPreview

if TYPE_CHECKING:
    from wan_tui.settings import Settings

SAVE_AFTER = 0.5
"""Seconds after a change until the draft is on disk."""

PASTE_PAUSE = 0.05
"""Seconds an order waits for more text: a line break inside pasted text is the same byte as ctrl+j."""

SAME_ORDER = 1.0
"""Seconds within which a second ctrl+j (a bouncing or held key) is not a second order."""


class Composer(Vertical):
    """Collects the values, tells what is wrong with them, and posts OrderPlaced.

    An empty seed stands for one that is drawn beforehand, so that the preview shows exactly what is sent.
    """

    BINDINGS = [
        Binding(
            "ctrl+j,ctrl+enter", "order", "Order", id="form.order", priority=True, tooltip="Order this film"
        ),
        Binding(
            "ctrl+r", "preview", "Request", id="form.preview", tooltip="Show what will be sent, or the form"
        ),
        Binding("ctrl+g", "dice", "Dice", id="form.dice", tooltip="Draw a seed by chance"),
        Binding(
            "ctrl+n", "clear", "Clear", id="form.clear", tooltip="Empty the form; undo brings texts back"
        ),
    ]

    def __init__(
        self,
        settings: Settings,
        *,
        draft: Draft,
        seeds: Callable[[], int],
        price: Callable[[str], float | None],
        models: Mapping[str, Model] = MODELS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``seeds`` draws one; ``price`` gives US dollars by model; ``clock`` seconds that only go forward."""
        super().__init__(id="form")
        self._draft = draft
        self._models = models
        self._seeds = seeds
        self._clock = clock
        self._price = price
        self._model = models[DEFAULT_MODEL] if DEFAULT_MODEL in models else next(iter(models.values()))
        self._preview = RequestPreview(settings.base_url, settings.dialect, models)
        self._drawn = seeds()
        self._parent_job: str | None = None
        self._last_try = float("-inf")
        self._tried = False
        self._saving: Timer | None = None
        self._told_about: dict[str, object] = {}
        self.fields: list[Field] = []

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="fields", can_focus=False):
            yield from self._make_fields()
        yield Static(markup=False, id="hint")
        yield Static(markup=False, id="note")
        with Horizontal(id="order-bar"):
            yield Static(markup=False, id="price")
            yield Button("Order", id="order", compact=True, variant="primary")

    def on_mount(self) -> None:
        self.border_title = "New film"
        self._settle()
        self.show_price()

    def _make_fields(self) -> list[Field]:
        self.fields = [FIELDS[p.kind](p, self._models) for p in self._model.parameters]
        return self.fields

    # Values

    @property
    def values(self) -> dict[str, object]:
        return {field.parameter.name: field.value for field in self.fields}

    def order(self) -> GenerationRequest:
        """The request as it stands. Raises InvalidRequest."""
        return build(self.values, lambda: self._drawn, self._models)

    async def fill(self, values: Mapping[str, Value], parent: str | None = None) -> None:
        """Put ``values`` into the form; what they do not name gets its default."""
        model = self._models.get(str(values.get("model", "")))
        if model is not None and model is not self._model:
            await self._change_model(model)
        for field in self.fields:
            field.show(
                self._model.id if field.parameter.name == "model" else values.get(field.parameter.name)
            )
        self._parent_job = parent
        self._tried = False
        self._settle()

    async def restore(self) -> None:
        """Bring back what stood in the form last time."""
        values = await asyncio.to_thread(self._draft.load)
        if values:
            await self.fill(values)

    async def _change_model(self, model: Model) -> None:
        kept = self.values
        self._model = model
        scroll = self.query_one("#fields")
        await scroll.remove_children()
        await scroll.mount(*self._make_fields())
        for field in self.fields:
            value = kept.get(field.parameter.name)
            field.show(model.id if field.parameter.name == "model" else value)
        self._settle()

    # What the user sees of them

    @on(Field.Changed)
    async def _value_changed(self, event: Field.Changed) -> None:
        event.stop()
        if event.field.parameter.name == "model" and event.field.value != self._model.id:
            await self._change_model(self._models[str(event.field.value)])
            self.query_one("#field-model", Field).control.focus()
            self.show_price()
        if self.values != self._told_about:
            self.tell("")
        self._settle()
        self._save_soon()

    def _settle(self) -> None:
        """Bring problems, drawn seed and preview up to the values."""
        values = self.values
        problems: dict[str, Problem] = {}
        for problem in validate(values, self._models):
            # An empty field is nothing to complain about before somebody tries to order.
            if self._tried or problem.warning or str(values.get(problem.field) or "").strip():
                problems.setdefault(problem.field, problem)
        for field in self.fields:
            field.show_problem(problems.get(field.parameter.name))
            if isinstance(field, SeedField):
                field.show_drawn(self._drawn)
        if self.previewing:
            self._show_preview()

    @property
    def previewing(self) -> bool:
        """The request stands in place of the fields."""
        return self._preview.is_attached and self._preview.display

    def _show_preview(self) -> None:
        try:
            self._preview.show(self.order())
        except InvalidRequest as invalid:
            self._preview.show(invalid)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        focused = (field.parameter.help for field in self.fields if field.has_focus_within)
        self.query_one("#hint", Static).update(next(focused, ""), layout=False)

    def tell(self, sentence: str, *, error: bool = False) -> None:
        """Show ``sentence`` above the order button until the form changes."""
        self._told_about = self.values
        note = self.query_one("#note", Static)
        note.update(sentence)
        note.display = bool(sentence)
        note.set_class(error, "error")

    def show_price(self) -> None:
        """Show what one film of the chosen model costs, as far as it is known."""
        usd = self._price(self._model.id)
        text = "price unknown" if usd is None else f"about ${usd:.2f}"
        self.query_one("#price", Static).update(text)

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing is ordered from a form that cannot be seen."""
        hidden = self.screen.has_class("-tiny") or self.screen.has_class("-flat")
        return not (action == "order" and hidden)

    @on(Button.Pressed, "#order")
    def _button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_order()

    @on(SeedField.DiceThrown)
    def action_dice(self) -> None:
        for field in self.fields:
            if isinstance(field, SeedField):
                field.show(self._seeds())
                field.control.cursor_position = len(field.control.value)

    async def action_preview(self) -> None:
        """Show the request in place of the fields, or the fields again."""
        shown = not self.previewing
        if not self._preview.is_attached:
            await self.mount(self._preview, after="#fields")
        self._preview.display = shown
        self.query_one("#fields").display = not shown
        self.border_title = "What will be sent" if shown else "New film"
        if shown:
            self._show_preview()
            self._preview.focus()
        else:
            self.focus_first()

    async def action_clear(self) -> None:
        await self.fill({})
        self.tell("")
        self._save_soon()
        self.focus_first()

    def focus_first(self) -> None:
        """Go to the prompt, or to the first field of a model without one."""
        fields = self.fields
        prompt = next((field for field in fields if field.parameter.name == "prompt"), fields[0])
        # At once, unlike Widget.focus: letters typed ahead must find the field, not the job list.
        self.screen.set_focus(prompt.control)

    def action_order(self) -> None:
        now = self._clock()
        bounced = now - self._last_try < SAME_ORDER
        self._last_try = now
        if not bounced:
            before = self.values
            self.set_timer(PASTE_PAUSE, lambda: self._place(before))

    async def _place(self, before: Mapping[str, object]) -> None:
        if self.values != before:
            self.tell("Nothing was ordered: the text went on after the line break.", error=True)
            return
        try:
            request = self.order()
        except InvalidRequest as invalid:
            await self._refuse(invalid)
            return
        self._drawn = self._seeds()
        self._tried = False
        self._settle()
        self.post_message(OrderPlaced(request, self._parent_job))

    async def _refuse(self, invalid: InvalidRequest) -> None:
        self._tried = True
        if self.previewing:
            await self.action_preview()
        self._settle()
        wrong = invalid.problems[0].field
        for field in self.fields:
            if field.parameter.name == wrong:
                field.control.focus()
                self.tell(
                    f"Nothing was ordered: {field.parameter.label} {invalid.problems[0].message}.", error=True
                )
                return
        self.tell(f"Nothing was ordered: {wrong} {invalid.problems[0].message}.", error=True)

    # The draft

    def _save_soon(self) -> None:
        if self._saving is None:
            self._saving = self.set_timer(SAVE_AFTER, self.save_draft)

    async def save_draft(self) -> None:
        """Write the draft now; a disk that cannot take it is told in the note, and the form stays usable."""
        if self._saving is not None:
            self._saving.stop()
            self._saving = None
        values = {name: v for name, v in self.values.items() if isinstance(v, str | int | bool)}
        try:
            await asyncio.to_thread(self._draft.save, values)
        except OSError as error:
            self.tell(f"The draft could not be kept: {error.strerror}.", error=True)
