"""The log file of -v."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from wan_tui.cli import logs


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
