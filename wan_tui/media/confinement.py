"""The memory that a process may take which decodes what is not ours."""

from __future__ import annotations

MOST_MEMORY = 1 << 30
"""Bytes of address space for a process that decodes what is not ours; a film of 640 x 360 takes 130 MB."""

_confined = False


def confine() -> None:
    """Bound the memory of this process, which is there to decode and nothing else."""
    global _confined
    _confined = True
    try:
        import resource
    except ImportError:  # Windows: its time is bounded all the same
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = MOST_MEMORY if most == resource.RLIM_INFINITY else min(MOST_MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))


def is_confined() -> bool:
    """Whether this process is one of those."""
    return _confined
