"""What a film costs and what is left in the account, asked now and then and kept."""

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
from wan_tui.engine.connection_monitor import ConnectionMonitor
from wan_tui.engine.schedule import Schedule

_ACCOUNT_SECONDS = 300.0
_SOON_SECONDS = 5.0
"""From a job that moved money to the question: several that do so together are one."""
_TRIAL_SECONDS = 30.0
_LONGEST_TRIAL = 900.0
_GOOD_SECONDS = 300.0
"""A key that was good for so long is tried as soon as at first when it is refused again."""


class Prices:
    """The last known price of each model and the balance, in US dollars; None: unknown, which is not zero."""

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
        self._prices: dict[str, float] = {}
        self.balance: float | None = None
        self._moved = asyncio.Event()

    def known(self, model: str) -> float | None:
        return self._prices.get(model)

    async def fresh(self, request: GenerationRequest) -> tuple[float | None, float | None]:
        """The price of this very request and the balance, both asked for now; None: not told."""
        balance = self.balance if await self._ask_balance() else None
        try:
            price = await self._api.price(request.model, request.parameters)
        except ServiceError:
            price = None
        return price, balance

    async def refresh_balance(self) -> None:
        """Ask for the balance. A key that was refused is tried on it: one odd 401 must not stop everything."""
        await self._ask_balance()

    async def _ask_balance(self) -> bool:
        """Ask for the balance; True if it was told."""
        if self._api.key is None:
            return False
        try:
            balance = await self._connection.sure(self._api.balance)
        except Unauthorized as error:
            self._connection.key_refused(error)
            return False
        except ServiceError as error:
            self._connection.fails(error)
            return False
        if not self._connection.key_usable:
            self._connection.key_given()
        self._connection.works()
        if balance != self.balance:
            self.balance = balance
            self._announce(BalanceChanged(balance))
        return True

    async def refresh_price(self, model: str) -> None:
        """Ask what ``model`` costs with its default parameters; an answer that cannot be read changes nothing.

        The catalogue needs no key, but without one nothing can be ordered: the service is not bothered.
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
        """While there is a good key: ask every five minutes for the prices still unknown and for the balance, and soon
        after that must have changed, until cancelled.
        """
        while True:
            await self._connection.key_ready()
            self._moved.clear()
            for model in MODELS:
                if self.known(model) is None:
                    await self.refresh_price(model)
            await self.refresh_balance()
            await self._clock.wait(self._moved, self._schedule.scaled(_ACCOUNT_SECONDS))
            if self._moved.is_set():
                await self._clock.sleep(self._schedule.scaled(_SOON_SECONDS))

    def notice(self, event: Event) -> None:
        """What the service took, made or gave up moves the balance; what it refused does not."""
        if isinstance(event, JobChanged) and event.before is not None:
            job, changed = event.job, event.job.state is not event.before.state
            if changed and job.generation_id is not None and job.state is not JobState.GENERATING:
                self._moved.set()

    async def regain_key(self) -> None:
        """Try a refused key again, until cancelled: after half a minute, then ever more patiently.

        The balance may be told to a key that may do nothing else: it is refused again at once then.
        """
        trials, tried_at = 0, -inf
        while True:
            await self._connection.key_gone()
            if self._clock.monotonic() - tried_at > self._schedule.scaled(_GOOD_SECONDS):
                trials = 0
            wait = min(_LONGEST_TRIAL, _TRIAL_SECONDS * 2.0 ** min(trials, 10))
            await self._clock.sleep(self._schedule.scaled(wait))
            if not self._connection.key_usable:
                await self.refresh_balance()
                trials, tried_at = trials + 1, self._clock.monotonic()
