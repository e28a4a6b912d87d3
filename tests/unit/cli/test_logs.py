"""The log file of -v."""

from __future__ import annotations

import base64
import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.program import python
from wan_tui.cli import logs
from wan_tui.domain.secret import ApiKey


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("wan_tui", "asyncio")]
    before = [(list(logger.handlers), logger.level) for logger in loggers]
    yield
    for logger, (handlers, level) in zip(loggers, before, strict=True):
        for handler in set(logger.handlers) - set(handlers):
            logger.removeHandler(handler)
            handler.close()
        logger.setLevel(level)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_file_of_the_log_is_the_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the new one after a rotation, and the folders made for it, whatever the umask."""
    monkeypatch.setattr(logs, "_SIZE", 200)
    before = os.umask(0)
    try:
        logs.start_logging(tmp_path / "state" / "deep" / "wan-tui.log")
        for number in range(20):
            logging.getLogger("wan_tui.test").info("line %d of some length", number)
    finally:
        os.umask(before)
    files = sorted((tmp_path / "state" / "deep").iterdir())
    assert [file.name for file in files] == ["wan-tui.log", *(f"wan-tui.log.{n}" for n in (1, 2, 3))]
    assert {mode(file) for file in files} == {0o600}
    assert {mode(folder) for folder in (tmp_path / "state", tmp_path / "state" / "deep")} == {0o700}


def test_neither_key_nor_signature_gets_in(tmp_path: Path) -> None:
    """Not by arguments and not by the text of an exception."""
    path = tmp_path / "wan-tui.log"
    logs.start_logging(path)
    logger = logging.getLogger("wan_tui.test")
    logger.info("GET %s", "https://films.example/1.mp4?Expires=1&Signature=s3cr3t")
    try:
        raise ValueError("Authorization: Bearer s3cr3t-s3cr3t")
    except ValueError:
        logger.exception("It failed")
    text = path.read_text()
    assert "films.example/1.mp4" in text
    assert "ValueError" in text
    assert "s3cr3t" not in text


def test_a_key_without_a_prefix_does_not_get_in(tmp_path: Path) -> None:
    """Known by its value: in an exception's words, in bytes, within Basic, and in what Python itself would print."""
    key = "plain8key/of+letters77"
    ApiKey(key)
    logs.start_logging(tmp_path / "wan-tui.log")
    logger = logging.getLogger("wan_tui.test")
    try:
        raise ValueError(
            f"got {key} and {key.encode()!r} and {base64.b64encode(b'u:' + key.encode()).decode()}"
        )
    except ValueError as error:
        logger.exception("It failed with %s", quote(key, safe=""))
        logger.error("%r", error)
    text = (tmp_path / "wan-tui.log").read_text()
    assert "It failed with …" in text
    assert not any(part in text for part in ("plain8key", "letters77", "bGV0dGVyczc3"[:8], "cGxhaW44a2V5"))


@pytest.mark.filterwarnings("ignore")
def test_python_itself_prints_nothing(tmp_path: Path) -> None:
    """An error in a thread goes to the log: its words may hold a secret, and the screen is in use."""
    done = python(
        "import threading; from wan_tui.cli import logs; from pathlib import Path\n"
        "from wan_tui.domain.secret import ApiKey; ApiKey('plain8key/of+letters77')\n"
        f"logs.add_null_handlers(); logs.start_logging(Path({str(tmp_path / 'x.log')!r}))\n"
        "logs.log_uncaught_errors()\n"
        "def work(): raise ValueError('plain8key/of+letters77')\n"
        "thread = threading.Thread(target=work); thread.start(); thread.join()\n"
        "import logging; logging.getLogger('httpx').error('plain8key/of+letters77')\n"
    )
    assert (done.stdout, done.stderr) == ("", "")
    assert "ValueError: …" in (tmp_path / "x.log").read_text()


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    """There is no log then, and no complaint either."""
    target = tmp_path / "target"
    target.write_text("untouched")
    (tmp_path / "wan-tui.log").symlink_to(target)
    logs.start_logging(tmp_path / "wan-tui.log")
    logging.getLogger("wan_tui.test").error("x")
    assert target.read_text() == "untouched"


def test_a_folder_that_cannot_be_made_means_no_log(tmp_path: Path) -> None:
    """The work goes on."""
    before = list(logging.getLogger("wan_tui").handlers)
    (tmp_path / "state").write_text("a file")
    logs.start_logging(tmp_path / "state" / "wan-tui.log")
    assert logging.getLogger("wan_tui").handlers == before
