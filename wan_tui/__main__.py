"""The entry point: ``wan-tui`` and ``python -m wan_tui``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    from wan_tui.processes.core import no_core_dumps
    from wan_tui.processes.python import leave_out_current_folder, restart_in_utf8

    leave_out_current_folder()
    no_core_dumps()
    restart_in_utf8()
    from wan_tui.cli import printer
    from wan_tui.cli.logs import log_uncaught_errors
    from wan_tui.cli.main import cli
    from wan_tui.terminal.size import believe_terminal

    printer.prepare()
    log_uncaught_errors()
    believe_terminal(os.environ)
    try:
        cli(prog_name="wan-tui")
    except SystemExit as end:
        sys.exit(printer.final_code(end.code if isinstance(end.code, int) else 0))
    except Exception as error:
        _crashed(error)


def _crashed(error: Exception) -> None:
    import logging

    from wan_tui.cli.output import EXIT_FAILED, print_message
    from wan_tui.domain.crash import crash_sentence

    logging.getLogger("wan_tui").error("crashed", exc_info=error)
    print_message(crash_sentence(error))
    sys.exit(EXIT_FAILED)


if __name__ == "__main__":
    main()
