"""The studio: form, jobs and details on one screen, or one of them at a time where it is narrow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.events import DescendantFocus, Resize
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from wan_tui.domain.text import clean_line
from wan_tui.terminal.capabilities import Capabilities
from wan_tui.terminal.environment import Surroundings
from wan_tui.ui.commands.key_footer import KeyFooter
from wan_tui.ui.dialogs.window_size import LEAST_HEIGHT, LEAST_WIDTH, too_small
from wan_tui.ui.form.draft import Draft
from wan_tui.ui.messages import FilmChosen, FilterChanged, JobOpened, OrderPlaced
from wan_tui.ui.shell.header import PANELS, StudioHeader
from wan_tui.ui.shell.orders import Orders

if TYPE_CHECKING:
    from wan_tui.domain.job import Job
    from wan_tui.domain.parameters import Value
    from wan_tui.engine.api import EngineApi
    from wan_tui.media.recipe import Recipe
    from wan_tui.settings import Settings
    from wan_tui.ui.compat.suspend import SuspendingApp
    from wan_tui.ui.form.composer import Composer
    from wan_tui.ui.jobs.job_pane import JobPane
    from wan_tui.ui.messages import EngineEvents

WIDE = 110
"""Columns from which on all panels are shown at once."""


class StudioScreen(Screen[None]):
    """The shell is painted first, then the form, then, with the engine, jobs and status bar.

    Each step imports what it needs: the first picture does not wait for the rest.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (LEAST_WIDTH, "-narrow"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (LEAST_HEIGHT, "-low")]

    BINDINGS = [
        Binding(
            "escape", "panel('jobs')", "Jobs", id="panel.leave", tooltip="Leave the field, to the job list"
        ),
        Binding("1", "panel('form')", "Form", id="panel.form", tooltip="Go to the form"),
        Binding("2", "panel('jobs')", "Jobs", id="panel.jobs", show=False, tooltip="Go to the job list"),
        Binding("3", "panel('details')", "Details", id="panel.details", tooltip="Go to the details"),
        Binding(
            "ctrl+o",
            "recipe",
            "Recipe",
            show=False,
            id="studio.recipe",
            tooltip="Load the recipe of a film file",
        ),
    ]

    # Textual paints the whole screen anew whenever the focus moves: 20 kB a tab over a slow line.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def __init__(
        self,
        events: EngineEvents,
        settings: Settings,
        surroundings: Surroundings,
        capabilities: Capabilities,
        seeds: Callable[[], int],
    ) -> None:
        super().__init__(id="studio")
        self._events = events
        self._engine: EngineApi | None = None
        self._settings = settings
        self._surroundings = surroundings
        self._capabilities = capabilities
        self._seeds = seeds
        self._orders = Orders(self, settings)
        self._panel = "form"
        self._is_hidden = False
        self._focus_below: Widget | None = None
        self._pane: JobPane | None = None

    def compose(self) -> ComposeResult:
        yield StudioHeader(self._settings.demo)
        if not self._settings.demo and not self._settings.official:
            host = clean_line(self._settings.host, 80)
            yield Static(f"! Not the official service: {host}", markup=False, id="foreign-host")
        if off := self._settings.spending_off:
            yield Static(f"! Ordering is off. {off.sentence}", markup=False, id="spending-off")
        with Container(id="body"):
            yield Vertical(id="left")
        yield KeyFooter()
        yield Static(
            f"This window is too small for the studio. It needs {LEAST_WIDTH} columns and {LEAST_HEIGHT} rows.",
            markup=False,
            id="too-small",
        )

    async def open_form(self) -> None:
        """Add the form, with the draft from last time."""
        from wan_tui.ui.form.composer import Composer

        composer = Composer(
            self._settings,
            self._events,
            draft=Draft(self._settings.paths.state / "draft.json"),
            seeds=self._seeds,
            price=lambda model: self._engine.price(model) if self._engine else None,
            expected=lambda model: self._engine.expected(model) if self._engine else None,
        )
        # Before it is mounted: afterwards the style of everything in it would be worked out once more.
        composer.set_class(self._panel == "form", "-active", update=False)
        await self.query_one("#left").mount(composer)
        self._arrange()
        await composer.restore()
        if self._panel == "form":
            composer.focus_first()

    async def open_jobs(self, engine: EngineApi) -> None:
        """Add what shows the engine's work. Orders placed before this are sent now."""
        from wan_tui.ui.jobs.job_pane import JobPane
        from wan_tui.ui.jobs.launcher import FilmLauncher
        from wan_tui.ui.jobs.open_and_copy import OpenAndCopy
        from wan_tui.ui.shell.status_bar import StatusBar

        app = cast("SuspendingApp[object]", self.app)
        self._engine = engine
        open_and_copy = OpenAndCopy(app, self._settings, self._surroundings, self._capabilities.osc52)
        films = FilmLauncher(app, engine, self._settings, self._surroundings, self._capabilities)
        pane = JobPane(engine, self._events, self._settings, open_and_copy, films, edit=self._edit, id="pane")
        await self.query_one("#body").mount(pane)
        self._arrange()
        await self.mount(
            StatusBar(engine, self._events, self._settings, id="status"), before=self.query_one(KeyFooter)
        )
        self.composer.show_price()
        self._orders.open(engine)
        self._pane = pane
        if self._panel != "form":  # somebody was faster
            self.action_panel(self._panel)

    @work(group="latest")
    async def open_latest(self) -> None:
        """Add the latest films below the form."""
        if self._pane is not None:
            latest = self._pane.latest_films()
            await self.query_one("#left").mount(latest)
            self.composer.leave(lambda: latest.least_rows)

    @on(FilmChosen)
    def _film_chosen(self, message: FilmChosen) -> None:
        if self._pane is not None:
            self._pane.select(message.job_id)
            self.action_panel("jobs")

    @property
    def composer(self) -> Composer:
        from wan_tui.ui.form.composer import Composer

        return self.query_one(Composer)

    async def save_draft(self) -> None:
        """Save the draft, if there is a form yet."""
        if self.query("#form"):
            await self.composer.save_draft()

    @on(FilterChanged)
    def _filter_changed(self, message: FilterChanged) -> None:
        self.refresh_bindings()

    # Panels

    def action_panel(self, name: str) -> None:
        """Show and focus a panel, as soon as it is there."""
        self._show(name)
        if not self.query(f"#{name}"):
            self.set_focus(None)
            return
        if name == "form":
            self.composer.focus_first()
            return
        panel = self.query_one(f"#{name}")
        # The filter line may be above the table; entering the panel focuses the table.
        ways = [widget for widget in (panel, *panel.query(Widget)) if widget.can_focus]
        if ways:
            self.set_focus(ways[-1])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the key for the current panel, and all keys while nothing can be seen."""
        return not (self._is_hidden or (action == "panel" and parameters == (self._panel,)))

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        for node in event.widget.ancestors_with_self:
            if node.id in PANELS:
                self._show(node.id)
                return

    @on(StudioHeader.TabClicked)
    def _tab_clicked(self, message: StudioHeader.TabClicked) -> None:
        self.action_panel(message.panel)

    def _show(self, name: str) -> None:
        """Make ``name`` the one panel that a narrow window shows."""
        if name != self._panel:
            self._panel = name
            self._arrange()
            self.refresh_bindings()

    def on_resize(self, event: Resize) -> None:
        self._arrange()
        self._show_or_hide(too_small(event.size))

    @property
    def hidden_below(self) -> bool:
        """The window is too small: a sentence covers everything, and no key reaches what is below it."""
        return self._is_hidden

    def _show_or_hide(self, covered: bool) -> None:
        """Remove the focus while nothing can be seen, or give it back."""
        if covered and not self._is_hidden:
            focused = self.focused
            self.set_focus(None)
            self._is_hidden, self._focus_below = True, focused
        elif self._is_hidden and not covered:
            self._is_hidden = False
            self.set_focus(self._focus_below)
        else:
            return
        self.refresh_bindings()

    def set_focus(
        self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False
    ) -> None:
        if self._is_hidden:
            # A blind tab moves nothing; a form that is just being added gets its focus later.
            self._focus_below = self._focus_below or widget
        else:
            super().set_focus(widget, scroll_visible, from_app_focus)

    def _arrange(self) -> None:
        """Show all panels, or the one that is in use."""
        # By hand rather than by a class of the screen, which would have every widget's style worked out anew.
        wide = self.size.width >= WIDE
        header = self.query_one(StudioHeader)
        header.tabs, header.panel = not wide, self._panel
        shown = {self._panel, "left" if self._panel == "form" else "pane"}
        for panel in self.query("#left, #form, #jobs, #details, #pane").results(Widget):
            panel.display = wide or panel.id in shown
            active = panel.id == self._panel
            if active != panel.has_class("-active"):
                # Of the panel alone: nothing in it looks different.
                panel.set_class(active, "-active", update=False)
                self.app.stylesheet.update_nodes([panel])

    # Orders

    @on(OrderPlaced)
    def _order(self, message: OrderPlaced) -> None:
        # Not exclusive: an order being sent is never cancelled by another one.
        self.run_worker(self._orders.submit(message), group="orders")

    async def _edit(self, job: Job) -> None:
        values = {"model": job.model, **job.parameters}
        await self._fill(values, "Loaded that job's parameters.", parent=job.id)
        self.composer.mark(job.error, lead=True)

    async def bring_back(self, recipe: Recipe) -> None:
        """Load the recipe of a film into the form."""
        values = {"model": recipe.model, **recipe.parameters}
        await self._fill(values, "Loaded that film's recipe.")

    async def _fill(self, values: Mapping[str, Value], sentence: str, parent: str | None = None) -> None:
        replaced = await self.composer.fill(values, parent)
        self.action_panel("form")
        undo = " ctrl+z restores the old texts." if replaced else ""
        self.composer.show_note(sentence + undo)

    def action_recipe(self) -> None:
        """Ask for a film file and load its recipe."""
        from wan_tui.ui.dialogs.recipe_file import RecipeFile

        async def chosen(recipe: Recipe | None) -> None:
            if recipe is not None:
                await self.bring_back(recipe)

        self.app.push_screen(RecipeFile(), chosen)

    @on(JobOpened)
    def _opened(self, message: JobOpened) -> None:
        self.action_panel("details")
