"""The studio on a disk that hangs for ever when the draft is written."""

from __future__ import annotations

import threading

from wan_tui.__main__ import main
from wan_tui.cli import studio
from wan_tui.ui.form.draft import Draft


def hang(self: Draft, values: object) -> None:
    threading.Event().wait()


if __name__ == "__main__":
    Draft.save = hang  # type: ignore[method-assign]
    studio._CLOSING_SECONDS = 1.0
    main()
