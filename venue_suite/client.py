"""The one way that kiosks, consoles and gates talk to the venue server.

A client belongs to one asyncio loop. Every change carries an operation id; if the answer is lost,
calling again with the same id is safe and gives the stored answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

import aiohttp
import msgspec

from venue_suite.domain import errors
from venue_suite.domain.facts import Fact
from venue_suite.seams import Seams
from venue_suite.trust.shapes import Enrolment, Renew
from venue_suite.wire import FeedMessage, Problem, Session, SignIn, Venue

logger = logging.getLogger(__name__)

T = TypeVar("T")

CALL_TIMEOUT_S = 5.0
FEED_HEARTBEAT_S = 2.0
RETRY_DELAYS_S = (0.2, 0.5, 1.0)
RENEW = "/stations/renew"
CERTIFICATE_EXPIRED = "certificate_expired"


class Identity(Protocol):
    """What a client asks of a station's certificate; see `trust.identity.StationIdentity`."""

    @property
    def context(self) -> ssl.SSLContext:
        """TLS with the certificate; takes the venue's server only."""

    def is_due(self) -> bool:
        """Whether it is time to renew it."""

    async def renew(self, ask: Callable[[Renew, str], Awaitable[Enrolment]]) -> None:
        """Renew it. Raises VenueError."""

    async def give_up(self) -> None:
        """The server refused to renew it."""


class ServerRefused(errors.VenueError):
    """The server said no. `code`, `template` and `params` are the server's own."""

    def __init__(self, problem: Problem) -> None:
        template = problem.template or problem.title
        try:
            template.format(**problem.params)
        except (LookupError, ValueError, AttributeError):  # another version's: show it as it came
            template = problem.title.replace("{", "{{").replace("}", "}}")
        super().__init__(template, **problem.params)
        self.code = problem.code  # type: ignore[misc]  # per refusal, not per class
        self.http_status = problem.status  # type: ignore[misc]


class VenueClient:
    """One station's or staff member's connection to the server.

    Args:
        address: `https://host:port`; several servers of one venue are joined by commas, and when
            one does not answer the next is asked.
        token: session token, empty before sign-in; without TLS also a station's key.
        seams: where operation ids come from.
        identity: the station's certificate, and whom it trusts.
        tls: instead of an identity: which servers are trusted.
    """

    def __init__(
        self,
        address: str,
        token: str = "",
        *,
        seams: Seams | None = None,
        identity: Identity | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._addresses = [one.strip().rstrip("/") for one in address.split(",")]
        self.token = token
        self._seams = seams or Seams()
        self._identity = identity
        self._tls = tls if identity is None else identity.context
        self._renewing: asyncio.Task[None] | None = None
        self._http: aiohttp.ClientSession | None = None

    @property
    def address(self) -> str:
        """Of the server that is asked now."""
        return self._addresses[0]

    async def __aenter__(self) -> VenueClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
        await self._hang_up()

    async def _hang_up(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    def make_operation_id(self) -> str:
        """A new id for one change; save it before the first call that uses it."""
        return self._seams.make_id()

    # --- calls -----------------------------------------------------------------------------

    async def get(self, path: str, shape: type[T], /, **query: str | int) -> T:
        """GET /api/v1{path}. Raises `ServerRefused`, or `ServerAway` when there is no answer."""
        return _decode(self.address, await self.get_bytes(path, **query), shape)

    async def get_bytes(self, path: str, /, **query: str | int) -> bytes:
        """GET something that is not JSON: a picture, a PDF."""
        for _ in self._addresses[1:]:
            with contextlib.suppress(errors.ServerAway):
                return await self._send("GET", path, query=query)
        return await self._send("GET", path, query=query)

    async def post(
        self,
        path: str,
        body: Any,
        shape: type[T],
        /,
        *,
        operation_id: str,
        retry: bool = True,
        approval: str = "",
    ) -> T:
        """POST one change, with a second person's approval of it if there is one.

        A lost answer is asked for again with the same operation id (after 0.2, 0.5 and 1 s), so the
        change happens once. Raises `ServerAway` when all tries failed: the outcome is unknown, and
        the caller may go on asking with the same id.
        """
        delays = RETRY_DELAYS_S if retry else ()
        for delay_s in (*delays, None):
            try:
                reply = await self._send(
                    "POST", path, body=body, operation_id=operation_id, approval=approval
                )
                return _decode(self.address, reply, shape)
            except errors.ServerNotOurs:
                raise
            except errors.ServerAway:
                if delay_s is None:
                    raise
                await asyncio.sleep(delay_s)
        raise AssertionError("unreachable")

    async def get_venue(self) -> Venue:
        return await self.get("/venue", Venue)

    async def sign_in(self, code: str, pin: str, station: str = "") -> Session:
        """Sign staff in; later calls of this client act for them."""
        session = await self.post(
            "/sign-in",
            SignIn(code=code, pin=pin, station=station),
            Session,
            operation_id=self.make_operation_id(),
        )
        self.token = session.token
        return session

    async def follow_feed(self, from_seq: int = 0, kinds: str = "") -> AsyncIterator[Fact]:
        """Yield facts from `from_seq` on, for ever, until the connection breaks.

        Args:
            from_seq: the first wanted place in the feed; 0 starts with what comes next.
            kinds: prefixes joined by commas, for example `sales.,admission.`; empty means all.

        Raises:
            ServerAway: the connection broke or fell silent; reconnect from the last seq + 1.
        """
        http = self._session()
        try:
            async with http.ws_connect(
                f"{self.address}/api/v1/feed",
                params={"from": str(from_seq), "kinds": kinds},
                headers=self._headers(),
                heartbeat=FEED_HEARTBEAT_S,
            ) as socket:
                async for message in socket:
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        break
                    told = _decode(self.address, message.data, FeedMessage)
                    yield Fact(told.kind, told.subject, told.data, told.seq, told.at)
        except (aiohttp.ClientError, OSError) as error:
            raise self._away(error) from error
        away = errors.ServerAway(address=self.address, reason="the feed was closed")
        self._turn()
        raise away

    # --- transport -------------------------------------------------------------------------

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=CALL_TIMEOUT_S),
                connector=aiohttp.TCPConnector(
                    limit=16, keepalive_timeout=60, ssl=True if self._tls is None else self._tls
                ),
            )
        return self._http

    def _headers(self, operation_id: str = "", approval: str = "") -> dict[str, str]:
        headers = {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if operation_id:
            headers["Idempotency-Key"] = operation_id
            headers["Content-Type"] = "application/json"
        if approval:
            headers["Approval"] = approval
        return headers

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Any = None,
        operation_id: str = "",
        approval: str = "",
    ) -> bytes:
        headers = self._headers(operation_id, approval)
        identity = None if path == RENEW else self._identity
        if identity is not None and identity.is_due():
            self._begin_renewal(identity)
        try:
            return await self._exchange(method, path, query, body, headers)
        except ServerRefused as refusal:
            if identity is None or refusal.code != CERTIFICATE_EXPIRED:
                raise
            # By the server's clock, which may be another than ours.
            await asyncio.shield(self._begin_renewal(identity))
            return await self._exchange(method, path, query, body, headers)

    async def _exchange(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None,
        body: Any,
        headers: Mapping[str, str],
    ) -> bytes:
        data = msgspec.json.encode(body) if method == "POST" else None
        try:
            async with self._session().request(
                method,
                f"{self.address}/api/v1{path}",
                params=dict(query or {}),
                data=data,
                headers=headers,
                allow_redirects=False,
            ) as response:
                content = await response.read()
                if response.status < 300:
                    return content
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise self._away(error) from error
        raise _refusal(self.address, response.status, content)

    def _away(self, error: Exception) -> errors.ServerAway:
        """What to raise when there was no answer; the next server's turn comes."""
        away = _no_answer(self.address, error)
        self._turn()
        return away

    def _turn(self) -> None:
        self._addresses.append(self._addresses.pop(0))

    # --- certificate -------------------------------------------------------------------------

    def _begin_renewal(self, identity: Identity) -> asyncio.Task[None]:
        if self._renewing is None or self._renewing.done():

            async def ask(wanted: Renew, operation_id: str) -> Enrolment:
                return await self.post(RENEW, wanted, Enrolment, operation_id=operation_id)

            self._renewing = asyncio.create_task(_renew(identity, ask, self._hang_up))
        return self._renewing


async def _renew(
    identity: Identity,
    ask: Callable[[Renew, str], Awaitable[Enrolment]],
    connect_anew: Callable[[], Awaitable[None]],
) -> None:
    """Renew the certificate, and connect anew with it. What can't be done is tried later."""
    try:
        await identity.renew(ask)
    except ServerRefused as refusal:
        logger.error("this station gets no new certificate: %s", refusal)
        await identity.give_up()
    except errors.VenueError as error:
        logger.warning("no new certificate yet: %s", error)
    else:
        await connect_anew()


def _no_answer(address: str, error: Exception) -> errors.ServerAway:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        told: Any = error.certificate_error
        reason = getattr(told, "verify_message", "") or told.args[-1]
        return errors.ServerNotOurs(address=address, reason=reason)
    return errors.ServerAway(address=address, reason=str(error) or type(error).__name__)


def _decode(address: str, content: bytes | str, shape: type[T]) -> T:
    """What is no answer of a venue server, such as a hotel's log-in page, is none at all."""
    try:
        return msgspec.json.decode(content, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        reason = f"its answer can't be understood ({error})"
        raise errors.ServerAway(address=address, reason=reason) from error


def _refusal(address: str, status: int, content: bytes) -> errors.VenueError:
    with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
        problem = msgspec.json.decode(content, type=Problem)
        if problem.code == errors.OutcomeUnknown.code:  # ask again: the same id tells
            return errors.ServerAway(address=address, reason=problem.title)
        return errors.Busy() if problem.code == errors.Busy.code else ServerRefused(problem)
    if 400 <= status < 500:
        text = "The server answered {status}."
        params: dict[str, object] = {"status": status}
        title = text.format(**params)
        problem = Problem(
            status=status, code="bad_answer", title=title, template=text, params=params
        )
        return ServerRefused(problem)
    # Somebody between us and the venue server gave up: whether it acted, nobody knows.
    return errors.ServerAway(address=address, reason=f"its answer was HTTP {status}")


async def show_factor(client: VenueClient, ticket: str, code: str) -> Session:
    """Finish a sign-in that asked for the second factor; later calls of the client act for them."""
    session = await client.post(
        "/sign-in/second-factor",
        {"ticket": ticket, "code": code},
        Session,
        operation_id=client.make_operation_id(),
        retry=False,
    )
    client.token = session.token
    return session
