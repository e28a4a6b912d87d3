"""Opening a film or link with a program near the user, and copying: what becomes of it is told in any case."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from textual.app import App

from wan_tui.domain.job import Job
from wan_tui.domain.text import clean_text
from wan_tui.settings import Settings
from wan_tui.terminal import clipboard, opening
from wan_tui.terminal.environment import Surroundings
from wan_tui.ui.screens.copy_menu import Copyable
from wan_tui.ui.screens.show_text import ShowText
from wan_tui.ui.terminal_writer import terminal_writer

_SHORT = 200
"""Characters of a copied text that a toast shows."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The way out of the program."""

    app: App[object]
    settings: Settings
    surroundings: Surroundings
    osc52: bool | None = None
    """Whether the terminal announces that its clipboard can be written; None: it does not say."""

    async def open(self, job: Job, film_here: bool, *, play_here: bool = False) -> str | None:
        """Open the film, or the link where there is no film here; show both where nothing can be opened.

        With ``play_here``, where there is no display to open it on, return the sentence that says so instead.
        """
        if film_here and job.film_path is not None:
            result = await asyncio.to_thread(
                opening.open_film,
                Path(job.film_path),
                films=self.settings.paths.films,
                surroundings=self.surroundings,
            )
        else:
            result = await asyncio.to_thread(
                opening.open_link,
                job.video_url or "",
                surroundings=self.surroundings,
                allow_loopback=self.settings.loopback,
            )
        if result.outcome == "opened":
            self._say(result.sentence)
            return None
        if play_here and result.outcome == "not here":
            return result.sentence
        texts = [("File", job.film_path or ""), ("Link", job.video_url or "")]
        shown = [(name, text) for name, text in texts if text]
        report = await self._copy(shown[0][1])
        self.app.push_screen(ShowText(f"{result.sentence} {shown[0][0]}: {report.sentence}", shown))
        return None

    async def copy(self, item: Copyable) -> None:
        """Copy, and show the text as well: nobody can know whether a terminal keeps what it is sent."""
        report = await self._copy(item.text)
        if report.certain:
            text = clean_text(item.text, _SHORT)
            self._say(f"{report.sentence}\n{text}")
        else:
            self.app.push_screen(ShowText(report.sentence, [(item.name.capitalize(), item.text)]))

    async def _copy(self, text: str) -> clipboard.CopyReport:
        write = terminal_writer(self.app)
        return await asyncio.to_thread(
            clipboard.copy, text, surroundings=self.surroundings, write=write, osc52=self.osc52
        )

    def _say(self, sentence: str) -> None:
        self.app.notify(sentence, markup=False)
