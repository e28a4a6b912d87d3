"""The studio's demo with films that are made in a moment."""

from __future__ import annotations

from wan_tui.__main__ import main
from wan_tui.cli import bootstrap

if __name__ == "__main__":
    bootstrap._DEMO_PACE = 0.2
    main()
