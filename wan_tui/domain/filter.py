"""The list filter: a row must match every word; ``state:`` ``model:`` ``seed:`` ``is:`` match one field.

``dragon state:failed`` · ``seed:42`` · ``model:wan2.1`` · ``is:starred`` ``is:trashed`` ``is:pending``. A leading minus
negates a word. Rows in the trash match only ``is:trashed``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wan_tui.domain.job import JobState
from wan_tui.domain.parameters import MODELS
from wan_tui.domain.rows import JobRow

Test = Callable[[JobRow], bool]

_BEYOND_PROMPT = 3
"""Minimum letters of a word to match more than the prompt: shorter ones match names by chance."""
_ID_PART, _ID_START = 8, 6
"""Minimum letters of a word to match any part, or the start, of an id."""
_FIELDS = ("state", "model", "seed", "is")
_FLAGS: dict[str, Test] = {
    "starred": lambda row: row.starred,
    "trashed": lambda row: row.trashed,
    "pending": lambda row: row.pending,
    "failed": lambda row: bool(row.error_code),
}


FIELDS: dict[str, tuple[str, ...]] = {
    "state": tuple(state.value for state in JobState),
    "is": tuple(_FLAGS),
    "model": tuple(MODELS),
    "seed": (),
}
"""The fields and their known values."""


def select(rows: Sequence[JobRow], query: str) -> list[JobRow]:
    """The ``rows`` that match all words of ``query``; an empty query matches all rows outside the trash."""
    words = query.casefold().split()
    found = list(rows) if "is:trashed" in words else [row for row in rows if not row.trashed]
    for word in words:
        negated = word.startswith("-") and len(word) > 1
        test = _test(word[1:] if negated else word)
        found = [row for row in found if test(row) is not negated]
    return found


def complaints(query: str) -> list[str]:
    """A sentence for each word with an invalid value, which could match nothing."""
    found: list[str] = []
    for word in query.casefold().split():
        field, colon, value = word.removeprefix("-").partition(":")
        if field == "state" and not any(state.startswith(value) for state in JobState):
            found.append(f"Unknown state “{value}”; use {', '.join(JobState)}.")
        elif field == "is" and colon and value not in _FLAGS:
            found.append(f"Unknown “is:{value}”; use {', '.join(f'is:{flag}' for flag in _FLAGS)}.")
        elif field == "seed" and value and not value.isdecimal():
            found.append(f"“{value}” is not a seed: seeds are whole numbers.")
    return found


def remarks(query: str) -> list[str]:
    """The complaints, plus a sentence for each unknown field, to show while a query is typed.

    An unknown field is no error: the word is matched as text, since prompts may contain colons.
    """
    found = complaints(query)
    for word in query.casefold().split():
        field, colon, value = word.removeprefix("-").partition(":")
        link = value.startswith("//")
        if colon and field.isalpha() and field not in _FIELDS and not link:
            found.append(f"Unknown field “{field}:”; use {', '.join(f'{f}:' for f in _FIELDS)}.")
    return found


def _test(word: str) -> Test:
    field, colon, value = word.partition(":")
    if colon and value:
        if field == "state":
            return lambda row: row.state.value.startswith(value)
        if field == "model":
            return lambda row: value in row.model.casefold()
        if field == "seed":
            return lambda row: str(row.seed) == value
        if field == "is" and value in _FLAGS:
            return _FLAGS[value]
    return _anywhere(word)


def _anywhere(word: str) -> Test:
    if len(word) < _BEYOND_PROMPT:
        return lambda row: word in row.prompt.casefold()
    states = frozenset(state for state in JobState if word in state.value)
    in_id = _id_test(word.upper())
    return lambda row: (
        word in row.prompt.casefold()
        or word in row.film
        or row.state in states
        or word in row.model
        or in_id(row.id)
        or word in row.error_code
    )


def _id_test(part: str) -> Callable[[str], bool]:
    if len(part) >= _ID_PART:
        return lambda job_id: part in job_id
    if len(part) >= _ID_START:
        return lambda job_id: job_id.startswith(part)
    return lambda job_id: False
