"""Memory limit of processes that decode untrusted films."""

from __future__ import annotations

MOST_MEMORY = 1 << 30
"""Maximum address space in bytes; a film of 640 x 360 takes 130 MB."""

_confined = False


def confine() -> None:
    """Limit the memory of this process, which only decodes."""
    global _confined
    _confined = True
    try:
        import resource
    except ImportError:  # Windows: only the time is limited
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = MOST_MEMORY if most == resource.RLIM_INFINITY else min(MOST_MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))


def is_confined() -> bool:
    """Whether ``confine`` was called in this process."""
    return _confined
