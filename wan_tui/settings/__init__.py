"""What the user has set, and where everything lies."""

from wan_tui.settings.key_file import KEY_VARIABLES, store_key
from wan_tui.settings.paths import Paths, make_private_folder
from wan_tui.settings.settings import NoticeWishes, Settings, load

__all__ = ["KEY_VARIABLES", "NoticeWishes", "Paths", "Settings", "load", "make_private_folder", "store_key"]
