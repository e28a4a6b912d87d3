"""Settings and clock of the simulator."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wan_tui.simulator.catalog import CATALOG, VendorModel

Clock = Callable[[], float]
"""Returns Unix seconds that never decrease."""


def steady_clock() -> Clock:
    """A clock that starts at the wall clock's time and then follows the monotonic one."""
    offset = time.time() - time.monotonic()
    return lambda: time.monotonic() + offset


@dataclass(frozen=True)
class SimulatorSettings:
    """Settings of one simulator. Times are in seconds, money in US dollars.

    `port` and `film_port`: 0 takes any free port of 127.0.0.1.
    `pace`: from the order to the finished film, when a slot is free.
    `concurrency`: films of one key that are made at the same time; the rest stays queued.
    `link_lifetime`: how long a film's link works after completion.
    `credits_usd`: initial balance of each key.
    `price_usd`: price of a film for all models; None: each model's own.
    `log_delay`: how late a request shows up in `/v2/logs`.
    `posts_per_minute`: orders of one key in a minute before 429.
    `films_folder`: folder for drawn films; None: a temporary one, removed at stop.
    `film_seconds`: length of a film if the order does not set it.
    `draw_ahead`: draw a film when its order is accepted instead of when it is fetched.
    `problem_json`: send errors as `application/problem+json` instead of the older error object.
    `only_key`: the only accepted key; None: any key except the demo keys for errors.
    `control_token`: header value required for `/_till`, `/_requests` and `/_faults`; None: they do not exist.
    `state_file`: keeps accepted orders across restarts; None: they are forgotten.
    """

    port: int = 0
    film_port: int = 0
    pace: float = 20.0
    concurrency: int = 2
    link_lifetime: float = 86400.0
    credits_usd: float = 25.0
    price_usd: float | None = None
    log_delay: float = 2.0
    posts_per_minute: int = 60
    films_folder: Path | None = None
    film_seconds: float = 5.0
    draw_ahead: bool = True
    problem_json: bool = False
    only_key: str | None = field(default=None, repr=False)
    control_token: str | None = field(default=None, repr=False)
    state_file: Path | None = None
    models: Mapping[str, VendorModel] = field(default_factory=lambda: CATALOG)
    clock: Clock = field(default_factory=steady_clock)
