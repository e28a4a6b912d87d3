"""The service behind the routes: keys, orders, money, and a record of every accepted order (the till)."""

from __future__ import annotations

import hashlib
import json
import random
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict

from wan_tui.simulator import accounts, state_file
from wan_tui.simulator.accounts import Account, LoggedRequest, RateWindow
from wan_tui.simulator.catalog import VendorModel
from wan_tui.simulator.errors import ApiError, no_credits
from wan_tui.simulator.faults import Fault, FaultBook
from wan_tui.simulator.links import signed_link
from wan_tui.simulator.orders import Ending, Incoming, Order, Status, new_id
from wan_tui.simulator.prompt_faults import PROMPT_FAULTS, Marker, prompt_marker
from wan_tui.simulator.settings import SimulatorSettings
from wan_tui.simulator.times import iso
from wan_tui.simulator.validation import check_body, find_model, object_body

_QUEUED_SHARE = 0.15
_POLLS_WITHOUT_URL = 3
_LOG_READS_PER_MINUTE = 200


class Service:
    """The state of one simulated service. Not thread-safe: use it on the simulator's loop only."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.settings = settings
        self.faults = FaultBook()
        self.film_url = ""
        self.crashes: list[str] = []
        self.counters: Counter[str] = Counter()
        self.orders: dict[str, Order] = {}
        self._salt = uuid.uuid4().hex
        self._accounts: dict[str, Account] = {}
        self._marker_uses: Counter[tuple[str, str]] = Counter()
        self._polls_after_end: Counter[str] = Counter()
        self._film_refusals: Counter[str] = Counter()
        self._restore()

    def now(self) -> float:
        """The service's time in Unix seconds."""
        return self.settings.clock()

    def account(self, authorization: str | None) -> Account:
        """The account of an `Authorization` header. Raises `ApiError` 401."""
        scheme, _, key = (authorization or "").partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise ApiError(401, "Unauthorized: no API key was given")
        only = self.settings.only_key
        if key == accounts.WRONG_KEY or (only is not None and not accounts.same_key(key, only)):
            raise ApiError(401, "Unauthorized: the API key is not valid")
        usd = 0.0 if key == accounts.KEY_WITHOUT_CREDITS else self.settings.credits_usd
        return self._account_named(accounts.fingerprint(key), usd)

    def price(self, model: VendorModel, body: Mapping[str, object]) -> float:
        """US dollars for the film that a body orders."""
        fixed = self.settings.price_usd
        return model.film_usd(body) if fixed is None else fixed

    def fault_in_prompt(self, account: Account, incoming: Incoming) -> Fault | None:
        """The fault of the prompt's marker for this order, if it has uses left."""
        body: dict[str, object] = incoming.body if isinstance(incoming.body, dict) else {}
        prompt = body.get("prompt")
        if not isinstance(prompt, str) or (marker := prompt_marker(prompt)) is None:
            return None
        found = PROMPT_FAULTS[marker.name]
        use = (account.name, prompt)
        self._marker_uses[use] += 1
        if found.fault is None or (found.times is not None and self._marker_uses[use] > found.times):
            return None
        if found.refused:
            now = self.now()
            account.rows.append(
                LoggedRequest(
                    created=now,
                    visible_at=now + self.settings.log_delay,
                    succeeded=False,
                    model=str(body.get("model")),
                    usd=0.0,
                    request_id=incoming.request_id,
                    inference_id=str(uuid.uuid4()),
                    client_request_id=incoming.client_request_id,
                )
            )
        return found.fault

    def admit(self, account: Account) -> None:
        """Counts an order against the account's rate limit. Raises `ApiError` 429 with `Retry-After`."""
        wait = account.posts.wait(self.now())
        if wait > 0:
            raise ApiError(429, "Too many requests, slow down", {"Retry-After": str(int(wait) + 1)})

    def accept(self, account: Account, incoming: Incoming) -> Order:
        """Checks, accepts and charges an order. Raises `ApiError` 400, 403 or 404."""
        body = object_body(incoming.body)
        model = find_model(body, self.settings.models, incoming.path)
        ignored = check_body(body, model, incoming.path)
        if account.balance < self.price(model, body):
            raise no_credits()
        order = self._new_order(account, incoming, body, model, ignored)
        self._enter(order)
        if self.settings.state_file is not None:
            state_file.append(self.settings.state_file, order)
        return order

    def order_for(self, account: Account, generation_id: str) -> Order:
        """An order of this account by its generation id. Raises `ApiError` 404."""
        order = self.orders.get(generation_id)
        if order is None or order.account != account.name:
            raise ApiError(404, f"Generation with id {json.dumps(generation_id)[:200]} not found")
        return order

    def model_of(self, order: Order) -> VendorModel | None:
        """The model of an order; None when it is no longer served."""
        models = self.settings.models.values()
        return next((model for model in models if order.model in model.names), None)

    def order_of_film(self, film: str) -> Order | None:
        """The order a film file belongs to, once it is finished."""
        for order in self.orders.values():
            if order.film == film and order.status(self.now()) is Status.COMPLETED:
                return order
        return None

    def link(self, order: Order) -> str | None:
        """The film's link; None until the film is done, and for a few polls if the prompt's marker says so."""
        if order.status(self.now()) is not Status.COMPLETED:
            return None
        if order.quirk == "fault:no-url":
            self._polls_after_end[order.id] += 1
            if self._polls_after_end[order.id] <= _POLLS_WITHOUT_URL:
                return None
        if order.quirk == "fault:http-link":
            return signed_link(
                "http://films.invalid", order.film, int(order.ends_at + self.settings.link_lifetime)
            )
        lifetime = self.settings.link_lifetime
        expires = order.accepted_at - 120 if order.quirk == "fault:dead-link" else order.ends_at + lifetime
        return signed_link(self.film_url, order.film, int(expires))

    def film_refusal(self, order: Order) -> int | None:
        """The status with which the film host refuses this request, if the prompt's marker says so."""
        status = {"fault:film-403": 403, "fault:film-404": 404}.get(order.quirk or "")
        if status is None or self._film_refusals[order.id] >= order.number_of_quirk:
            return None
        self._film_refusals[order.id] += 1
        return status

    def till(self) -> dict[str, object]:
        """Every accepted order with its body, and the counters."""
        orders = list(self.orders.values())
        taken = [self._till_row(order) for order in orders]
        usd = sum(order.charged_usd for order in orders)
        totals = {"accepted": len(taken), "charged": sum(bool(row["charged"]) for row in taken)}
        return {
            "orders": taken,
            "counters": {**totals, "charged_usd": round(usd, 9), **self.counters},
            "crashes": self.crashes,
        }

    def _till_row(self, order: Order) -> dict[str, object]:
        row = asdict(order)
        row["generation_id"] = row.pop("id")
        row["key_fingerprint"] = row.pop("account")
        row["accepted_at"] = iso(order.accepted_at)
        row["charged"] = order.charged_usd > 0
        row["status"] = order.status(self.now())
        return row

    def _account_named(self, name: str, usd: float) -> Account:
        if name not in self._accounts:
            self._accounts[name] = Account(
                name,
                slots=[0.0] * self.settings.concurrency,
                posts=RateWindow(self.settings.posts_per_minute),
                log_reads=RateWindow(_LOG_READS_PER_MINUTE),
            )
            self._accounts[name].open_with(usd, self.now())
        return self._accounts[name]

    def _new_order(
        self,
        account: Account,
        incoming: Incoming,
        body: dict[str, object],
        model: VendorModel,
        ignored: list[str],
    ) -> Order:
        now, pace, number = self.now(), self.settings.pace, len(self.orders) + 1
        starts, ends = account.take_slot(now + pace * _QUEUED_SHARE, pace * (1 - _QUEUED_SHARE))
        marker = prompt_marker(str(body["prompt"]))
        generation_id = new_id(number, model.id, self._salt)
        name = hashlib.sha256(generation_id.encode()).hexdigest()[:24]
        given = body.get("seed")
        return Order(
            number=number,
            id=generation_id,
            account=account.name,
            client_request_id=incoming.client_request_id,
            request_id=incoming.request_id,
            path=incoming.path,
            body=body,
            ignored=ignored,
            seed=int(given) if isinstance(given, int | float) else random.randrange(2_147_483_648),
            seconds=model.seconds(body) or self.settings.film_seconds,
            usd=self.price(model, body),
            accepted_at=now,
            starts_at=starts,
            ends_at=ends,
            ending=_ending(marker),
            quirk=marker.name if marker else None,
            film=f"{int(now * 1000)}-{name}.mp4",
            number_of_quirk=marker.number if marker else 0,
            logged_model=model.names[-1] if marker and marker.name == "fault:alias" else model.id,
        )

    def _enter(self, order: Order) -> None:
        self.orders[order.id] = order
        self._account_named(order.account, self.settings.credits_usd).book(order, self.settings.log_delay)

    def _restore(self) -> None:
        if self.settings.state_file is None:
            return
        for order in state_file.read(self.settings.state_file):
            self._enter(order)


def _ending(marker: Marker | None) -> Ending:
    match marker and marker.name:
        case "blocked":
            return Ending.BLOCKED
        case "fail" | "fault:string-error":
            return Ending.FAILED
        case _:
            return Ending.FILM
