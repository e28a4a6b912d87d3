"""Plain descriptions of file errors."""

from __future__ import annotations

import errno

_KNOWN = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is exceeded",
    errno.EFBIG: "the file would exceed the size limit",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "operation not permitted",
    errno.EIO: "disk error",
    errno.ENOENT: "it does not exist",
    errno.ENOTDIR: "part of its path is not a folder",
    errno.ENAMETOOLONG: "the name is too long",
}


def explain(error: OSError) -> str:
    """The cause as a clause without a path, such as "the disk is full"."""
    return _KNOWN.get(error.errno or 0, (error.strerror or "disk error").lower())
