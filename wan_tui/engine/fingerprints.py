"""With which key a job was ordered, by salted hashes: what one key cannot see proves nothing of another's orders."""

from __future__ import annotations

from wan_tui.api.client import ApiClient
from wan_tui.domain.errors import Failure, Money
from wan_tui.domain.job import Job

OTHER_KEY = Failure(
    "other_key",
    "The order was made with another key, and this key shows nothing of it",
    Money.UNKNOWN,
    "Start with the key it was ordered with",
)


class Fingerprints:
    """Compares the key in use with the ones that jobs were ordered with."""

    def __init__(self, api: ApiClient, salt: str) -> None:
        self._api = api
        self._salt = salt

    def current(self) -> str | None:
        """The fingerprint of the key in use; None where there is none."""
        key = self._api.key
        return key.fingerprint(self._salt) if key else None

    def same_key(self, job: Job) -> bool:
        """Whether the key in use is, as far as is known, the one ``job`` was ordered with."""
        return job.key_fingerprint is None or job.key_fingerprint == self.current()
