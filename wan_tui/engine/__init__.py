"""The background engine: submits orders, polls, fetches films, looks up lost orders. Independent of the screen."""

from wan_tui.engine.dependencies import EngineDependencies
from wan_tui.engine.engine import Engine

__all__ = ["Engine", "EngineDependencies"]
