"""The dependencies of an engine."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wan_tui.api.client import ApiClient
from wan_tui.api.film_client import FilmClient
from wan_tui.domain.errors import SpendingOff
from wan_tui.domain.ids import new_instance_id
from wan_tui.domain.job import Job
from wan_tui.domain.parameters import Dialect
from wan_tui.engine.clock import Clock
from wan_tui.engine.schedule import Schedule
from wan_tui.library.films import FilmFolder
from wan_tui.library.history import History
from wan_tui.library.leases import Leases
from wan_tui.library.partfile import Beside


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineDependencies:
    """Everything an engine needs; built by the command line."""

    history: History
    films: FilmFolder
    older_films: Sequence[FilmFolder] = ()
    """Earlier film folders, read-only."""
    leases: Leases
    api: ApiClient
    film_client: FilmClient
    dialect: Dialect
    schedule: Schedule = field(default_factory=Schedule)
    clock: Clock = field(default_factory=Clock)
    salt: str = ""
    """Salt of key fingerprints, one per library."""
    instance: str = field(default_factory=lambda: new_instance_id(random.getrandbits(40)))
    """Id of this process, part of its client ids."""
    spending_off: SpendingOff | None = None
    """Why ordering is off in this run; None if it is on."""
    finish_film: Callable[[Path, Job], Beside | None] | None = None
    """Called in a thread with a complete film before it gets its name: may append to it, or return a file to write
    beside it. If it fails, the film stays unchanged."""
