"""A payment provider that is an HTTP server: an API for the venue, a page for the payer's phone.

| request | in | out |
|---|---|---|
| POST /v1/payments | reference, amount_minor, currency | code, state |
| GET /v1/payments/{reference} | | code, state |
| POST /v1/payments/{reference}/cancel | | code, state |
| GET /p/{token} | | the page |
| POST /p/{token} | answer = pay or decline | the page |

Wrong input is 400, a reused reference 409, an unknown one 404.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
from aiohttp import web

from venue_devices.simulated.loop_server import LoopServer, stop_accepting
from venue_devices.simulated.qr_book import Payment, PaymentBook, ReferenceReused
from venue_devices.simulated.qr_page import HEADERS, STYLE, QrPage
from venue_suite.ports import PaymentState

BODY_BYTES_MAX = 16384


@dataclass(slots=True)
class QrFaults:
    """What goes wrong. The default is nothing.

    Attributes:
        answer_delay_s: the API answers this much later, after it acted.
        answers_lost: so many next API answers are lost, after it acted.
        bank_declines: whoever taps Pay is declined.
        state_unknown: the API does not know any state.
        pays_by_itself_s: a payment is paid this long after its creation, without a phone.
    """

    answer_delay_s: float = 0.0
    answers_lost: int = 0
    bank_declines: bool = False
    state_unknown: bool = False
    pays_by_itself_s: float | None = None


class NewPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reference: str
    amount_minor: int
    currency: str


class Standing(msgspec.Struct, frozen=True):
    """How a payment stands. `code`: what to show as a QR code."""

    reference: str
    state: str
    code: str


class QrServer(LoopServer):
    """The provider.

    Args:
        host: address to listen on; `0.0.0.0` lets phones in the same network reach it.
        port: 0 takes a free one.
        public_url: how a phone reaches it, for example `http://192.168.1.10:8090`; empty means
            host and port.
        venue: name that the payer reads.

    Attributes:
        faults: may be changed at any time.
        book: all payments.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        public_url: str = "",
        venue: str = "演示剧场 Demo Theatre",
    ) -> None:
        super().__init__("simulated-qr", host, port)
        self.faults = QrFaults()
        self.book = PaymentBook(lambda: secrets.token_urlsafe(12))
        self._public_url = public_url.rstrip("/")
        self._page = QrPage(venue)
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        """Where the payer's phone finds it."""
        return self._public_url or f"http://{self.host}:{self.port}"

    def answer(self, reference: str, *, accepts: bool) -> None:
        """Act for the payer, without a phone: pay or decline."""
        if payment := self.book.find(reference):
            self.book.pay(payment, accepts=accepts)

    async def _listen(self) -> None:
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        app.add_routes(
            [
                web.post("/v1/payments", self._api(self._create)),
                web.get("/v1/payments/{reference}", self._api(self._query)),
                web.post("/v1/payments/{reference}/cancel", self._api(self._cancel)),
                web.get("/p/{token}", self._show),
                web.post("/p/{token}", self._decide),
                web.get("/style.css", self._style),
            ]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            self._socket = socket.create_server((self.host, self.port))
        except OSError:
            await runner.cleanup()
            raise
        await web.SockSite(runner, self._socket).start()
        self._runner = runner
        self.port = self._socket.getsockname()[1]

    async def _hang_up(self) -> None:
        assert self._runner is not None
        await stop_accepting([self._socket])
        await self._runner.cleanup()

    # --- for the venue ---------------------------------------------------------------------

    def _api(
        self, act: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Wrap an API handler with the faults, all of which strike after it acted."""

        async def handle(request: web.Request) -> web.StreamResponse:
            response = await act(request)
            if self.faults.answer_delay_s:
                await asyncio.sleep(self.faults.answer_delay_s)
            if self.faults.answers_lost > 0:
                self.faults.answers_lost -= 1
                assert request.transport is not None
                request.transport.close()
            return response

        return handle

    async def _create(self, request: web.Request) -> web.Response:
        try:
            new = msgspec.json.decode(await request.read(), type=NewPayment)
        except msgspec.DecodeError:
            return web.Response(status=400)
        if not (new.reference and new.amount_minor > 0 and new.currency.isalpha()):
            return web.Response(status=400)
        try:
            payment = self.book.create(
                new.reference, new.amount_minor, new.currency, time.monotonic()
            )
        except ReferenceReused:
            return web.Response(status=409)
        return self._stand(payment)

    async def _query(self, request: web.Request) -> web.Response:
        payment = self.book.find(request.match_info["reference"])
        return web.Response(status=404) if payment is None else self._stand(payment)

    async def _cancel(self, request: web.Request) -> web.Response:
        return self._stand(self.book.cancel(request.match_info["reference"], time.monotonic()))

    def _stand(self, payment: Payment) -> web.Response:
        after_s = self.faults.pays_by_itself_s
        if after_s is not None and time.monotonic() >= payment.created_s + after_s:
            self._pay(payment)
        state = PaymentState.UNKNOWN if self.faults.state_unknown else payment.state
        standing = Standing(payment.reference, state.value, f"{self.base_url}/p/{payment.token}")
        return web.Response(body=msgspec.json.encode(standing), content_type="application/json")

    # --- for the payer ---------------------------------------------------------------------

    async def _show(self, request: web.Request) -> web.Response:
        payment = self.book.find_by_token(request.match_info["token"])
        text = self._page.gone() if payment is None else self._page.payment(payment)
        status = 404 if payment is None else 200
        return web.Response(text=text, content_type="text/html", headers=HEADERS, status=status)

    async def _decide(self, request: web.Request) -> web.StreamResponse:
        payment = self.book.find_by_token(request.match_info["token"])
        if payment is not None:
            answer = (await request.post()).get("answer")
            if answer == "pay":
                self._pay(payment)
            elif answer == "decline":
                self.book.pay(payment, accepts=False)
        # Back to the page by GET, so that going back or reloading does not send it again.
        raise web.HTTPSeeOther(request.path)

    async def _style(self, request: web.Request) -> web.Response:
        return web.Response(text=STYLE, content_type="text/css")

    def _pay(self, payment: Payment) -> None:
        self.book.pay(payment, accepts=not self.faults.bank_declines)
