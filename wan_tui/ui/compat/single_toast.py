"""An app whose answers to keys do not pile up.

Private: App._notifications, App._unnotify, Toast._notification, Toast._expire. Upstream issue: none.
"""

from __future__ import annotations

from typing import TypeVar

from textual.app import App
from textual.notifications import Notification, Notify
from textual.widgets._toast import Toast

TEXTUAL_PRIVATE = (
    "textual.app:App._notifications",
    "textual.app:App._unnotify",
    "textual.widgets._toast:Toast._notification",
    "textual.widgets._toast:Toast._expire",
)

Result = TypeVar("Result")


class SingleToastApp(App[Result]):
    """Shows one answer at a time: a toast without a title that warns of nothing takes the place of the one before.

    Notices, which have a title, and warnings stay for their time.
    """

    def on_notify(self, event: Notify) -> None:
        if _is_answer(event.notification):
            self._take_answers_away()

    def _take_answers_away(self) -> None:
        # In public, Textual takes away all or none, and leaves a blank line where each was.
        for answer in filter(_is_answer, list(self._notifications)):
            self._unnotify(answer, refresh=False)
        for screen in self.screen_stack:
            for toast in screen.query(Toast):
                if _is_answer(toast._notification):
                    toast._expire()


def _is_answer(toast: Notification) -> bool:
    return toast.severity == "information" and not toast.title
