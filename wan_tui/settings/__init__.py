"""The user's settings and the program's paths."""

from wan_tui.settings.key_file import store_key
from wan_tui.settings.paths import Paths
from wan_tui.settings.settings import NoticeWishes, Settings, load

__all__ = ["NoticeWishes", "Paths", "Settings", "load", "store_key"]
