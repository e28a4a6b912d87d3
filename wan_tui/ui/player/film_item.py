"""A film as the player needs it: its file and its request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wan_tui.domain.job import Job
from wan_tui.domain.request import GenerationRequest
from wan_tui.domain.text import clean_line, sentences
from wan_tui.domain.wording import parameter_rows
from wan_tui.media.decode import CannotPlay, FilmSpoiled
from wan_tui.ui.formatting import FETCH_AGAIN


@dataclass(frozen=True, slots=True)
class FilmItem:
    """A film to play. ``key`` identifies it to the caller, e.g. a job's id."""

    path: Path
    request: GenerationRequest
    key: str = ""

    @property
    def title(self) -> str:
        """The prompt on one line, or the file's name."""
        return clean_line(self.request.prompt, 200) or clean_line(self.path.name)

    def facts(self) -> list[tuple[str, str]]:
        """All parameters as label and text, in the table's order, starting with the model's name."""
        rows = parameter_rows(self.request.model, self.request.parameters)
        return [(label, text) for _, label, text in rows]


def film_of(job: Job) -> FilmItem:
    """The film of a saved job."""
    return FilmItem(Path(job.film_path or ""), job.request, job.id)


def problem_text(problem: CannotPlay) -> str:
    """The sentence shown in place of a film that cannot be played."""
    spoiled = isinstance(problem, FilmSpoiled)
    return sentences(problem.sentence, f"In the list {FETCH_AGAIN}" if spoiled else "")


def differences(films: Sequence[FilmItem]) -> list[tuple[str, list[str]]]:
    """The parameters in which ``films`` differ: label, and each film's text ("" if it has none)."""
    tables = [dict(film.facts()) for film in films]
    labels = dict.fromkeys(label for table in tables for label in table)
    rows = [(label, [table.get(label, "") for table in tables]) for label in labels]
    return [(label, texts) for label, texts in rows if len(set(texts)) > 1]
