"""The global options, given before the command."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """Values of the global options."""

    demo: bool
    base_url: str | None
    endpoint: str | None
    verbose: bool
