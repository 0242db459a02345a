"""The feed over WebSocket: the backlog from the database, then what happens, without a gap."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import WSCloseCode, web

from venue_suite.database import View
from venue_suite.database.kernel_rows import FACTS_FROM, LAST_SEQ
from venue_suite.domain.actors import Actor
from venue_suite.domain.errors import NotSignedIn
from venue_suite.domain.facts import Fact
from venue_suite.feed_rights import Wish
from venue_suite.routing import Call
from venue_suite.server.feed_followers import Follower, Gone
from venue_suite.server.feed_frames import caught_up, encode_fact, frame
from venue_suite.server.feed_hub import FeedHub
from venue_suite.wire import FollowFeed

logger = logging.getLogger(__name__)

PAGE_LENGTH = 500
HEARTBEAT_S = 10.0
RECOGNISE_EVERY_S = 30.0
CLOSE_TIMEOUT_S = 1.0  # how long to wait for the other side's goodbye

Recognise = Callable[[], Awaitable[Actor]]


def read_facts(view: View, from_seq: int) -> list[Fact]:
    """One page of the feed."""
    return [
        Fact(kind, subject, msgspec.json.decode(data), seq, at / 1000)
        for seq, at, kind, subject, data in view.all(FACTS_FROM, seq=from_seq, count=PAGE_LENGTH)
    ]


def read_last_seq(view: View) -> int:
    last: int = view.value(LAST_SEQ)
    return last


async def follow(call: Call, hub: FeedHub, recognise: Recognise) -> web.WebSocketResponse:
    """Handle `GET /feed`; ends when the follower leaves or lags.

    Args:
        recognise: who the follower is by now; raises NotSignedIn once its token stands for nobody.

    Raises:
        TooManyFollowers, Busy: before anything was answered.
    """
    asked = call.asked(FollowFeed)
    transport = call.request.transport
    if transport is None:
        raise ConnectionResetError("the follower left before it was answered")
    follower = Follower(call.actor, Wish(_list(asked.kinds), _list(asked.subjects)), transport)
    socket = web.WebSocketResponse(
        heartbeat=HEARTBEAT_S, timeout=CLOSE_TIMEOUT_S, max_msg_size=1024, compress=False
    )
    # Facts wait for it from now on; they are sent when it has taken in what was stored before.
    hub.add(follower, lambda: socket.close(code=WSCloseCode.GOING_AWAY, message=b"stop"))
    tasks: list[asyncio.Task[None]] = []
    try:
        await socket.prepare(call.request)
        tasks += [
            # Receiving is what notices that the other side has gone.
            asyncio.create_task(_receive(socket)),
            asyncio.create_task(_send(call, socket, hub, follower, asked.start)),
            asyncio.create_task(_watch(socket, hub, follower, recognise)),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        hub.remove(follower)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return socket


def _list(text: str) -> tuple[str, ...]:
    return tuple(sorted(set(filter(None, text.split(",")))))


async def _watch(
    socket: web.WebSocketResponse, hub: FeedHub, follower: Follower, recognise: Recognise
) -> None:
    """Hang up on a session that ended and a station that was switched off; rights may change."""
    while True:
        await asyncio.sleep(RECOGNISE_EVERY_S)
        try:
            hub.regroup(follower, await recognise())
        except NotSignedIn:
            hub.remove(follower)
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"not signed in")
            return


async def _receive(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        pass  # a follower has nothing to say


async def _send(
    call: Call, socket: web.WebSocketResponse, hub: FeedHub, follower: Follower, start: int
) -> None:
    try:
        sent = await _send_backlog(call, hub, follower, start)
        await follower.keep_up(sent)
        await _send_away(socket, follower)
    except Gone:
        pass  # the follower left in the middle of a message
    except Exception:  # the answer has begun: all that is left to tell is the log, and to hang up
        logger.exception("a follower of the feed was lost")


async def _send_away(socket: web.WebSocketResponse, follower: Follower) -> None:
    """Politely, or without ceremony where nobody takes in even the goodbye."""
    try:
        async with asyncio.timeout(2 * CLOSE_TIMEOUT_S):
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow")
    except TimeoutError:
        follower.drop()


async def _send_backlog(call: Call, hub: FeedHub, follower: Follower, start: int) -> int:
    """Send what is stored from `start` on; returns the last seq that needs no sending any more."""
    last = await call.read(read_last_seq)
    # A follower may know more than this server, which was restored from a copy: it hears what the
    # last seq is now, and then all that is new.
    start = min(start or last + 1, last + 1)
    while start <= last:
        page = await call.read(read_facts, start)
        if not page:
            break
        wanted = [fact for fact in page if hub.may_hear(follower, fact)]
        if wanted:
            await follower.send(b"".join(frame(encode_fact(fact)) for fact in wanted))
        start = page[-1].seq + 1
    await follower.send(caught_up(start - 1))
    return start - 1
