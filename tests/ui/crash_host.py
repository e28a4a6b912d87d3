"""The studio with a fault in it: ``?`` crashes with a key and a signed link in its variables and its words."""

from __future__ import annotations

from wan_tui.__main__ import main
from wan_tui.ui.app import Studio

KEY = "sk-crash-0123456789abcdef"
LINK = "https://films.example/1.mp4?Signature=SECRETSIGNATURE"


def crash(self: object) -> None:
    key, link = KEY, LINK
    raise ZeroDivisionError(f"{key} {link}")


if __name__ == "__main__":
    Studio.action_help = crash  # type: ignore[method-assign]
    main()
