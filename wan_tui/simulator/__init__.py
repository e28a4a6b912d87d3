"""The AI/ML API on loopback: real HTTP, real MP4 films, faults on demand, no money.

Light to import: the web server and the film encoder are loaded when a simulator starts.
"""

from __future__ import annotations

from wan_tui.simulator.faults import Fault
from wan_tui.simulator.prompt_faults import FAULTS_HELP
from wan_tui.simulator.server import Simulator, running_simulator, serve
from wan_tui.simulator.settings import SimulatorSettings

__all__ = ["FAULTS_HELP", "Fault", "Simulator", "SimulatorSettings", "running_simulator", "serve"]
