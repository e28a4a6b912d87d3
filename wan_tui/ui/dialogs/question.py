"""A question that is asked before something is done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """Asked before something that costs money or cannot be undone. ``yes`` names what then happens."""

    title: str
    text: str
    yes: str
