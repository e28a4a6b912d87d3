"""Converts jobs to documents and back, with layout versions and migrations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wan_tui.domain.job import Job
from wan_tui.domain.job_record import from_record, to_record
from wan_tui.library.documents import Document

Step = Callable[[Document], Document]

STEPS: tuple[Step, ...] = ()
"""``STEPS[n]`` turns a document of layout n + 1 into one of layout n + 2."""


def layout(document: Mapping[str, Any]) -> int:
    """A document's layout version; documents without one have version 1."""
    version = document.get("layout", 1)
    return version if isinstance(version, int) and version >= 1 else 1


def to_document(job: Job) -> Document:
    """The document for a job. A job of a newer version keeps its layout version and fields."""
    document = to_record(job)
    document.setdefault("layout", len(STEPS) + 1)
    return document


def from_document(document: Document) -> Job:
    """Read a job of any version. Raises ValueError if it is not a job."""
    version = layout(document)
    for step in STEPS[version - 1 :]:
        document = step(document)
    if version <= len(STEPS) + 1:
        document = {name: value for name, value in document.items() if name != "layout"}
    return from_record(document)
