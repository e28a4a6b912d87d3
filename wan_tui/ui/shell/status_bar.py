"""The status bar: connection, work in progress and money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from wan_tui.domain.events import (
    BalanceChanged,
    Connection,
    ConnectionChanged,
    Event,
    JobChanged,
    LibraryLoaded,
)
from wan_tui.domain.job import Job
from wan_tui.domain.standing import Standing, standing_of
from wan_tui.domain.text import clean_line
from wan_tui.domain.times import span
from wan_tui.ui import formatting
from wan_tui.ui.dialogs.key_trouble import key_for_key

if TYPE_CHECKING:
    from wan_tui.engine.api import EngineApi
    from wan_tui.settings import Settings
    from wan_tui.ui.messages import EngineEvents

_SIGNS = {
    Connection.UNKNOWN: ("…", "$foreground-muted"),
    Connection.ONLINE: ("●", "$text-success"),
    Connection.OFFLINE: ("○", "$text-warning"),
    Connection.NO_KEY: ("!", "$text-warning"),
    Connection.KEY_REFUSED: ("!", "$text-error"),
}
"""Sign and colour of the connection; the word beside them says the same."""

_AT_WORK = (Standing.RUNNING, Standing.SENDING, Standing.WAITING, Standing.IN_DOUBT)
_LONGEST_HOST = 30


class StatusBar(Widget):
    """One line, from 60 columns up. What does not fit is left out, the least important first."""

    DEFAULT_CSS = """
    StatusBar { height: 1; padding: 0 1; background: $panel; color: $text-muted; }
    """

    def __init__(
        self,
        engine: EngineApi,
        events: EngineEvents,
        settings: Settings,
        *,
        id: str | None = None,  # noqa: A002 - as every widget has it
    ) -> None:
        super().__init__(id=id)
        self._engine = engine
        self._events = events
        self._settings = settings
        self._detail = ""
        self._open: dict[str, Standing] = {}
        self._standing: Counter[Standing] = Counter()
        """The standing of each unsettled job, and how many jobs have each standing."""
        self._today = 0.0
        self._spent: dict[str, float] = {}
        """US dollars of each job made since ``_today``, and their sum."""
        self._spent_sum = 0.0

    def on_mount(self) -> None:
        self._events.subscribe(self, self.take_events)
        self._count_all()

    def take_events(self, events: Sequence[Event]) -> None:
        """Handle a batch of engine events with one repaint."""
        for event in events:
            match event:
                case LibraryLoaded():
                    self._count_all()
                case JobChanged():
                    self._count(event.job)
                case ConnectionChanged():
                    self._detail = event.detail
                case BalanceChanged():
                    pass
                case _:
                    continue
            self.refresh()

    def render(self) -> Content:
        left, right = self._connection(), self._figures()
        room = self.size.width
        while right and sum(len(text) for text in right) + 3 * len(right) + left.cell_length > room:
            right.pop()
        tail = " · ".join(right)
        gap = " " * max(1, room - left.cell_length - len(tail))
        return Content.assemble(left, gap, tail).truncate(room, ellipsis=True)

    def _connection(self) -> Content:
        state = self._engine.connection
        if self._settings.spending_off is not None:
            return Content.assemble(_SIGNS[Connection.NO_KEY], " ordering is off")
        sign, style = _SIGNS[state]
        where = "demo" if self._settings.demo else clean_line(self._settings.host, _LONGEST_HOST)
        word = (
            f" {state.value} · {where}"
            if state in (Connection.ONLINE, Connection.UNKNOWN)
            else f" {state.value}"
        )
        way = ""
        if state in (Connection.NO_KEY, Connection.KEY_REFUSED) and (key := key_for_key(self.screen)):
            way = f" · {key} {'sets one' if state is Connection.NO_KEY else 'changes it'}"
        if self._detail and state not in (Connection.ONLINE, Connection.UNKNOWN):
            word += f": {clean_line(self._detail, max(20, self.size.width - 40 - len(way)))}"
        return Content.assemble((sign, style), word, way)

    def _figures(self) -> list[str]:
        """Work in progress and money, the most important first."""
        counts = self._standing
        figures = [f"{counts[standing]} {standing}" for standing in _AT_WORK if counts[standing]]
        if counts[Standing.RUNNING] and (seconds := self._engine.crowded_round):
            figures[0] += f", each checked every {span(seconds)}"
        figures = figures or ["nothing running"]
        if self._engine.balance is not None:
            figures.append(f"{formatting.money(self._engine.balance)} left")
        if to_save := counts[Standing.TO_SAVE]:
            figures.append(f"{to_save} {Standing.TO_SAVE}")
        if spent := self._spent_today():
            figures.append(f"{formatting.money(spent)} today")
        return figures

    def _count_all(self) -> None:
        rows = self._engine.index.unsettled()
        self._open = {row.id: row.standing for row in rows if row.pending and row.standing}
        self._standing = Counter(self._open.values())
        self._begin_day()
        self.refresh()

    def _begin_day(self) -> None:
        """Add up what was spent since midnight."""
        self._today = self._midnight()
        self._spent = {row.id: row.usd for row in self._engine.index.since(self._today) if row.usd}
        self._spent_sum = sum(self._spent.values())

    def _count(self, job: Job) -> None:
        stood, stands = self._open.pop(job.id, None), standing_of(job) if job.pending else None
        if stood is not None:
            self._standing[stood] -= 1
        if stands is not None:
            self._open[job.id] = stands
            self._standing[stands] += 1
        if job.created_at.timestamp() >= self._today:
            self._spent_sum -= self._spent.pop(job.id, 0.0)
            if job.cost is not None and job.cost.usd:
                self._spent[job.id] = job.cost.usd
                self._spent_sum += job.cost.usd

    def _spent_today(self) -> float:
        if self._midnight() != self._today:
            self._begin_day()
        return self._spent_sum

    def _midnight(self) -> float:
        """When the user's day began, in seconds since 1970."""
        now: datetime = self._engine.now().astimezone()
        return now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
