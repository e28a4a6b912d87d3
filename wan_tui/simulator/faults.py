"""Scripted faults, for tests: `POST /_faults` with one fault or a list (see `Fault` for its fields) adds them,
`GET /_faults` lists the remaining ones, `DELETE /_faults` removes them.

All three require the token that `wan-tui simulate` prints at startup. Example, an accepted order whose answer is lost:
`curl -H 'X-Simulator-Token: TOKEN' -d '{"route": "POST /v2/*", "cut": -1}' URL/_faults`.

For manual tests there are markers in the prompt: `prompt_faults`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

NO_HEAD = -1
"""As `Fault.cut`: the connection ends before a single byte of the answer."""


@dataclass(frozen=True)
class Fault:
    """What to do to the requests of one route, on either origin.

    `route`: `METHOD PATH`, both with `*` allowed, such as `GET /v2/*` or `* /generations/*.mp4`.
    `times`: how often it is applied, None without limit; `skip`: matching requests to skip before that.
    `accept`: whether the service processes the request (accepts and charges the order) before the fault; None means
    no if the fault has a `status` or `raw`, yes otherwise.
    `status`, `headers` (None removes one, a list sends it several times), `body` (text or JSON): replace those of
    the answer.
    `problem`: a text in `body` becomes the service's newer error object, application/problem+json.
    `date_offset`: seconds by which the answer's `Date` is wrong.
    `raw`: these bytes (latin-1) are the whole answer, head and all; then the connection is closed.
    `delay`: seconds before the first byte. `stall_after` + `stall`: after so many bytes of the body, so many
    seconds of silence. `trickle`: the body at so many bytes a second.
    `cut`: after so many bytes of the body the connection is reset; -1 before any byte of the answer.
    `orderly`: `cut` closes the connection normally instead of resetting it. `hang`: never answers.
    """

    route: str
    times: int | None = 1
    skip: int = 0
    accept: bool | None = None
    status: int | None = None
    headers: Mapping[str, str | Sequence[str] | None] | None = None
    body: Any = None
    problem: bool = False
    raw: str | None = None
    date_offset: float = 0.0
    delay: float = 0.0
    stall_after: int = 0
    stall: float = 0.0
    trickle: float | None = None
    cut: int | None = None
    orderly: bool = False
    hang: bool = False

    @property
    def accepts(self) -> bool:
        """Whether the service sees the request at all."""
        return self.accept if self.accept is not None else self.status is None and self.raw is None

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is of this fault's route."""
        wanted_method, _, wanted_path = self.route.partition(" ")
        return fnmatchcase(method, wanted_method) and fnmatchcase(path, wanted_path)


_FIELDS = frozenset(item.name for item in fields(Fault))
_NONE = type(None)
_TYPES: Mapping[str, tuple[type, ...]] = {
    "times": (int, _NONE),
    "skip": (int,),
    "accept": (bool, _NONE),
    "status": (int, _NONE),
    "headers": (dict, _NONE),
    "problem": (bool,),
    "raw": (str, _NONE),
    "date_offset": (int, float),
    "delay": (int, float),
    "stall_after": (int,),
    "stall": (int, float),
    "trickle": (int, float, _NONE),
    "cut": (int, _NONE),
    "orderly": (bool,),
    "hang": (bool,),
}


def fault_from_json(value: object) -> Fault:
    """Reads one fault from its JSON object. Raises `ValueError` saying what is wrong."""
    if not isinstance(value, dict):
        raise ValueError("a fault is an object")
    unknown = sorted(set(value) - _FIELDS)
    if unknown:
        raise ValueError(f"a fault has no {', '.join(unknown)}; it has {', '.join(sorted(_FIELDS))}")
    route = value.get("route")
    if not isinstance(route, str) or " " not in route:
        raise ValueError("route: expected METHOD PATH, such as 'POST /v2/*'")
    for name, allowed in _TYPES.items():
        given = value.get(name)
        # In Python, unlike JSON, booleans are numbers.
        is_allowed = bool in allowed if isinstance(given, bool) else isinstance(given, allowed)
        if name in value and not is_allowed:
            raise ValueError(f"{name}: invalid value {given!r}")
    headers = value.get("headers") or {}
    for item in headers.values():
        texts = item if isinstance(item, list) else [item or ""]
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("headers: expected strings, lists of strings, or null to remove one")
    return Fault(**value)


@dataclass
class _Page:
    fault: Fault
    skip: int
    left: int | None


class FaultBook:
    """The remaining scripted faults, in order."""

    def __init__(self) -> None:
        self._pages: list[_Page] = []

    def add(self, fault: Fault) -> None:
        """Appends a fault."""
        self._pages.append(_Page(fault, fault.skip, fault.times))

    def clear(self) -> None:
        """Removes all faults."""
        self._pages.clear()

    def pending(self) -> list[tuple[Fault, int | None]]:
        """The remaining faults and how often each is applied; None: without limit."""
        return [(page.fault, page.left) for page in self._pages]

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, if any; counts it as applied."""
        for page in self._pages:
            if not page.fault.matches(method, path):
                continue
            if page.skip:
                page.skip -= 1
                continue
            if page.left is not None:
                page.left -= 1
                if page.left <= 0:
                    self._pages.remove(page)
            return page.fault
        return None
