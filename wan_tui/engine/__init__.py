"""The work in the background: orders, polls, downloads, recovery. It knows no screen."""

from wan_tui.engine.dependencies import EngineDependencies
from wan_tui.engine.engine import Engine

__all__ = ["Engine", "EngineDependencies"]
