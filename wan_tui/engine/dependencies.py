"""What an engine is made of."""

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
    """The rooms an engine works with; the command line puts them together."""

    history: History
    films: FilmFolder
    older_films: Sequence[FilmFolder] = ()
    """Where films were kept before; they are looked at, nothing is saved there."""
    leases: Leases
    api: ApiClient
    film_client: FilmClient
    dialect: Dialect
    schedule: Schedule = field(default_factory=Schedule)
    clock: Clock = field(default_factory=Clock)
    salt: str = ""
    """Mixed into key fingerprints, one a library."""
    instance: str = field(default_factory=lambda: new_instance_id(random.getrandbits(40)))
    """Tells the orders that this process sends from those of any other."""
    spending_off: SpendingOff | None = None
    """Why nothing may be ordered in this run; None where orders go out."""
    finish_film: Callable[[Path, Job], Beside | None] | None = None
    """Adds to a whole film before it gets its name; called in a thread, or says what to keep beside it; its failure
    leaves the film as it came."""
