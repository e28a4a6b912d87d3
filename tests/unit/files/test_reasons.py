"""Why a file could not be read or written, as a clause."""

from __future__ import annotations

import errno

import pytest

from wan_tui.files.reasons import explain


@pytest.mark.parametrize(
    ("error", "clause"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/secret/place"), "the disk is full"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), "it does not exist"),
        (OSError(errno.EINVAL, "it is a pipe, not a file"), "it is a pipe, not a file"),
        (OSError(errno.EBUSY, "Device or resource busy"), "device or resource busy"),
        (OSError(), "disk error"),
    ],
)
def test_the_cause_is_told_without_a_path(error: OSError, clause: str) -> None:
    """In plain words where the cause is known, else in those of the system."""
    assert explain(error) == clause
