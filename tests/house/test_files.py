"""What must not be in any tracked file."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.program import REPOSITORY

# A path that exists only on one machine. Tests make up such paths on purpose.
_MACHINE_PATH = re.compile(r"(?<![\w.~$}])/(?:root|home|work|Users|tmp)/\w")
_KEY = re.compile(
    r"\bsk-(?:proj-)?[A-Za-z0-9]{20,}\b|(?<![\w-])[0-9a-f]{32}(?![\w-])|\bgh[a-z]_[A-Za-z0-9]{30,}\b"
)


def test_no_file_names_a_folder_of_one_machine() -> None:
    """Program, documentation and settings are independent of the machine."""
    files = [path for path in texts() if "tests" not in path.relative_to(REPOSITORY).parts]
    assert len(files) > 50
    assert found(_MACHINE_PATH, files) == []


def test_no_file_holds_what_looks_like_a_key() -> None:
    """Keys in tests are recognizable as fake."""
    assert found(_KEY, [path for path in texts() if path.suffix not in (".svg", ".raw")]) == []


def test_the_patterns_find_what_they_are_for() -> None:
    """Otherwise the two tests above would pass vacuously."""
    assert _MACHINE_PATH.search("see " + "/home" + "/ann/films")
    assert not _MACHINE_PATH.search("https://example.org" + "/home" + "/x and ~/work/y")
    assert _KEY.search("key = " + "0123456789abcdef" * 2)
    assert _KEY.search("sk-" + "a1B2" * 6)


def found(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()[:100]}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def texts() -> list[Path]:
    """All tracked text files; without git, those in the source folders."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True)
        paths = [REPOSITORY / name for name in listed.stdout.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [path for folder in ("wan_tui", "tests") for path in (REPOSITORY / folder).rglob("*.*")]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()]
