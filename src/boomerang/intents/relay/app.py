"""A relay over HTTP: JSON in, JSON out, errors too; never a traceback.

POST   /v1/intents          a signed intent; 201, or 200 where it was there already
GET    /v1/intents          ?sell= &buy= &maker= &status= &cursor= &limit=
GET    /v1/intents/{hash}
DELETE /v1/intents/{hash}   {"deadline": …, "signature": "0x…"}: the maker's signed request
GET    /v1/domain           which contract's intents these are, and the limits
GET    /health, /metrics
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from eth_utils.address import to_checksum_address
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from boomerang.chains.base import ChainFault
from boomerang.errors import BoomerangError, InvalidInput
from boomerang.identity import address as checksummed
from boomerang.intents.message import NotCanonical
from boomerang.intents.relay.desk import Conflict, Expired, Full, NotFound
from boomerang.intents.relay.limits import Buckets
from boomerang.intents.relay.signed import (
    FILE_LIMIT,
    Malformed,
    WrongDomain,
    WrongSignature,
    from_data,
    read_json,
)
from boomerang.intents.relay.store import PAGE, Status, StoreFault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

    from boomerang.intents.relay.desk import Desk
    from boomerang.keeper.journal import Journal

STATUSES: Final[tuple[tuple[type[Exception], int], ...]] = (
    (NotFound, 404),
    (Conflict, 409),
    (WrongSignature, 403),
    (WrongDomain, 422),
    (NotCanonical, 422),
    (Expired, 422),
    (InvalidInput, 400),
    (Full, 507),
    (ChainFault, 503),
    (StoreFault, 503),
)
"""The first that fits. All else is a fault of the relay: 500, and what it was is in its log."""
_SAYS_WHY = (InvalidInput, Full)
BODY_SECONDS = 10.0
"""How long a client may take to send its body: those who never do must not fill the relay."""
_HASH = re.compile(r"0x[0-9a-f]{64}")
_QUERY = {"sell", "buy", "maker", "status", "cursor", "limit"}


class TooLarge(InvalidInput):
    """A body that is longer than any signed intent."""


class TooSlow(InvalidInput):
    """A body that does not come."""


class TooMany(BoomerangError):
    """More requests than one client may make."""

    def __init__(self, wait: float) -> None:
        """`wait`: seconds."""
        self.wait = wait
        super().__init__(f"too many requests; the next is taken in {wait:.1f} s")


class Metrics:
    """What is counted."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"boomerang_relay_{name}", text, labels, registry=self.registry)

        self.requests = counter("requests", "Requests by what was answered", "method", "status")
        self.kept = counter("intents_kept", "Intents that were new")
        self.dropped = counter("intents_dropped", "Intents that were forgotten, by why", "why")
        self.sweeps = counter("sweeps", "Sweeps that succeeded")
        self.failures = counter("failed_sweeps", "Sweeps that did not")
        self.last_sweep = Gauge(
            "boomerang_relay_last_sweep_time", "When the last succeeded", registry=self.registry
        )


class Relay:
    """The HTTP face of a `Desk`, and the thread that sweeps it."""

    def __init__(
        self,
        desk: Desk,
        journal: Journal,
        *,
        sweep_seconds: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.desk = desk
        self.metrics = Metrics()
        self._journal = journal
        self._every = sweep_seconds
        self._clock = clock
        self._writes = Buckets(desk.limits.writes, clock)
        self._reads = Buckets(desk.limits.reads, clock)
        self._stop = threading.Event()
        self._trouble: str | None = None
        self._swept_at = clock()

    def app(self) -> Starlette:
        """The ASGI application. It sweeps while it lives."""
        self._stop.clear()

        @contextlib.asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[None]:
            del app
            thread = threading.Thread(target=self._sweeping, name="sweep", daemon=True)
            thread.start()
            try:
                yield
            finally:
                self._stop.set()
                await run_in_threadpool(thread.join, 10.0)

        return Starlette(
            routes=[
                Route("/v1/intents", self._intents, methods=["GET", "POST"]),
                Route("/v1/intents/{hash}", self._intent, methods=["GET", "DELETE"]),
                Route("/v1/domain", self._domain, methods=["GET"]),
                Route("/health", self._health, methods=["GET"]),
                Route("/metrics", self._metrics, methods=["GET"]),
            ],
            exception_handlers={HTTPException: self._http_error},
            lifespan=lifespan,
        )

    # ------------------------------------------------------------------------------------ routes

    async def _intents(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._answer(request, self._submit, write=True)
        return await self._answer(request, self._page)

    async def _intent(self, request: Request) -> Response:
        if request.method == "DELETE":
            return await self._answer(request, self._withdraw, write=True)
        return await self._answer(request, self._get)

    async def _domain(self, request: Request) -> Response:
        return await self._answer(request, self._place)

    async def _health(self, request: Request) -> Response:
        return await self._answer(request, self._report)

    async def _metrics(self, request: Request) -> Response:
        del request
        return Response(generate_latest(self.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    def _submit(self, request: Request, body: bytes) -> tuple[int, Any]:
        del request
        kept, new = self.desk.submit(from_data(read_json(body)))
        if new:
            self.metrics.kept.inc()
            self._journal.info("kept", intent=f"0x{kept.hash.hex()}", maker=f"0x{kept.maker.hex()}")
        return 201 if new else 200, kept.to_data()

    def _get(self, request: Request, body: bytes) -> tuple[int, Any]:
        del body
        return 200, self.desk.get(_hash(request)).to_data()

    def _page(self, request: Request, body: bytes) -> tuple[int, Any]:
        del body
        asked = request.query_params
        for name in asked:
            if name not in _QUERY:
                raise InvalidInput(f"no parameter {name[:60]!r}: {', '.join(sorted(_QUERY))}")
        status = asked.get("status", "open")
        known = [*(str(one) for one in Status), "any"]
        if status not in known:
            raise InvalidInput(f"status must be one of {', '.join(known)}")
        found, after = self.desk.page(
            sell=_address(asked.get("sell")),
            buy=_address(asked.get("buy")),
            maker=_address(asked.get("maker")),
            status=None if status == "any" else Status(status),
            after=_count("cursor", asked.get("cursor", "0")),
            limit=_count("limit", asked.get("limit", str(PAGE))),
        )
        cursor = None if after is None else str(after)
        return 200, {"intents": [one.to_data() for one in found], "cursor": cursor}

    def _withdraw(self, request: Request, body: bytes) -> tuple[int, Any]:
        data = read_json(body)
        if not isinstance(data, dict) or data.keys() != {"deadline", "signature"}:
            raise Malformed("a withdrawal is {deadline, signature}")
        deadline, signature = data["deadline"], data["signature"]
        if isinstance(deadline, bool) or not isinstance(deadline, int) or not 0 <= deadline < 2**62:
            raise Malformed("deadline: must be a time in Unix seconds")
        if not isinstance(signature, str) or not re.fullmatch(r"0x([0-9a-f]{2})+", signature):
            raise Malformed("signature: must be 0x and lower-case hexadecimal digits")
        kept = self.desk.withdraw(_hash(request), deadline, bytes.fromhex(signature[2:]))
        self.metrics.dropped.labels("withdrawn").inc()
        return 200, kept.to_data()

    def _place(self, request: Request, body: bytes) -> tuple[int, Any]:
        del request, body
        domain, limits = self.desk.domain, self.desk.limits
        return 200, {
            "domain": {
                "chainId": domain.chain_id,
                "settlement": to_checksum_address(domain.settlement),
            },
            "now": self.desk.now(),
            "limits": {
                "bytes": FILE_LIMIT,
                "page": PAGE,
                "writesPerMinute": limits.writes,
                "readsPerMinute": limits.reads,
                "perMaker": limits.per_maker,
                "total": limits.total,
            },
        }

    def _report(self, request: Request, body: bytes) -> tuple[int, Any]:
        del request, body
        age = self._clock() - self._swept_at
        trouble = self._trouble
        if trouble is None and age > 3 * self._every + 10:
            trouble = f"nothing was swept for {age:.0f} s"
        well = trouble is None
        # What exactly failed is in the log: it may name databases and nodes.
        return 200 if well else 503, {"well": well, "trouble": trouble, "now": self.desk.now()}

    # -------------------------------------------------------------------------------- answering

    async def _answer(
        self,
        request: Request,
        work: Callable[[Request, bytes], tuple[int, Any]],
        *,
        write: bool = False,
    ) -> Response:
        headers = {}
        try:
            client = request.client.host if request.client is not None else ""
            wait = (self._writes if write else self._reads).take(client)
            if wait:
                raise TooMany(wait)
            body = await _body(request) if write else b""
            status, data = await run_in_threadpool(work, request, body)
        except TooMany as error:
            headers["Retry-After"] = str(int(error.wait) + 1)
            status, data = 429, _error(error, str(error))
        except TooLarge as error:
            status, data = 413, _error(error, str(error))
        except TooSlow as error:
            status, data = 408, _error(error, str(error))
            headers["Connection"] = "close"
        except Exception as error:  # whatever it is, the client gets JSON and no traceback
            status = next((code for kind, code in STATUSES if isinstance(error, kind)), 500)
            data = self._refusal(request, error, status)
        self.metrics.requests.labels(request.method, str(status)).inc()
        return JSONResponse(data, status, headers=headers)

    def _refusal(self, request: Request, error: Exception, status: int) -> Any:
        if isinstance(error, _SAYS_WHY):
            return _error(error, str(error))
        self._journal.error(
            "request-failed", path=request.url.path, error=type(error).__name__, why=str(error)
        )
        if status == 500:
            return {"error": {"name": "InternalError", "message": "the relay failed"}}
        if isinstance(error, ChainFault):
            return _error(error, "the relay cannot reach its chain now; try again later")
        return _error(error, "the relay cannot use its database now; try again later")

    async def _http_error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
        self.metrics.requests.labels(request.method, str(error.status_code)).inc()
        data = {"error": {"name": "HttpError", "message": error.detail}}
        return JSONResponse(data, error.status_code, headers=dict(error.headers or {}))

    # --------------------------------------------------------------------------------- sweeping

    def _sweeping(self) -> None:
        while not self._stop.is_set():
            self.sweep()
            self._stop.wait(self._every)

    def sweep(self) -> None:
        """Once; what goes wrong is logged, counted, and tried again next time."""
        try:
            expired, used = self.desk.sweep()
        except Exception as error:
            self.metrics.failures.inc()
            self._trouble = f"sweeping failed: {type(error).__name__}"
            self._journal.warning("sweep-failed", error=type(error).__name__, why=str(error))
            return
        self._trouble = None
        self._swept_at = self._clock()
        self.metrics.sweeps.inc()
        self.metrics.last_sweep.set(time.time())
        self.metrics.dropped.labels("expired").inc(expired)
        self.metrics.dropped.labels("used").inc(used)
        if expired or used:
            self._journal.info("swept", expired=expired, used=used)


async def _body(request: Request) -> bytes:
    """The body, read no further than a signed intent may go."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > FILE_LIMIT:
                    raise TooLarge(f"at most {FILE_LIMIT} bytes are taken")
    except TimeoutError:
        raise TooSlow(f"the body did not come within {BODY_SECONDS:g} s") from None
    return bytes(body)


def _error(error: Exception, message: str) -> Any:
    return {"error": {"name": type(error).__name__, "message": message}}


def _hash(request: Request) -> bytes:
    text = request.path_params["hash"]
    if not _HASH.fullmatch(text):
        raise InvalidInput("an intent's hash is 0x and 64 lower-case hexadecimal digits")
    return bytes.fromhex(text[2:])


def _address(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(checksummed(text)[2:])


def _count(name: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise InvalidInput(f"{name} must be a whole number")
    return int(text)


__all__ = ["Metrics", "Relay", "TooLarge", "TooMany", "TooSlow"]
