"""Timeouts of calls to the service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds. ``submit_total`` and ``total`` limit a whole call."""

    connect: float = 10.0
    write: float = 30.0
    submit_read: float = 60.0
    read: float = 20.0
    submit_total: float = 90.0
    total: float = 45.0
