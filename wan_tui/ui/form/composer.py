"""The order form with request preview, price and draft."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.events import DescendantFocus
from textual.widget import Widget
from textual.widgets import Static

from wan_tui.domain.errors import InvalidRequest
from wan_tui.domain.events import JobChanged, LibraryLoaded, PriceKnown
from wan_tui.domain.job import JobState
from wan_tui.domain.parameters import MODELS, Model, Value
from wan_tui.domain.text import clean_text
from wan_tui.files.reasons import explain
from wan_tui.ui import formatting
from wan_tui.ui.compat.deliberate_press import DeliberatePresses, last_press
from wan_tui.ui.form.draft import Draft
from wan_tui.ui.form.order_button import OrderButton
from wan_tui.ui.form.order_status import order_status
from wan_tui.ui.form.parameter_form import ParameterForm
from wan_tui.ui.form.request_preview import RequestPreview
from wan_tui.ui.messages import OrderPlaced

if TYPE_CHECKING:
    from wan_tui.domain.errors import Failure
    from wan_tui.domain.events import Event
    from wan_tui.domain.job import Job
    from wan_tui.domain.time_left import TimeLeft
    from wan_tui.settings import Settings
    from wan_tui.ui.messages import EngineEvents

SAVE_AFTER = 0.5
"""Seconds after a change until the draft is on disk."""


class Composer(Vertical):
    """The form with preview, price and draft. It ensures that one key press is one order."""

    BINDINGS = [
        Binding(
            "ctrl+j,ctrl+enter", "order", "Order", id="form.order", priority=True, tooltip="Order this film"
        ),
        Binding("ctrl+r", "preview", "Request", id="form.preview", tooltip="Show the request, or the form"),
        Binding("ctrl+g", "dice", "Dice", id="form.dice", tooltip="Draw a random seed"),
        Binding(
            "ctrl+n",
            "clear",
            "Clear",
            id="form.clear",
            tooltip="Clear the form (ctrl+z restores texts)",
        ),
    ]

    def __init__(
        self,
        settings: Settings,
        events: EngineEvents,
        *,
        draft: Draft,
        seeds: Callable[[], int],
        price: Callable[[str], float | None],
        expected: Callable[[str], TimeLeft | None] = lambda _: None,
        models: Mapping[str, Model] = MODELS,
    ) -> None:
        """``seeds`` returns a random seed; by model, ``price`` returns US dollars and ``expected`` how long a film
        takes.
        """
        super().__init__(id="form")
        self._events = events
        self.form = ParameterForm(models, seeds)
        self._preview = RequestPreview(settings.base_url, settings.dialect, models)
        self._draft = draft
        self._price = price
        self._expected = expected
        self._times: dict[str, TimeLeft | None] = {}
        self._presses = DeliberatePresses(self.set_timer)
        self._least_rest: Callable[[], int] = lambda: 1
        self._placed_job: str | None = None
        self._parent_job: str | None = None
        self._note_values: dict[str, object] = {}
        self._save_due = False
        self._one_save = asyncio.Lock()

    def compose(self) -> ComposeResult:
        yield self.form
        yield Static(markup=False, id="hint")
        yield Static(markup=False, id="note")
        with Horizontal(id="order-bar"):
            yield Static(markup=False, id="price")
            yield OrderButton("Order ^j", id="order", compact=True)

    def on_mount(self) -> None:
        self._events.subscribe(self, self.take_events)
        # Also when what stands around it has changed: its own size is set here, so it is not told.
        self.screen.screen_layout_refresh_signal.subscribe(self, lambda _: self.fit_height())
        self.border_title = "New film"
        self.show_price()

    @on(ParameterForm.Moved)
    def _show_more(self) -> None:
        """Show on the border whether there are fields out of view."""
        below = self.form.display and self.form.scroll_y < self.form.max_scroll_y
        above = self.form.display and self.form.scroll_y > 0
        words = [word for word, shown in (("↑ more above", above), ("↓ more below", below)) if shown]
        if self.border_subtitle != (text := " · ".join(words)):
            self.border_subtitle = text

    def leave(self, rows: Callable[[], int]) -> None:
        """Below the form, so many ``rows`` are worth leaving; fewer are the form's."""
        self._least_rest = rows
        self.fit_height()

    def fit_height(self) -> None:
        """As high as its content, as far as there is room."""
        if self.previewing or not isinstance(self.parent, Widget):
            return
        rows = [*self.form.children, *(child for child in self.children if child is not self.form)]
        heights = [row.outer_size.height for row in rows if row.display]
        if not all(heights):  # not laid out yet
            return
        wanted = sum(heights) + self.gutter.height
        room = self.parent.size.height
        alone = room - wanted < self._least_rest()
        self.parent.set_class(alone, "-form-alone")
        height = room if alone else wanted
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height

    async def fill(self, values: Mapping[str, Value], parent: str | None = None) -> bool:
        """Put ``values`` into the form; ``parent`` is the job they come from.

        Returns whether they replaced texts that undo restores.
        """
        replaced = await self.form.fill(values)
        self._parent_job = parent
        self._show_request()
        return replaced

    # Display

    @on(ParameterForm.Changed)
    def _form_changed(self, event: ParameterForm.Changed) -> None:
        event.stop()
        # A change's message may arrive after the note about it.
        if self.form.values != self._note_values:
            self._placed_job = None
            self.show_note("")
        self.show_price()
        self._show_request()
        self._save_soon()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        self.query_one("#hint", Static).update(self.form.help(), layout=False)

    def show_note(self, sentence: str, *, error: bool = False, good: bool = False) -> None:
        """Show ``sentence`` above the order button until the form changes. ``good``: the order was accepted."""
        self._note_values = self.form.values
        note = self.query_one("#note", Static)
        note.display = bool(sentence)
        note.set_class(error, "error")
        note.set_class(good, "good")
        if sentence:
            note.update(sentence)

    def follow(self, job: Job) -> None:
        """Show the state of ``job``, which was ordered here, until the form changes."""
        self._placed_job = job.id
        self._show_status(job)

    def take_events(self, events: Sequence[Event]) -> None:
        """Handle a batch of engine events."""
        for event in events:
            if isinstance(event, JobChanged) and event.job.id == self._placed_job:
                self._show_status(event.job)
        if any(isinstance(event, PriceKnown | LibraryLoaded) or _is_film(event) for event in events):
            self._times.clear()
            self.show_price()

    def _show_status(self, job: Job) -> None:
        status = order_status(job)
        self.show_note(status.sentence, error=status.error, good=status.good)
        self.mark(job.error)
        if status.settled:
            self._placed_job = None

    def mark(self, failure: Failure | None, *, lead: bool = False) -> None:
        """Show the service's message below the field that it names, if any; with ``lead``, focus that field."""
        if failure is not None and failure.field is not None:
            field = self.form.mark(failure.field, clean_text(failure.message, 300))
            if field is not None and lead:
                self.screen.set_focus(field.control)

    def not_ordered(self, sentence: str) -> None:
        """Show why the order was not placed; the user may retry at once."""
        self._presses.forget()
        self._placed_job = None
        self.show_note(sentence, error=True)

    def show_price(self) -> None:
        """Show what one film of the chosen model costs and how long it takes, as far as known."""
        model = self.form.model.id
        if model not in self._times:  # every key press comes here
            self._times[model] = self._expected(model)
        usd, time = self._price(model), self._times[model]
        parts = ["1 film", "price unknown" if usd is None else f"${usd:.2f}"]
        text = " · ".join(parts + ([formatting.duration(time)] if time is not None else []))
        price = self.query_one("#price", Static)
        if price.content != text:  # otherwise every key press would repaint it
            price.update(text, layout=False)

    @property
    def previewing(self) -> bool:
        """Whether the request is shown instead of the fields."""
        return self._preview.is_attached and self._preview.display

    def _show_request(self) -> None:
        if not self.previewing:
            return
        try:
            self._preview.show(self.form.request())
        except InvalidRequest as invalid:
            self._preview.show(invalid)

    def focus_first(self) -> None:
        self.form.focus_first()

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Do not order from a form that is not visible."""
        hidden = self.screen.has_class("-tiny") or self.screen.has_class("-flat")
        return not (action == "order" and hidden)

    def action_dice(self) -> None:
        self.form.throw_dice()

    async def action_clear(self) -> None:
        await self.fill({})
        self.show_note("")
        self._save_soon()
        self.focus_first()

    async def action_preview(self) -> None:
        """Toggle between the request and the fields."""
        shown = not self.previewing
        if not self._preview.is_attached:
            await self.mount(self._preview, after=self.form)
        self._preview.display = shown
        if shown and isinstance(self.parent, Widget):
            self.styles.height = "1fr"
            self.parent.add_class("-form-alone")
        self.form.display = not shown
        self._show_more()
        self.border_title = "Request" if shown else "New film"
        if shown:
            self._show_request()
            self._preview.focus()
        else:
            self.focus_first()

    @on(OrderButton.Pressed, "#order")
    def _button_pressed(self, event: OrderButton.Pressed) -> None:
        event.stop()
        self.action_order()

    def action_order(self) -> None:
        self._presses.take(last_press(self.app), lambda: self.call_next(self._place))

    async def _place(self) -> None:
        try:
            request = self.form.request()
        except InvalidRequest as invalid:
            if self.previewing:
                await self.action_preview()
            self._presses.forget()
            self.show_note(f"Nothing was ordered: {self.form.complain(invalid)}", error=True)
            return
        self.form.draw()
        self._show_request()
        self.show_note("Placed…")
        self.post_message(OrderPlaced(request, self._parent_job))

    # The draft

    async def restore(self) -> None:
        """Restore the form from the draft."""
        values = await asyncio.to_thread(self._draft.load)
        if values:
            await self.fill(values)

    def _save_soon(self) -> None:
        if not self._save_due:
            self._save_due = True
            self.set_timer(SAVE_AFTER, self.save_draft)

    async def save_draft(self) -> None:
        """Write the draft now. A disk error is shown in the note, unless that is in use, e.g. for an order."""
        self._save_due = False
        try:
            async with self._one_save:
                await asyncio.to_thread(self._draft.save, self.form.kept())
        except OSError as error:
            if not self.query_one("#note").display:
                self.show_note(f"Draft not saved: {explain(error)}.", error=True)


def _is_film(event: Event) -> bool:
    """Whether a film was just saved: it tells how long one takes."""
    return isinstance(event, JobChanged) and event.job.state is JobState.SAVED
