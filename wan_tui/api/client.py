"""The client of the AI/ML API: orders, their state, the books, prices."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from wan_tui.api.http_errors import ASKED_AGAIN, LOOK_IT_UP, order_failure, reading_failure, turned_away
from wan_tui.api.response import Response
from wan_tui.api.retry_after import http_date
from wan_tui.api.sanitize import evidence
from wan_tui.api.timeouts import Timeouts
from wan_tui.api.wire import prices, records, status
from wan_tui.api.wire.records import LedgerPage, LogPage
from wan_tui.domain.errors import (
    NO_KEY,
    NotReady,
    NotSent,
    OutcomeUnknown,
    ServiceError,
    SettingsError,
    Unauthorized,
    Unavailable,
)
from wan_tui.domain.observations import Phase, StatusReport
from wan_tui.domain.parameters import MODELS, Dialect, Value, may_be_same_model
from wan_tui.domain.request import GenerationRequest
from wan_tui.domain.secret import ApiKey
from wan_tui.domain.service_url import service_url
from wan_tui.domain.times import iso
from wan_tui.domain.url import is_local_url

if TYPE_CHECKING:
    from wan_tui.api.transport import Transport

_CLIENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_CATALOGUE_CAP = 16 << 20
_PAGE = 100
_TOO_LONG = "The service's answer is longer than any that makes sense"


@dataclass(frozen=True, slots=True)
class Submission:
    """An order that was taken. ``reply`` is the cleaned answer, at most 64 KiB; ``echoed``: the service kept our id.

    ``generation_ids``: every one that headers and body named, that of ``report`` first.
    """

    report: StatusReport
    reply: str
    echoed: bool
    generation_ids: tuple[str, ...] = ()


class ApiClient:
    """One service, one key. Cheap to make: httpx is loaded at the first call, in a thread.

    Every call raises errors of the tree only: the kinds of NotSent, Refused, OutcomeUnknown (orders), Unavailable
    (readings). Whatever is raised before the first byte of an order is a kind of NotSent, or Unauthorized.
    """

    def __init__(
        self,
        base_url: str,
        key: ApiKey | None,
        *,
        timeouts: Timeouts = Timeouts(),  # noqa: B008
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Raises SettingsError unless ``base_url`` is https, or http on this machine. ``now`` is our clock, UTC."""
        self._base_url = _checked(base_url)
        self.key = key
        self._now = now
        self._told: tuple[datetime, float] | None = None
        """What time it was by the service's last answer, and when that came by the monotonic clock."""
        self._timeouts = timeouts
        self._transport: Transport | None = None
        self._opening = asyncio.Lock()
        self._catalogue: dict[str, tuple[str, Mapping[str, Any] | None]] = {}
        self._aliases: dict[str, frozenset[str]] = {}

    @property
    def base_url(self) -> str:
        return self._base_url

    @property
    def clock_offset(self) -> float | None:
        """Seconds by which the service's clock is ahead of ours at this moment, by its last answer; None: it did not
        tell. Our clock may have been set since that answer: the monotonic one, which cannot be, carries it on.
        """
        if self._told is None:
            return None
        date, at = self._told
        return (date - self._now()).total_seconds() + time.monotonic() - at

    async def prepare(self) -> None:
        """Find out, before an order is written down, what would keep it from leaving: proxies, certificates, no key.

        Nothing is sent. Raises NotReady, which names the variable that is to be corrected, and Unauthorized.
        """
        self._needed_key()
        await self._open()

    async def submit(
        self,
        request: GenerationRequest,
        client_id: str,
        dialect: Dialect,
        *,
        id_seen: Callable[[str], Awaitable[None]],
        before_send: Callable[[], Awaitable[None]] | None = None,
    ) -> Submission:
        """Order one film with one POST. ``id_seen`` is awaited with every id that the headers tell, as soon as they do,
        but for those of a refusal: see ``ServiceError.generation_ids``.

        ``before_send`` has the last word: it is awaited when the connection stands, right before the first byte, and
        where it raises, nothing is sent. Raises NotSent kinds (proof that nothing left), Refused kinds (free),
        OutcomeUnknown (look it up). What the two callbacks raise goes through. Raises ValueError where ``client_id`` is
        one that the service would drop.
        """
        if not _CLIENT_ID.fullmatch(client_id):
            raise ValueError("a client id has 1 to 128 characters of A-Za-z0-9._:-")
        key = self._needed_key()
        try:
            body = json.dumps(request.body(dialect)).encode("ascii")
        except Exception:  # a record that was tampered with may hold anything
            raise NotSent(
                "The order could not be put into a request", next_step="Order it anew in the form."
            ) from None
        transport = await self._open()

        async def on_headers(head: Response) -> None:
            self._note_clock(head)
            for generation_id in () if turned_away(head.status) else status.header_ids(head):
                await id_seen(generation_id)

        answer = await transport.order(
            self._base_url + dialect.path,
            {"X-Client-Request-Id": client_id},
            body,
            key,
            before_send=before_send or _no_objection,
            on_headers=on_headers,
        )
        data = await answer.json() if answer.whole else None
        ids = status.generation_ids_in(data, answer)
        if not answer.ok:
            raise order_failure(answer, ids)
        return self._submission(answer, data, ids, client_id)

    async def fetch(self, generation_id: str, dialect: Dialect) -> StatusReport:
        """Read a generation's state. A film's link that may not be followed is told by ``failure`` with DONE."""
        query = f"?generation_id={quote(generation_id, safe='')}"
        answer = await self._read(dialect.path + query)
        data = await answer.json()
        if not status.is_status(data):
            raise _strange(answer)
        named = status.generation_id(data)
        if named is not None and not status.same_generation(named, generation_id):
            raise _strange(answer, "The service answered about another film than the one asked for")
        return self._report(data, answer, generation_id)

    async def logs(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        period: timedelta | None = None,
        limit: int = _PAGE,
        offset: int = 0,
    ) -> LogPage:
        """A page of the requests made with this key, newest first. The service allows 200 a minute.

        Either from ``since`` to ``until``, 92 days at most, or the last ``period`` before the service's own now, which
        no clock of ours can get wrong: it is asked for in whole hours or days, rounded up, 92 days at most.
        Raises ValueError where it is neither or both: the service would answer 400.
        """
        window = records.log_window(since, until, period)
        answer = await self._read("/v2/logs?" + urlencode({**window, "limit": limit, "offset": offset}))
        page = records.log_page(await answer.json(), answer, offset, limit)
        if page is None:
            raise _strange(answer)
        return page

    async def transactions(self, since: datetime, *, cursor: str | None = None) -> LedgerPage:
        """A page of the ledger, newest first."""
        query = {"from": iso(since), "limit": _PAGE} | ({"cursor": cursor} if cursor else {})
        answer = await self._read("/v2/billing/transactions?" + urlencode(query))
        page = records.ledger_page(await answer.json(), answer)
        if page is None:
            raise _strange(answer)
        return page

    async def balance(self) -> float | None:
        """What is left in the account, in US dollars; None where the service does not tell it."""
        return records.balance(await (await self._read("/v2/billing")).json())

    async def price(self, model: str, parameters: Mapping[str, Value]) -> float | None:
        """US dollars for one film, or None where the catalogue does not tell (never 0). No key is needed."""
        etag, section = self._catalogue.get(model, ("", None))
        transport = await self._open()
        answer = await transport.read(
            f"{self._base_url}/v1/models?id={quote(model, safe='')}&include=pricing",
            None,
            {"If-None-Match": etag} if etag else {},
            _CATALOGUE_CAP,
        )
        self._note_clock(answer)
        if answer.ok and not answer.whole:
            raise _strange(answer, _TOO_LONG)
        if answer.ok:
            entry = prices.entry(await answer.json(), model)
            section = entry.pricing if entry else None
            self._catalogue[model] = (answer.headers.get("etag", ""), section)
            if entry is not None:
                self._aliases[model] = entry.names | {model}
        elif answer.status != 304:
            raise reading_failure(answer)
        known = MODELS.get(model)
        length = {"duration": known.seconds} if known and known.seconds else {}
        return prices.film_price(section, {**length, **parameters})

    def may_be_same_model(self, one: str | None, other: str | None) -> bool:
        """As in ``domain.parameters``, with the names that the catalogue has told since we asked it for prices."""
        return may_be_same_model(one, other, self._aliases.values())

    async def drop_idle_connections(self) -> None:
        """To be called after the machine slept."""
        if self._transport is not None:
            await self._transport.drop_idle()

    async def aclose(self) -> None:
        if self._transport is not None:
            await self._transport.aclose()
            self._transport = None

    async def _read(self, path: str) -> Response:
        """GET with the key; an answer other than 2xx, or one without an end, is raised."""
        key = self._needed_key()
        transport = await self._open()
        answer = await transport.read(self._base_url + path, key)
        self._note_clock(answer)
        if not answer.ok:
            raise reading_failure(answer)
        if not answer.whole:
            raise _strange(answer, _TOO_LONG)
        return answer

    async def _open(self) -> Transport:
        async with self._opening:
            if self._transport is None:
                try:
                    self._transport = await asyncio.to_thread(_make_transport, self._base_url, self._timeouts)
                except ServiceError:
                    raise
                except (
                    Exception
                ) as error:  # out of threads, a damaged installation: nothing was sent in any case
                    raise NotReady(
                        f"No connection can be made on this machine ({type(error).__name__})",
                        next_step="Start again; if it stays so, install the program again.",
                    ) from None
            return self._transport

    def _needed_key(self) -> ApiKey:
        if self.key is None:
            raise Unauthorized(
                NO_KEY,
                next_step="Enter a key; everything goes on with it.",
            )
        return self.key

    def _submission(self, answer: Response, data: object, ids: tuple[str, ...], client_id: str) -> Submission:
        if not ids:
            raise OutcomeUnknown(
                f"The service took the order (HTTP {answer.status}), but its answer names no film",
                next_step=LOOK_IT_UP,
                status=answer.status,
            )
        if status.is_status(data):
            report = self._report(data, answer, ids[0])
        else:
            report = StatusReport(ids[0], Phase.QUEUED, "", cost=status.read_cost({}, answer))
        return Submission(
            report=report,
            reply=evidence(answer.text, answer.key),
            echoed=answer.headers.get("x-client-request-id") == client_id,
            generation_ids=ids,
        )

    def _report(self, data: object, answer: Response, asked_for: str) -> StatusReport:
        return status.status_report(
            # A lifetime without a date counts from the service's own time, whatever our clock says.
            data,
            answer,
            asked_for,
            self._now() + timedelta(seconds=self.clock_offset or 0.0),
            allow_loopback=is_local_url(self._base_url),
        )

    def _note_clock(self, answer: Response) -> None:
        date = http_date(answer.headers.get("date"))
        if date is None or abs((date - self._now()).total_seconds()) >= _MOST_OFFSET:
            self._told = None
        else:  # the header has whole seconds, cut off: their middle errs least
            self._told = (date + timedelta(seconds=0.5), time.monotonic())


_MOST_OFFSET = 366 * 86_400.0
"""Seconds. No clock that is off by more could trust a certificate: such a date was made up on the way."""


async def _no_objection() -> None:
    """Where nobody wants the last word."""


def _make_transport(base_url: str, timeouts: Timeouts) -> Transport:
    from wan_tui.api.transport import Transport

    return Transport(base_url, timeouts)


def _checked(base_url: str) -> str:
    try:
        return service_url(base_url)
    except ValueError as why:
        raise SettingsError(
            f"The service's address cannot be used: {why}",
            next_step="Correct the base URL in the settings or in AIMLAPI_BASE_URL.",
        ) from None


def _strange(answer: Response, message: str = "") -> Unavailable:
    return Unavailable(
        message or f"The service's answer (HTTP {answer.status}) makes no sense",
        next_step=ASKED_AGAIN,
        status=answer.status,
    )
