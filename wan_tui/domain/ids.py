"""Job ids: ULIDs, 26 characters that sort by time and are unique across processes.

Layout: 48 bits of Unix milliseconds, 80 random bits, in Crockford's base 32 (github.com/ulid/spec).
"""

from __future__ import annotations

from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26


def new_job_id(now: datetime, random_bits: int) -> str:
    """Make an id from the current time and 80 random bits."""
    number = (int(now.timestamp() * 1000) & ((1 << 48) - 1)) << 80 | (random_bits & ((1 << 80) - 1))
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def new_instance_id(random_bits: int) -> str:
    """Make an id for this process from 40 random bits; it is part of each client id."""
    return "".join(_ALPHABET[random_bits >> shift & 31] for shift in range(35, -1, -5))


def is_job_id(text: str) -> bool:
    return len(text) == LENGTH and all(char in _ALPHABET for char in text)
