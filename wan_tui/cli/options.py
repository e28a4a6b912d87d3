"""The options that stand before the command."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """What was said before the command."""

    demo: bool
    base_url: str | None
    endpoint: str | None
    verbose: bool
