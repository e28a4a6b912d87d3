"""Caches prices and the account's balance, and refreshes them periodically."""

from __future__ import annotations

import asyncio
from math import inf

from wan_tui.api.client import ApiClient
from wan_tui.domain.errors import ServiceError, Unauthorized
from wan_tui.domain.events import BalanceChanged, Event, JobChanged, Listener, PriceKnown
from wan_tui.domain.job import JobState
from wan_tui.domain.parameters import MODELS
from wan_tui.domain.request import GenerationRequest
from wan_tui.engine.clock import Clock
from wan_tui.engine.clock_check import ClockCheck
from wan_tui.engine.connection_monitor import ConnectionMonitor
from wan_tui.engine.schedule import Schedule

ACCOUNT_SECONDS = 300.0
"""How often the balance is asked for, beside the occasions on which it may have changed."""
_SOON_SECONDS = 5.0
"""Delay of a refresh after a job may have changed the balance, so that several jobs share one."""
_RETRY_SECONDS = 30.0
_MAX_RETRY = 900.0
_GOOD_SECONDS = 300.0
"""If a key worked for this long since the last retry, the backoff starts over."""


class Prices:
    """Last known price per model and balance, in US dollars; None if unknown."""

    def __init__(
        self,
        api: ApiClient,
        connection: ConnectionMonitor,
        schedule: Schedule,
        clock: Clock,
        announce: Listener,
    ) -> None:
        self._api = api
        self._connection = connection
        self._schedule = schedule
        self._clock = clock
        self._announce = announce
        self._clock_check = ClockCheck(api, announce)
        self._prices: dict[str, float] = {}
        self.balance: float | None = None
        self._moved = asyncio.Event()

    def known(self, model: str) -> float | None:
        return self._prices.get(model)

    async def fresh(self, request: GenerationRequest) -> tuple[float | None, float | None]:
        """Fetch the price of this request and the balance now; None if unknown."""
        balance = self.balance if await self._ask_balance() else None
        try:
            price = await self._api.price(request.model, request.parameters)
        except ServiceError:
            price = None
        return price, balance

    async def refresh_balance(self) -> None:
        """Fetch the balance. Also retries a refused key: a single 401 must not stop everything."""
        await self._ask_balance()

    async def _ask_balance(self) -> bool:
        """Fetch the balance; return whether that succeeded."""
        if self._api.key is None:
            return False
        try:
            balance = await self._connection.with_key_retry(self._api.balance)
        except Unauthorized as error:
            self._connection.key_refused(error)
            return False
        except ServiceError as error:
            self._connection.report_failure(error)
            return False
        if not self._connection.key_usable:
            self._connection.key_changed()
        self._connection.report_success()
        self._clock_check.check()
        if balance != self.balance:
            self.balance = balance
            self._announce(BalanceChanged(balance))
        return True

    async def refresh_price(self, model: str) -> None:
        """Fetch the price of ``model`` with default parameters; an unreadable answer changes nothing.

        The catalogue needs no key, but without one nothing can be ordered, so it is not read.
        """
        if not self._connection.key_usable:
            return
        defaults = {p.name: p.default for p in MODELS[model].parameters if p.default is not None}
        try:
            price = await self._api.price(model, defaults)
        except ServiceError:
            return
        if price is not None and price != self._prices.get(model):
            self._prices[model] = price
            self._announce(PriceKnown(model, price))

    async def run(self) -> None:
        """Refresh unknown prices and the balance every ``ACCOUNT_SECONDS``, and soon after it may have changed,
        while there is a working key. Runs until cancelled.
        """
        while True:
            await self._connection.key_ready()
            self._moved.clear()
            for model in MODELS:
                if self.known(model) is None:
                    await self.refresh_price(model)
            await self.refresh_balance()
            await self._clock.wait(self._moved, self._schedule.scaled(ACCOUNT_SECONDS))
            if self._moved.is_set():
                await self._clock.sleep(self._schedule.scaled(_SOON_SECONDS))

    def notice(self, event: Event) -> None:
        """Schedule a refresh when the service accepts, finishes or fails a job; a refusal leaves the balance as is."""
        if isinstance(event, JobChanged) and event.before is not None:
            job, changed = event.job, event.job.state is not event.before.state
            if changed and job.generation_id is not None and job.state is not JobState.GENERATING:
                self._moved.set()

    async def retry_key(self) -> None:
        """Retry a refused key with backoff, from half a minute on. Runs until cancelled.

        A key that may only read the balance is refused again at once.
        """
        retries, retried_at = 0, -inf
        while True:
            await self._connection.key_refusal()
            if self._clock.monotonic() - retried_at > self._schedule.scaled(_GOOD_SECONDS):
                retries = 0
            wait = min(_MAX_RETRY, _RETRY_SECONDS * 2.0 ** min(retries, 10))
            await self._clock.sleep(self._schedule.scaled(wait))
            if not self._connection.key_usable:
                await self.refresh_balance()
                retries, retried_at = retries + 1, self._clock.monotonic()
