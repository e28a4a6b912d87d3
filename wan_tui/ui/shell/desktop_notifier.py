"""Notifications outside the screen: bell, desktop notice, tab title, taskbar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual.app import App

from wan_tui.domain.events import Event, JobChanged, LibraryLoaded
from wan_tui.domain.job import JobState
from wan_tui.settings import NoticeWishes
from wan_tui.terminal.environment import Surroundings
from wan_tui.terminal.notices import Notices, NoticeSettings
from wan_tui.ui.compat.terminal_writer import terminal_writer
from wan_tui.ui.shell.announcements import Announcement, announcements

if TYPE_CHECKING:
    from wan_tui.domain.index import JobIndex
    from wan_tui.ui.messages import EngineEvents

NAME = "wan-tui"
REPEAT_SECONDS = 10.0
"""Terminals remove progress that is not confirmed: Ghostty after 15 seconds."""

_WORDS = {
    JobState.GENERATING: "generating",
    JobState.QUEUED: "queued",
    JobState.SUBMITTING: "ordering",
    JobState.COMPLETED: "saving",
    JobState.WAITING: "waiting",
    JobState.UNCONFIRMED: "in doubt",
}
_AT_WORK = (JobState.GENERATING, JobState.QUEUED, JobState.SUBMITTING, JobState.COMPLETED)


class DesktopNotifier:
    """Keeps tab title and taskbar in step with the jobs in ``index``, and announces what is done.

    Made when ``app`` is running. While that is suspended the terminal is somebody else's: nothing is written.
    """

    def __init__(
        self,
        app: App[Any],
        events: EngineEvents,
        index: JobIndex,
        wishes: NoticeWishes,
        surroundings: Surroundings,
    ) -> None:
        self._index = index
        self._notices = Notices(_as_settings(wishes), surroundings, terminal_writer(app))
        self._title = ""
        self._paused = False
        events.subscribe(app, self.take_events)
        app.set_interval(REPEAT_SECONDS, self._show_progress)
        app.app_suspend_signal.subscribe(app, lambda _: self.pause(), immediate=True)
        app.app_resume_signal.subscribe(app, lambda _: self._resume())

    def take_events(self, events: Sequence[Event]) -> None:
        """Handle a batch of engine events, in the words used on the screen."""
        if self._paused:
            return
        self._announce([one for one in announcements(events) if one.rings])
        if any(isinstance(event, JobChanged | LibraryLoaded) for event in events):
            self._show_work()

    def pause(self) -> None:
        """Restore title and taskbar, and stay silent."""
        self._paused = True
        self._title = ""
        self._notices.close()

    def _resume(self) -> None:
        self._paused = False
        self._show_work()

    def _announce(self, shown: Sequence[Announcement]) -> None:
        if len(shown) == 1:
            self._notices.announce(shown[0].title, shown[0].message)
        elif shown:
            self._notices.announce(NAME, " · ".join(one.line for one in shown))

    def _show_work(self) -> None:
        title = title_for(self._index.at_work())
        if title != self._title:
            self._title = title
            self._notices.show_title(title)
            self._show_progress()

    def _show_progress(self) -> None:
        states = self._index.at_work()
        if self._paused or not any(states[state] for state in _AT_WORK):
            self._notices.clear_progress()
        else:
            # How long a film takes is not known well enough for a percentage.
            self._notices.show_progress(0, "unknown")


def title_for(states: Counter[JobState]) -> str:
    """The title of the tab while so many jobs are in each state."""
    counts = [f"{states[state]} {word}" for state, word in _WORDS.items() if states[state]]
    return f"{', '.join(counts)} – {NAME}" if counts else NAME


def _as_settings(wishes: NoticeWishes) -> NoticeSettings:
    return NoticeSettings(
        bell=wishes.bell,
        desktop="auto" if wishes.desktop else "off",
        title=wishes.title,
        progress="auto" if wishes.progress else "off",
    )
