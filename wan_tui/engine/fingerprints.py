"""Compares keys by salted hashes: a key cannot see the orders of another key, so its not finding one proves nothing."""

from __future__ import annotations

from wan_tui.api.client import ApiClient
from wan_tui.domain.errors import Failure, Money
from wan_tui.domain.job import Job

OTHER_KEY = Failure(
    "other_key",
    "The order was made with another key, and this key cannot see it",
    Money.UNKNOWN,
    "Start wan-tui with that key",
)


class Fingerprints:
    """Compares the current key with the keys of jobs."""

    def __init__(self, api: ApiClient, salt: str) -> None:
        self._api = api
        self._salt = salt

    def current(self) -> str | None:
        """Fingerprint of the current key; None without a key."""
        key = self._api.key
        return key.fingerprint(self._salt) if key else None

    def same_key(self, job: Job) -> bool:
        """Whether the current key is the one ``job`` was ordered with; True if unknown."""
        return job.key_fingerprint is None or job.key_fingerprint == self.current()
