"""Client of the AI/ML API: orders, generations, log, ledger, balance, prices."""

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

from wan_tui.api.http_errors import (
    ENTER_KEY,
    LOOKING_IT_UP,
    NO_REQUEST,
    RETRYING,
    is_refusal_status,
    order_failure,
    reading_failure,
)
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
_TOO_LARGE = "The service's answer is too large"


@dataclass(frozen=True, slots=True)
class Submission:
    """An accepted order. ``reply``: the cleaned answer, at most 64 KiB; ``echoed``: the service returned our client id.

    ``generation_ids``: every id in headers and body, that of ``report`` first.
    """

    report: StatusReport
    reply: str
    echoed: bool
    generation_ids: tuple[str, ...] = ()


class ApiClient:
    """One service, one key. Cheap to create: httpx is imported at the first call, in a thread.

    All calls raise ServiceError: NotSent, Refused, OutcomeUnknown (orders only), Unavailable (reads only). Before the
    first byte of an order only NotSent and Unauthorized are raised.
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
        self._service_time: tuple[datetime, float] | None = None
        """The service's time in its last answer, and the monotonic time of that answer."""
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
        """Seconds the service's clock is ahead of ours, by its last answer; None if unknown. Based on the monotonic
        clock, so it stays correct if our clock is set.
        """
        if self._service_time is None:
            return None
        date, at = self._service_time
        return (date - self._now()).total_seconds() + time.monotonic() - at

    async def prepare(self) -> None:
        """Check proxies, certificates and the key before an order is recorded. Sends nothing.

        Raises NotReady, naming the variable to fix, and Unauthorized.
        """
        self._require_key()
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
        """Order one film with one POST.

        ``id_seen`` is awaited with every id in the headers once they arrive, except for refusals: see
        ``ServiceError.generation_ids``. ``before_send`` is awaited when connected, right before the first byte; if it
        raises, nothing is sent. Errors of both callbacks are passed on.
        Raises NotSent (proof that nothing was sent), Refused (not charged), OutcomeUnknown (look it up), and ValueError
        if ``client_id`` is invalid.
        """
        if not _CLIENT_ID.fullmatch(client_id):
            raise ValueError("a client id has 1 to 128 characters of A-Za-z0-9._:-")
        key = self._require_key()
        try:
            body = json.dumps(request.body(dialect)).encode("ascii")
        except Exception:  # a damaged record may hold anything
            raise NotSent(NO_REQUEST, next_step="Order it again from the form.") from None
        transport = await self._open()

        async def on_headers(head: Response) -> None:
            self._note_clock(head)
            for generation_id in () if is_refusal_status(head.status) else status.header_ids(head):
                await id_seen(generation_id)

        answer = await transport.order(
            self._base_url + dialect.path,
            {"X-Client-Request-Id": client_id},
            body,
            key,
            before_send=before_send or _no_check,
            on_headers=on_headers,
        )
        data = await answer.json() if answer.whole else None
        ids = status.generation_ids_in(data, answer)
        if not answer.ok:
            raise order_failure(answer, ids)
        return self._submission(answer, data, ids, client_id)

    async def fetch(self, generation_id: str, dialect: Dialect) -> StatusReport:
        """Poll a generation. With DONE, ``failure`` is set if the link is rejected. Raises ServiceError."""
        query = f"?generation_id={quote(generation_id, safe='')}"
        answer = await self._read(dialect.path + query)
        data = await answer.json()
        if not status.is_status(data):
            raise _invalid_answer(answer)
        named = status.generation_id(data)
        if named is not None and not status.same_generation(named, generation_id):
            raise _invalid_answer(answer, "The service's answer is about another film")
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
        """A page of the requests made with this key, newest first. The service allows 200 reads a minute.

        Either from ``since`` to ``until`` or the last ``period`` before the service's current time, in whole hours or
        days, rounded up; at most 92 days. Raises ValueError for neither or both.
        """
        window = records.log_window(since, until, period)
        answer = await self._read("/v2/logs?" + urlencode({**window, "limit": limit, "offset": offset}))
        page = records.log_page(await answer.json(), answer, offset, limit)
        if page is None:
            raise _invalid_answer(answer)
        return page

    async def transactions(self, since: datetime, *, cursor: str | None = None) -> LedgerPage:
        """A page of the ledger, newest first."""
        query = {"from": iso(since), "limit": _PAGE} | ({"cursor": cursor} if cursor else {})
        answer = await self._read("/v2/billing/transactions?" + urlencode(query))
        page = records.ledger_page(await answer.json(), answer)
        if page is None:
            raise _invalid_answer(answer)
        return page

    async def balance(self) -> float | None:
        """The balance in US dollars; None if the service does not send it."""
        return records.balance(await (await self._read("/v2/billing")).json())

    async def price(self, model: str, parameters: Mapping[str, Value]) -> float | None:
        """The price of one film in US dollars, never 0; None if the catalogue does not list it. Needs no key."""
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
            raise _invalid_answer(answer, _TOO_LARGE)
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
        """As in ``domain.parameters``, with the aliases from the catalogue read so far."""
        return may_be_same_model(one, other, self._aliases.values())

    async def drop_idle_connections(self) -> None:
        """Call after the machine was suspended."""
        if self._transport is not None:
            await self._transport.drop_idle()

    async def aclose(self) -> None:
        if self._transport is not None:
            await self._transport.aclose()
            self._transport = None

    async def _read(self, path: str) -> Response:
        """GET with the key. Raises for a non-2xx or truncated answer."""
        key = self._require_key()
        transport = await self._open()
        answer = await transport.read(self._base_url + path, key)
        self._note_clock(answer)
        if not answer.ok:
            raise reading_failure(answer)
        if not answer.whole:
            raise _invalid_answer(answer, _TOO_LARGE)
        return answer

    async def _open(self) -> Transport:
        async with self._opening:
            if self._transport is None:
                try:
                    self._transport = await asyncio.to_thread(_make_transport, self._base_url, self._timeouts)
                except ServiceError:
                    raise
                except Exception as error:  # out of threads or a damaged installation; nothing was sent
                    raise NotReady(
                        f"Cannot set up connections on this machine ({type(error).__name__})",
                        next_step="Start again; if that does not help, reinstall wan-tui.",
                    ) from None
            return self._transport

    def _require_key(self) -> ApiKey:
        if self.key is None:
            raise Unauthorized(
                NO_KEY,
                next_step=ENTER_KEY,
            )
        return self.key

    def _submission(self, answer: Response, data: object, ids: tuple[str, ...], client_id: str) -> Submission:
        if not ids:
            raise OutcomeUnknown(
                f"The service accepted the order (HTTP {answer.status}), but sent no generation id",
                next_step=LOOKING_IT_UP,
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
            # A lifetime without a date is relative to the service's time, not ours.
            data,
            answer,
            asked_for,
            self._now() + timedelta(seconds=self.clock_offset or 0.0),
            allow_loopback=is_local_url(self._base_url),
        )

    def _note_clock(self, answer: Response) -> None:
        date = http_date(answer.headers.get("date"))
        if date is None or abs((date - self._now()).total_seconds()) >= _MAX_OFFSET:
            self._service_time = None
        else:  # the header is truncated to whole seconds; + 0.5 minimizes the error
            self._service_time = (date + timedelta(seconds=0.5), time.monotonic())


_MAX_OFFSET = 366 * 86_400.0
"""Maximum plausible offset in seconds: with a larger one no certificate would be valid."""


async def _no_check() -> None:
    """The default of ``before_send``."""


def _make_transport(base_url: str, timeouts: Timeouts) -> Transport:
    from wan_tui.api.transport import Transport

    return Transport(base_url, timeouts)


def _checked(base_url: str) -> str:
    try:
        return service_url(base_url)
    except ValueError as why:
        raise SettingsError(
            f"The base URL is invalid: {why}",
            next_step="Fix it in the settings or in AIMLAPI_BASE_URL.",
        ) from None


def _invalid_answer(answer: Response, message: str = "") -> Unavailable:
    return Unavailable(
        message or f"The service sent an invalid answer (HTTP {answer.status})",
        next_step=RETRYING,
        status=answer.status,
    )
