"""Why a file could not be read or written, in plain words."""

from __future__ import annotations

import errno

_KNOWN = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would grow beyond the allowed size",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "not permitted",
    errno.EIO: "the disk reports an error",
    errno.ENOENT: "it does not exist",
    errno.ENOTDIR: "a part of its path is not a folder",
    errno.ENAMETOOLONG: "the name is too long",
}


def explain(error: OSError) -> str:
    """The cause as a clause without a path, such as "the disk is full"."""
    return _KNOWN.get(error.errno or 0, (error.strerror or "the disk reports an error").lower())
