"""The log file of ``-v``: rotating, private, and without keys or the queries of links."""

from __future__ import annotations

import logging
import sys
import threading
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from wan_tui.domain.text import redact
from wan_tui.files.opening import open_regular
from wan_tui.files.private import make_private_folder

_SIZE, _KEPT = 1_000_000, 3
_LOGGERS = ("wan_tui", "asyncio", "py.warnings")


class _Redacted(logging.Formatter):
    """Cleans the finished line, so that neither arguments nor tracebacks bring a secret in."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _PrivateFile(RotatingFileHandler):
    """Makes each file, also those after a rotation, for the owner alone, and follows no link."""

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding=self.encoding, errors=self.errors, opener=_open_private)


def _open_private(path: str, flags: int) -> int:
    return open_regular(path, flags, follow=False)


def keep_off_terminal() -> None:
    """Without a log file Python prints errors on stderr, unredacted and in the middle of the screen."""
    for name in (*_LOGGERS, None):
        logger = logging.getLogger(name)
        if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
            logger.addHandler(logging.NullHandler())


def log_what_python_would_print() -> None:
    """Errors in threads and in destructors go to the log as well: Python prints their words, secrets and all."""
    log = logging.getLogger("wan_tui")
    threading.excepthook = lambda failed: log.error(
        "in a thread", exc_info=(failed.exc_type, failed.exc_value or failed.exc_type(), failed.exc_traceback)
    )
    sys.unraisablehook = lambda failed: log.error(
        "not raised: %s", failed.err_msg, exc_info=failed.exc_value or failed.exc_type()
    )
    logging.captureWarnings(True)


def start_logging(path: Path) -> None:
    """Log to ``path``, readable by its owner alone. A folder that cannot be written means no log."""
    try:
        make_private_folder(path.parent)
        handler = _PrivateFile(path, maxBytes=_SIZE, backupCount=_KEPT, encoding="utf-8", errors="replace")
    except OSError:
        return
    handler.setFormatter(_Redacted("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger("wan_tui").setLevel(logging.DEBUG)
    for name in _LOGGERS:
        logging.getLogger(name).addHandler(handler)
