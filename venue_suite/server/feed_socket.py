"""The feed over WebSocket: the backlog from the database, then what happens, without a gap."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import WSCloseCode, web

from venue_suite.database import View
from venue_suite.database.kernel_rows import FACTS_FROM, LAST_SEQ
from venue_suite.domain.errors import NotSignedIn
from venue_suite.domain.facts import Fact
from venue_suite.routing import Call
from venue_suite.server.feed_hub import FeedHub, Follower, encode_fact
from venue_suite.wire import FollowFeed

logger = logging.getLogger(__name__)

PAGE_LENGTH = 500
HEARTBEAT_S = 10.0
RECOGNISE_EVERY_S = 30.0
CLOSE_TIMEOUT_S = 1.0  # how long to wait for the other side's goodbye


def read_facts(view: View, from_seq: int) -> list[Fact]:
    """One page of the feed."""
    return [
        Fact(kind, subject, msgspec.json.decode(data), seq, at / 1000)
        for seq, at, kind, subject, data in view.all(FACTS_FROM, seq=from_seq, count=PAGE_LENGTH)
    ]


def read_last_seq(view: View) -> int:
    last: int = view.value(LAST_SEQ)
    return last


async def follow(
    call: Call, hub: FeedHub, recognise: Callable[[], Awaitable[object]]
) -> web.WebSocketResponse:
    """Handle `GET /feed?from=SEQ&kinds=PREFIX,...`; ends when the follower leaves or lags.

    Args:
        recognise: raises NotSignedIn once the follower's token stands for nobody any more.
    """
    asked = call.asked(FollowFeed)
    start, kinds = asked.start, tuple(filter(None, asked.kinds.split(",")))
    socket = web.WebSocketResponse(
        heartbeat=HEARTBEAT_S, timeout=CLOSE_TIMEOUT_S, max_msg_size=1024
    )
    await socket.prepare(call.request)
    follower = hub.add(kinds, lambda: socket.close(code=WSCloseCode.GOING_AWAY, message=b"stop"))
    tasks = [
        # Receiving is what notices that the other side has gone.
        asyncio.create_task(_receive(socket)),
        asyncio.create_task(_send(call, socket, follower, start)),
        asyncio.create_task(_watch(socket, recognise)),
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        hub.remove(follower)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return socket


async def _watch(socket: web.WebSocketResponse, recognise: Callable[[], Awaitable[object]]) -> None:
    """Hang up on a session that ended and a station that was switched off meanwhile."""
    while True:
        await asyncio.sleep(RECOGNISE_EVERY_S)
        try:
            await recognise()
        except NotSignedIn:
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"not signed in")
            return


async def _receive(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        pass  # a follower has nothing to say


async def _send(call: Call, socket: web.WebSocketResponse, follower: Follower, start: int) -> None:
    try:
        sent = await _send_backlog(call, socket, follower, start)
        await _send_live(socket, follower, sent)
    except ConnectionResetError:
        pass  # the follower left in the middle of a message
    except Exception:  # the answer has begun: all that is left to tell is the log, and to hang up
        logger.exception("a follower of the feed was lost")


async def _send_backlog(
    call: Call, socket: web.WebSocketResponse, follower: Follower, start: int
) -> int:
    """Send what is stored from `start` on; returns the last seq that needs no sending any more."""
    last = await call.read(read_last_seq)
    # A follower may know more than this server, which was restored from a copy: it hears what the
    # last seq is now, and then all that is new.
    start = min(start or last + 1, last + 1)
    while start <= last:
        page = await call.read(read_facts, start)
        if not page:
            break
        for fact in page:
            if follower.wants(fact.kind):
                await socket.send_str(encode_fact(fact))
        start = page[-1].seq + 1
    await socket.send_str(encode_fact(Fact("feed.caught_up", "feed", {}, start - 1)))
    return start - 1


async def _send_live(socket: web.WebSocketResponse, follower: Follower, sent: int) -> None:
    while not (follower.too_slow and follower.queue.empty()):
        seq, text = await follower.queue.get()
        if seq > sent:
            await socket.send_str(text)
    await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow")
