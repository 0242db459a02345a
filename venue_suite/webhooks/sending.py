"""One message over HTTP. A receiver is a stranger: it may fail, hang, drip, redirect and lie."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import aiohttp

from venue_suite import __version__
from venue_suite.webhooks.queue import RETRY_AFTER_MS_MAX, Message, Outcome
from venue_suite.webhooks.signatures import sign
from venue_suite.webhooks.targets import (
    AddressForbidden,
    GuardedResolver,
    WebhookUrlRefused,
    check_url,
)

TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 5.0
# An answer's body means nothing to us. A short one is read to keep the connection, no other.
ANSWER_BYTES_MAX = 4 * 1024
FINISH_TIMEOUT_S = 1.0
GONE, TOO_MANY, UNAVAILABLE = 410, 429, 503


def open_session(*, allow_lan: bool) -> aiohttp.ClientSession:
    """A session that follows no redirect, keeps no cookie, and asks no proxy."""
    connector = aiohttp.TCPConnector(
        resolver=GuardedResolver(allow_lan=allow_lan), limit=100, limit_per_host=10
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        headers={"User-Agent": f"venue-suite/{__version__}"},
    )


async def send(
    session: aiohttp.ClientSession,
    message: Message,
    secrets: Sequence[str],
    now_s: float,
    *,
    allow_lan: bool,
) -> Outcome:
    """Send a message once, signed with each secret. Whatever the receiver does, this returns
    within `TIMEOUT_S`."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    body = message.body
    try:
        url = check_url(message.url, allow_lan=allow_lan)
        async with session.post(
            url,
            data=body,
            headers=_headers(message, body, int(now_s), secrets),
            timeout=timeout,
            allow_redirects=False,
        ) as response:
            outcome = _judge(response)
            await _finish(response)
            return outcome
    except WebhookUrlRefused as error:
        return Outcome(str(error), answered=True)
    except TimeoutError:
        return Outcome(f"it did not answer within {TIMEOUT_S:.0f} seconds")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Outcome(_explain(error))


def _headers(
    message: Message, body: bytes, timestamp_s: int, secrets: Sequence[str]
) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": sign(message.id, timestamp_s, body, secrets),
    }


def _judge(response: aiohttp.ClientResponse) -> Outcome:
    status = response.status
    if 200 <= status < 300:
        return Outcome()
    problem = f"it answered {status}"
    if 300 <= status < 400:
        problem = f"it answered {status}, a redirect, which is not followed"
    pause_ms = _pause_ms(response) if status in (TOO_MANY, UNAVAILABLE) else 0
    return Outcome(problem, answered=True, is_gone=status == GONE, pause_ms=pause_ms)


def _pause_ms(response: aiohttp.ClientResponse) -> int:
    text = response.headers.get("Retry-After", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        return 0
    return min(int(text) * 1000, RETRY_AFTER_MS_MAX)


async def _finish(response: aiohttp.ClientResponse) -> None:
    """The answer is known by its status; only a short body is worth the wait."""
    length = response.content_length
    if length is None or length > ANSWER_BYTES_MAX:
        response.close()
        return
    try:
        async with asyncio.timeout(FINISH_TIMEOUT_S):
            await response.read()
    except (aiohttp.ClientError, TimeoutError, OSError):
        response.close()


def _explain(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, AddressForbidden):
            return str(cause)
        if isinstance(cause, aiohttp.ClientConnectorCertificateError):
            reason = getattr(cause.certificate_error, "verify_message", cause.certificate_error)
            return f"its certificate is not valid: {reason}"
        cause = cause.__cause__ or cause.__context__
    return " ".join(str(error).split()) or type(error).__name__
