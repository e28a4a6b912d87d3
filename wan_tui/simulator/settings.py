"""What can be set about the simulated service, and the clock it lives by."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wan_tui.simulator.catalog import CATALOG, VendorModel

Clock = Callable[[], float]
"""Gives Unix seconds that never run backwards."""


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
    `credits_usd`: what each new key finds on its account.
    `price_usd`: one price a film for every model; None takes each model's own.
    `log_delay`: how late a request shows up in `/v2/logs`.
    `posts_per_minute`: orders of one key in a minute before 429.
    `films_folder`: where drawn films are kept; None takes a folder that goes at the stop.
    `film_seconds`: length of a film of a model whose orders name none.
    `draw_ahead`: draw as soon as an order is accepted instead of when its film is fetched.
    `problem_json`: errors go out as `application/problem+json` instead of the service's older error object.
    `only_key`: the one key that is good; None: any key is, but those that play a bad one.
    `control_token`: what opens `/_till`, `/_requests` and `/_faults`, as a header; None: they are not there.
    `state_file`: accepted orders are kept here and go on after a restart; None forgets them.
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
