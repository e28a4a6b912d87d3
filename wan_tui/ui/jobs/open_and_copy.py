"""Opens films and links in other programs, and copies; the user always learns the outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from textual.app import App

from wan_tui.domain.job import Job
from wan_tui.domain.text import clean_line
from wan_tui.settings import Settings
from wan_tui.terminal import clipboard, opening
from wan_tui.terminal.environment import Surroundings
from wan_tui.ui.compat.terminal_writer import terminal_writer
from wan_tui.ui.dialogs.copy_menu import Copyable
from wan_tui.ui.dialogs.show_text import ShowText
from wan_tui.ui.formatting import fit
from wan_tui.ui.messages import Feedback

_SHORT = 60
"""Cells of a copied text that are shown with the feedback."""


@dataclass(frozen=True, slots=True)
class OpenAndCopy:
    """Opens and copies, and says what became of it."""

    app: App[object]
    settings: Settings
    surroundings: Surroundings
    osc52: bool | None = None
    """Whether the terminal announces that its clipboard can be written; None: it does not say."""
    _hinted: set[str] = field(default_factory=set, init=False)
    """Hints that were given already: once a session is enough."""

    async def open(self, job: Job, film_here: bool, *, play_here: bool = False) -> str | None:
        """Open the film, or the link where there is no film here; show both where nothing can be opened.

        With ``play_here``, where there is no display to open it on, return the sentence that says so instead.
        """
        if film_here and job.film_path is not None:
            result = await asyncio.to_thread(self._open_film, Path(job.film_path))
        else:
            result = await asyncio.to_thread(
                opening.open_link,
                job.video_url or "",
                surroundings=self.surroundings,
                allow_loopback=self.settings.loopback,
            )
        if result.outcome == "opened":
            self._answer(result.sentence)
            return None
        if play_here and result.outcome == "not here":
            return result.sentence
        texts = [("File", job.film_path or ""), ("Link", job.video_url or "")]
        shown = [(name, text) for name, text in texts if text]
        name, text = shown[0]
        report = await self._copy(text)
        copied = report.sentence
        if report.ways:
            what = "path of the file" if name == "File" else "link"
            way = "was copied" if report.certain else "was sent to the terminal's clipboard"
            copied = f"The {what} {way}."
        self.app.push_screen(ShowText(f"{result.sentence} {copied}", shown))
        return None

    def _open_film(self, film: Path) -> opening.Opening:
        folder = opening.folder_of(film, self.settings.paths.film_folders)
        return opening.open_film(film, films=folder, surroundings=self.surroundings)

    async def copy(self, item: Copyable) -> None:
        """Copy, and say what became of it with the beginning of the text; all of it is shown where no way led out."""
        report = await self._copy(item.text)
        if report.ways:
            hint = f" {report.hint}" if report.hint and report.hint not in self._hinted else ""
            self._hinted.add(report.hint)
            self._answer(f"{report.sentence} “{fit(clean_line(item.text), _SHORT).rstrip()}”{hint}")
        else:
            self.show([item], report.sentence)

    def show(self, items: Sequence[Copyable], sentence: str = "") -> None:
        """Show texts in full, to be selected with the terminal's own means."""
        self.app.push_screen(ShowText(sentence, [(item.name.capitalize(), item.text) for item in items]))

    async def _copy(self, text: str) -> clipboard.CopyReport:
        write = terminal_writer(self.app)
        return await asyncio.to_thread(
            clipboard.copy, text, surroundings=self.surroundings, write=write, osc52=self.osc52
        )

    def _answer(self, sentence: str) -> None:
        self.app.post_message(Feedback(sentence))
