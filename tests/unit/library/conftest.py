from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wan_tui.library import disk
from wan_tui.library.fault_injection import Plan


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test can pull the plug, so none in this process waits for the disk; that fsync is called is counted."""
    for name in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, name, lambda fd: None, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library folder that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def faults() -> Iterator[Callable[[str], Plan]]:
    """Let disk calls fail from now on, as ``WAN_TUI_FAULT_DISK`` would; an empty text ends it."""

    def use(text: str) -> Plan:
        plan = Plan(text)
        disk.use_plan(plan)
        return plan

    yield use
    disk.use_plan(Plan())
