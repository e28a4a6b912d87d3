"""The objects that all components of an engine share."""

from __future__ import annotations

from dataclasses import dataclass

from wan_tui.api.client import ApiClient
from wan_tui.domain.events import Listener
from wan_tui.engine.clock import Clock
from wan_tui.engine.connection_monitor import ConnectionMonitor
from wan_tui.engine.fingerprints import Fingerprints
from wan_tui.engine.recorder import Recorder
from wan_tui.engine.schedule import Schedule
from wan_tui.library.leases import Leases


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineContext:
    """One of each per engine."""

    api: ApiClient
    recorder: Recorder
    leases: Leases
    connection: ConnectionMonitor
    fingerprints: Fingerprints
    schedule: Schedule
    clock: Clock
    announce: Listener
    instance: str
    """Id of this process, part of its client ids."""
