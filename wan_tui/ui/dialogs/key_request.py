"""Asks for an API key: there is none, the user wants another, or the service refuses this one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from textual.app import App

from wan_tui.ui.dialogs.key_trouble import THE_WAY, wants_key
from wan_tui.ui.messages import Feedback

if TYPE_CHECKING:
    from wan_tui.domain.events import Event
    from wan_tui.engine.api import EngineApi
    from wan_tui.settings import Settings
    from wan_tui.ui.messages import EngineEvents

_REFUSED = "The service refuses the key."


class KeyRequest:
    """Shows the dialog, never two at a time, and acts on its answer."""

    def __init__(
        self,
        app: App[Any],
        engine: EngineApi,
        events: EngineEvents,
        settings: Settings,
        *,
        demo: Callable[[], None],
        busy: Callable[[], bool],
    ) -> None:
        """``demo`` leaves for the demo; ``busy``: no time for questions."""
        self._app = app
        self._engine = engine
        self._events = events
        self._settings = settings
        self._demo = demo
        self._busy = busy
        self._offered = False
        if not settings.demo:
            events.subscribe(app, self.take_events)

    def ask(self, trouble: str = "") -> None:
        """Ask for a key; ``trouble`` says why another is wanted."""
        from wan_tui.ui.dialogs.welcome import WelcomeScreen  # most never see it

        if not any(isinstance(screen, WelcomeScreen) for screen in self._app.screen_stack):
            self._app.push_screen(
                WelcomeScreen(self._engine, self._events, self._settings, trouble), self._answered
            )

    def take_events(self, events: Sequence[Event]) -> None:
        """Ask for another key when it is refused, once; a busy user is only told how to change it."""
        if self._offered or not wants_key(events):
            return
        self._offered = True
        if self._busy():
            self._app.post_message(Feedback(f"{_REFUSED} {THE_WAY}", "warning"))
        else:
            self.ask(_REFUSED)

    def _answered(self, result: str | None) -> None:
        if result == "keep":
            return
        self._offered = False
        if result == "demo":
            self._demo()
        elif result == "look":
            self._app.post_message(Feedback("Nothing can be ordered without a key. Ordering asks again."))
        elif result:
            self._app.post_message(Feedback(result))
