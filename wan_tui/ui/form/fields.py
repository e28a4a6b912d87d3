"""One field of the form for each kind of parameter."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Click, Key, Paste
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea
from textual.widgets.text_area import Edit, EditResult

from wan_tui.domain.errors import Problem
from wan_tui.domain.parameters import Kind, Model, Parameter
from wan_tui.domain.text import clean_text, without_controls
from wan_tui.ui.form.choice import LABEL_WIDTH, Choice

_MOST_LINES, _MOST_SHORT = 12, 4
"""The highest that a text field grows, a long and a short one. What is longer scrolls."""
_ALONE = 6
"""Rows of the empty prompt in a window that shows the form alone."""
_ROWS_AROUND = 16
"""Rows of the window that a text field leaves to all else."""


class Field(Vertical):
    """A parameter on the screen: its control, with any problem below it."""

    class Changed(Message):
        """The value of a field has changed."""

        def __init__(self, field: Field) -> None:
            super().__init__()
            self.field = field

    def __init__(self, parameter: Parameter, options: Mapping[str, Model]) -> None:
        super().__init__(id=f"field-{parameter.name}")
        self.parameter = parameter
        self._models = options
        self._problem = Static(markup=False, classes="problem")

    @property
    def fixed(self) -> bool:
        """Whether there is nothing to choose: then it has no row of its own, unless there is a problem."""
        return False

    @property
    def value(self) -> object:
        """The value of the field, as ``request.validate`` accepts it."""
        raise NotImplementedError

    def show(self, value: object) -> None:
        """Put ``value`` into the field; None clears it or restores the default."""
        raise NotImplementedError

    @property
    def control(self) -> Widget:
        """The widget to focus."""
        raise NotImplementedError

    def show_problem(self, problem: Problem | None) -> None:
        """Show ``problem`` below the field; None: nothing."""
        self._problem.display = problem is not None
        self.display = problem is not None or not self.fixed
        if problem is not None:
            if not self._problem.is_attached:  # not earlier: most fields never need it
                self.mount(self._problem)
            self._problem.set_class(problem.warning, "warning")
            sign = "!" if problem.warning else "✗"
            self._problem.update(f"{sign} {problem.message[:1].upper()}{problem.message[1:]}")


class FieldLabel(Widget):
    """The label of a text field on the left, its character count on the right."""

    count: reactive[int] = reactive(0)

    def __init__(self, label: str, limit: int | None) -> None:
        super().__init__()
        self._label = label
        self._limit = limit

    def render(self) -> Content:
        if self._limit is None:
            return Content(self._label)
        over = self.count > self._limit
        counter = f"{'! ' if over else ''}{self.count}/{self._limit}"
        gap = max(1, self.size.width - len(self._label) - len(counter))
        style = "bold $text-warning" if over else "$foreground-muted"
        return Content.assemble(self._label, " " * gap, (counter, style))


class PromptArea(TextArea):
    """A text area for prose, as high as its text. It keeps every character as typed, and cleans the text only for
    display.

    ``label`` counts the characters. ``lines``: its height when it is empty.
    """

    def __init__(self, label: FieldLabel, lines: int) -> None:
        super().__init__(
            tab_behavior="focus",
            soft_wrap=True,
            show_line_numbers=False,
            compact=True,
            highlight_cursor_line=False,
        )
        self._label = label
        self._lines = lines
        self.styles.height = lines

    def edit(self, edit: Edit) -> EditResult:
        result = super().edit(edit)
        # At once: the message after an edit comes too late for the same repaint.
        self._label.count = len(self.text)
        self.fit_text()
        return result

    def fit_text(self) -> None:
        """Grow or shrink to the height of the text, within limits. Only a change of lines costs a layout."""
        room = max(self._lines, self.screen.size.height - _ROWS_AROUND)
        least, most = self._lines, _MOST_SHORT
        if self._lines > 1:
            # Where nothing else stands below the form, the prompt takes what is left.
            alone = self.screen.has_class("-narrow")
            least, most = min(room, _ALONE) if alone else self._lines, _MOST_LINES
        height = max(least, min(most, room, self.wrapped_document.height))
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height

    def on_resize(self) -> None:
        # Once the text area has wrapped its text anew.
        self.call_later(self.fit_text)

    def on_paste(self, event: Paste) -> None:
        event.prevent_default()
        event.stop()
        self._put_in(without_controls(event.text))

    def on_key(self, event: Key) -> None:
        # Some scripts need joiners and direction marks, although they are not printable.
        if event.character and unicodedata.category(event.character[0]) == "Cf":
            event.prevent_default()
            event.stop()
            self._put_in(event.character)

    def _put_in(self, text: str) -> None:
        if result := self.replace(text, *self.selection):
            self.move_cursor(result.end_location)

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        if strip.text.isascii():
            return strip
        # Not earlier: up to here, everything is positioned by index in the original text.
        shown = [Segment(clean_text(text), style, control) for text, style, control in strip]
        return Strip(shown).adjust_cell_length(strip.cell_length)


class TextField(Field):
    def compose(self) -> ComposeResult:
        label = FieldLabel(self.parameter.label, self.parameter.max_length)
        yield label
        yield PromptArea(label, self.parameter.lines)

    @property
    def control(self) -> PromptArea:
        return self.query_one(PromptArea)

    @property
    def value(self) -> object:
        return self.control.text

    def show(self, value: object) -> None:
        text = without_controls(str(value or ""))
        if text != self.control.text:
            # As an edit, so that undo restores the old text.
            self.control.replace(text, (0, 0), self.control.document.end)
            self.control.move_cursor(self.control.document.end)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.query_one(FieldLabel).count = len(self.control.text)
        self.control.fit_text()  # undo is no edit
        self.post_message(self.Changed(self))


class ChoiceField(Field):
    """For models, choices and switches."""

    def __init__(self, parameter: Parameter, options: Mapping[str, Model]) -> None:
        super().__init__(parameter, options)
        # Switches stand side by side, each beside its own label.
        switch = self.parameter.kind is Kind.SWITCH
        width = len(self.parameter.label) + 1 if switch else LABEL_WIDTH
        self._choice = Choice(parameter.label, self._options(), parameter.default, label_width=width)

    def compose(self) -> ComposeResult:
        if not self.fixed:
            yield self._choice

    def show_problem(self, problem: Problem | None) -> None:
        super().show_problem(problem)
        if self.display and not self._choice.is_attached and self.is_attached:
            self.mount(self._choice, before=0)

    @property
    def fixed(self) -> bool:
        return len(self._options()) == 1

    @property
    def word(self) -> str:
        """What is chosen, as it is shown."""
        return self.control.word

    def _options(self) -> list[tuple[str, object]]:
        if self.parameter.kind is Kind.MODEL:
            return [(model.label, model.id) for model in self._models.values()]
        if self.parameter.kind is Kind.SWITCH:
            return [("on", True), ("off", False)]
        return [(str(choice), choice) for choice in self.parameter.choices]

    @property
    def control(self) -> Choice:
        return self._choice

    @property
    def value(self) -> object:
        return self.control.value

    def show(self, value: object) -> None:
        self.control.choose(self.parameter.default if value is None else value)

    def on_choice_changed(self, event: Choice.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(self))


class SeedField(Field):
    """A number. If it is empty, the random seed shown as its placeholder is sent."""

    class DiceThrown(Message):
        """The dice was clicked."""

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(self.parameter.label.ljust(LABEL_WIDTH), markup=False, classes="label")
            yield Input(compact=True, select_on_focus=False, max_length=40)
            yield Dice("⚄ dice", markup=False)

    @property
    def control(self) -> Input:
        return self.query_one(Input)

    @property
    def value(self) -> object:
        return self.control.value

    def show(self, value: object) -> None:
        self.control.value = "" if value is None else clean_text(str(value), 40)

    def show_drawn(self, seed: int) -> None:
        """Show the seed that is used if the field is empty."""
        self.control.placeholder = f"random: {seed}"

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(self))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.screen.focus_next()


class Dice(Static):
    """A clickable label that draws a seed."""

    def on_click(self, event: Click) -> None:
        event.stop()
        self.post_message(SeedField.DiceThrown())


FIELDS: Mapping[Kind, type[Field]] = {
    Kind.MODEL: ChoiceField,
    Kind.TEXT: TextField,
    Kind.CHOICE: ChoiceField,
    Kind.SWITCH: ChoiceField,
    Kind.SEED: SeedField,
}
