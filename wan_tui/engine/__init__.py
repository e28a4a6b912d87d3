"""The work in the background: orders, polls, downloads, recovery. It knows no screen."""

from wan_tui.engine.engine import Engine
from wan_tui.engine.parts import EngineParts
from wan_tui.library.index import JobIndex, JobRow

__all__ = ["Engine", "EngineParts", "JobIndex", "JobRow"]
