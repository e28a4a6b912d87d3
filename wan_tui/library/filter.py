"""The words of the list's filter: every word must be found; ``state:`` ``model:`` ``seed:`` ``is:`` look at one field.

``dragon state:failed`` · ``seed:42`` · ``model:wan2.1`` · ``is:starred`` ``is:trashed`` ``is:pending``. A leading minus
turns a word round. Rows in the trash are found by ``is:trashed`` only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wan_tui.library.index import JobRow

Test = Callable[["JobRow"], bool]

_ID_PART = 6
"""Letters from which on a word may be meant as a part of an id; shorter ones would fit ids by chance."""
_FLAGS: dict[str, Test] = {
    "starred": lambda row: row.starred,
    "trashed": lambda row: row.trashed,
    "pending": lambda row: row.pending,
    "failed": lambda row: bool(row.error_code),
}


def compile_query(query: str) -> Test:
    """Make one test of all words of ``query``; an empty one fits every row that is not in the trash."""
    words = query.casefold().split()
    tests = [_negated(word[1:]) if word.startswith("-") and len(word) > 1 else _test(word) for word in words]
    if "is:trashed" not in words:
        tests.insert(0, lambda row: not row.trashed)
    if len(tests) == 1:
        return tests[0]
    return lambda row: all(test(row) for test in tests)


def _negated(word: str) -> Test:
    test = _test(word)
    return lambda row: not test(row)


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
    return lambda row: (
        word in row.prompt.casefold()
        or word in row.film
        or word in row.state.value
        or word in row.model.casefold()
        or (len(word) >= _ID_PART and word in row.id.casefold())
        or word in row.error_code
    )
