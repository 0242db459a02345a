"""The job that delivers: one worker per receiver, so that no receiver waits for another."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Self

import aiohttp

from venue_suite.context import Context
from venue_suite.domain.errors import VenueError
from venue_suite.identity.sealing import KeyLost
from venue_suite.webhooks import queue, sending
from venue_suite.webhooks.queue import Message, Outcome
from venue_suite.webhooks.services import purpose

logger = logging.getLogger(__name__)

POLL_S = 0.25
# How often a worker looks whether something that is not the feed has changed: a retry is due,
# somebody corrected the address.
LOOK_AGAIN_S = 2.0
TROUBLE_S = 5.0
# What nobody wants is not written down fact by fact.
SKIP_LENGTH = 1_000


async def deliver(context: Context) -> None:
    """Deliver for as long as it is this process that does the venue's jobs."""
    async with (
        sending.open_session(allow_lan=context.webhooks.allow_lan) as session,
        Deliverer(context, session) as deliverer,
    ):
        while context.database.leads:
            await deliverer.look_around()
            await asyncio.sleep(POLL_S)


class Deliverer:
    """All workers of this process.

    Args:
        context: the running server.
        session: for all messages.
    """

    def __init__(self, context: Context, session: aiohttp.ClientSession) -> None:
        self._context = context
        self._database = context.database
        self._session = session
        self._workers: dict[int, asyncio.Task[None]] = {}
        self._last_seq = 0
        self._moved = asyncio.Event()
        # Who has a message in hand. A process that comes back after a crash is another one.
        self._sender = context.database.seams.make_id()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        workers, self._workers = self._workers, {}
        for worker in workers.values():
            worker.cancel()
        await asyncio.gather(*workers.values(), return_exceptions=True)

    async def look_around(self) -> None:
        """See whether the feed has moved, and that each receiver has a worker."""
        last_seq = await self._database.read(queue.read_last_seq)
        if last_seq != self._last_seq:
            self._last_seq = last_seq
            moved, self._moved = self._moved, asyncio.Event()
            moved.set()
        wanted = await self._database.read(queue.list_active)
        for gone in set(self._workers) - set(wanted):
            self._workers.pop(gone).cancel()
        for webhook_id in wanted:
            worker = self._workers.get(webhook_id)
            if worker is None or worker.done():
                self._workers[webhook_id] = asyncio.create_task(
                    self._work_for(webhook_id), name=f"webhook {webhook_id}"
                )

    async def _work_for(self, webhook_id: int) -> None:
        scanned_to = remembered = 0
        while True:
            moved = self._moved
            try:
                look = await self._database.read(queue.find_next, webhook_id, scanned_to)
                message = look.message
                if message is None:
                    scanned_to = look.scanned_to
                    message = await self._database.read(queue.find_letter, webhook_id)
                if message is not None and await self._deliver(message):
                    continue
                if scanned_to - remembered >= SKIP_LENGTH:
                    await self._database.write(queue.skip, webhook_id, scanned_to)
                    remembered = scanned_to
            except VenueError as error:
                logger.warning("webhook %d has to wait: %s", webhook_id, error)
                await asyncio.sleep(TROUBLE_S)
                continue
            if look.is_more:
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await moved.wait()

    async def _deliver(self, message: Message) -> bool:
        """Whether it was taken."""
        if not await self._database.write(queue.claim, message, self._sender):
            return False
        outcome = await self._send(message)
        await self._database.write(queue.settle, message, self._sender, outcome)
        if outcome.problem:
            logger.info("webhook %d: %s", message.webhook_id, outcome.problem)
        return not outcome.problem

    async def _send(self, message: Message) -> Outcome:
        context, of = self._context, purpose(message.webhook_id)
        try:
            secrets = [context.sealer.open(one, of).decode() for one in message.secrets]
        except KeyLost:
            return Outcome("the key of its secret is not on this server: rotate the secret")
        now_s = self._database.seams.time_s()
        allow_lan = context.webhooks.allow_lan
        return await sending.send(self._session, message, secrets, now_s, allow_lan=allow_lan)
