"""The fields of one model, generated from the parameter table, each with its problem below."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from wan_tui.domain.errors import InvalidRequest, Problem
from wan_tui.domain.parameters import DEFAULT_MODEL, Kind, Model, Value
from wan_tui.domain.request import GenerationRequest, build, validate
from wan_tui.ui.form.fields import FIELDS, ChoiceField, Field, SeedField, TextField


class ParameterForm(VerticalScroll):
    """Holds the values of a request. Choosing another model replaces the fields by that model's.

    For an empty seed, one is drawn beforehand, so that the seed shown is the seed sent.
    """

    class Changed(Message):
        """A value has changed, possibly the model."""

    class Moved(Message):
        """Other fields are in view."""

    def __init__(self, models: Mapping[str, Model], seeds: Callable[[], int]) -> None:
        """``models`` by id; ``seeds`` returns a random seed."""
        super().__init__(id="fields", can_focus=False)
        self.model = models[DEFAULT_MODEL] if DEFAULT_MODEL in models else next(iter(models.values()))
        self.fields: list[Field] = []
        self._models = models
        self._seeds = seeds
        self._drawn = seeds()
        self._tried = False
        self._refused: dict[str, tuple[object, Problem]] = {}
        """By field: the value that the service refused, and its message."""

    def compose(self) -> ComposeResult:
        yield from self._make_rows()

    def on_mount(self) -> None:
        self._settle()
        for what in ("scroll_y", "virtual_size"):
            self.watch(self, what, self._moved, init=False)

    def on_resize(self) -> None:
        self._moved()

    def _moved(self) -> None:
        self.post_message(self.Moved())

    def _make_rows(self) -> list[Widget]:
        """A line of what cannot be chosen, then the fields, with the switches side by side."""
        self.fields = [FIELDS[p.kind](p, self._models) for p in self.model.parameters]
        switches = [field for field in self.fields if field.parameter.kind is Kind.SWITCH]
        others = [field for field in self.fields if field not in switches]
        rows: list[Widget] = [Static(markup=False, id="fixed"), *others]
        return [*rows, Horizontal(*switches, id="switches")] if switches else rows

    # Values

    @property
    def values(self) -> dict[str, object]:
        """The values of the fields, by parameter name."""
        return {field.parameter.name: field.value for field in self.fields}

    def request(self) -> GenerationRequest:
        """The current request. Raises InvalidRequest."""
        return build(self.values, lambda: self._drawn, self._models)

    async def fill(self, values: Mapping[str, object]) -> bool:
        """Put ``values`` into the fields; the others get their defaults.

        Returns whether they replaced texts that undo restores.
        """
        texts = {field: field.value for field in self.fields if isinstance(field, TextField)}
        model = self._models.get(str(values.get("model", "")), self.model)
        if model is not self.model:
            self.model = model
            await self.remove_children()
            await self.mount(*self._make_rows())
        for field in self.fields:
            field.show(model.id if field.parameter.kind is Kind.MODEL else values.get(field.parameter.name))
        self._begin_anew()
        # Fields of another model are new, with nothing to undo.
        return any(text and field in self.fields and field.value != text for field, text in texts.items())

    def kept(self) -> dict[str, Value]:
        """The values for the draft."""
        return {name: v for name, v in self.values.items() if isinstance(v, str | int | bool)}

    def draw(self) -> None:
        """Draw the seed for the next request without one."""
        self._drawn = self._seeds()
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Forget earlier attempts to order."""
        self._tried = False
        self._refused.clear()
        self._settle()

    @on(SeedField.DiceThrown)
    def throw_dice(self) -> None:
        """Put a random seed into its field."""
        for field in self.fields:
            if isinstance(field, SeedField):
                field.show(self._seeds())

    @on(Field.Changed)
    async def _value_changed(self, event: Field.Changed) -> None:
        event.stop()
        if event.field.parameter.kind is Kind.MODEL and event.field.value != self.model.id:
            await self.fill(self.values)
            self._focus(Kind.MODEL)
        self._settle()
        self.post_message(self.Changed())

    # Display

    def _settle(self) -> None:
        """Update problems and the drawn seed."""
        values = self.values
        problems: dict[str, Problem] = {}
        for problem in validate(values, self._models):
            # Do not complain about an empty field before the user tries to order.
            if self._tried or problem.warning or str(values.get(problem.field) or "").strip():
                problems.setdefault(problem.field, problem)
        for name, (value, problem) in self._refused.items():
            if values.get(name) == value:
                problems.setdefault(name, problem)
        for field in self.fields:
            field.show_problem(problems.get(field.parameter.name))
            if isinstance(field, SeedField):
                field.show_drawn(self._drawn)
        fixed = [field.word for field in self.fields if isinstance(field, ChoiceField) and not field.display]
        line = self.query_one("#fixed", Static)
        line.display = bool(fixed)
        if line.content != (text := " · ".join(fixed)):
            line.update(text)

    def complain(self, invalid: InvalidRequest) -> str:
        """Show every problem, focus the first, and return it as a sentence."""
        self._tried = True
        self._settle()
        first = invalid.problems[0]
        label = first.field
        for field in self.fields:
            if field.parameter.name == first.field:
                label = field.parameter.label
                self.screen.set_focus(field.control)
        return f"{label} {first.message}."

    def mark(self, name: str, sentence: str) -> Field | None:
        """Show ``sentence`` below the field that the service calls ``name``, until its value changes.

        Returns that field, or None.
        """
        parameter = self.model.parameter_called(name)
        field = next((field for field in self.fields if field.parameter == parameter), None)
        if field is not None:
            problem = Problem(field.parameter.name, sentence)
            self._refused[problem.field] = field.value, problem
            self._settle()
        return field

    def help(self) -> str:
        """The help of the focused field."""
        return next((field.parameter.help for field in self.fields if field.has_focus_within), "")

    def focus_first(self) -> None:
        """Focus the first text field, which is the prompt."""
        self._focus(Kind.TEXT)

    def _focus(self, kind: Kind) -> None:
        for field in self.fields:
            if field.parameter.kind is kind:
                # At once, unlike Widget.focus: letters typed ahead must reach the field, not the job list.
                self.screen.set_focus(field.control)
                return
