"""The log file of ``-v``: rotating, private, with keys and link queries redacted."""

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
    """Redacts the formatted line, since arguments and tracebacks may hold secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _PrivateFile(RotatingFileHandler):
    """Creates each file, also after a rotation, readable by the owner only; follows no symlink."""

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding=self.encoding, errors=self.errors, opener=_open_private)


def _open_private(path: str, flags: int) -> int:
    return open_regular(path, flags, follow=False)


def add_null_handlers() -> None:
    """Stop Python from printing log records on stderr, unredacted and over the screen, without a log file."""
    for name in (*_LOGGERS, None):
        logger = logging.getLogger(name)
        if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
            logger.addHandler(logging.NullHandler())


def log_uncaught_errors() -> None:
    """Log warnings and errors in threads and destructors; Python would print them unredacted."""
    log = logging.getLogger("wan_tui")
    threading.excepthook = lambda failed: log.error(
        "uncaught in a thread",
        exc_info=(failed.exc_type, failed.exc_value or failed.exc_type(), failed.exc_traceback),
    )
    sys.unraisablehook = lambda failed: log.error(
        "unraisable: %s", failed.err_msg, exc_info=failed.exc_value or failed.exc_type()
    )
    logging.captureWarnings(True)


def start_logging(path: Path) -> None:
    """Log to ``path``, readable by its owner only. Without a writable folder, do nothing."""
    try:
        make_private_folder(path.parent)
        handler = _PrivateFile(path, maxBytes=_SIZE, backupCount=_KEPT, encoding="utf-8", errors="replace")
    except OSError:
        return
    handler.setFormatter(_Redacted("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger("wan_tui").setLevel(logging.DEBUG)
    for name in _LOGGERS:
        logging.getLogger(name).addHandler(handler)
