"""The feed's live side: every fact once and in order, to whoever wants it and may hear it.

Followers who may hear and want the same form a group. A fact is encoded once, and its bytes go to
all of them; what a follower can't take at once waits as references to those same bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

from venue_suite.domain.actors import Actor
from venue_suite.domain.errors import Busy, VenueError
from venue_suite.domain.facts import Fact
from venue_suite.feed_rights import Ear, FeedRights, Wish
from venue_suite.server.feed_followers import Follower
from venue_suite.server.feed_frames import Parcel, encode_fact, frame

logger = logging.getLogger(__name__)

FOLLOWERS_MAX = 2_000
FOLLOWERS_PER_ACTOR_MAX = 20
# Facts that arrived too early wait for those before them; more than this are read again instead.
EARLY_MAX = 10_000
# What another process committed may be on its way: reading it would be work for nothing.
PATIENCE_S = 0.02
RETRY_S = 0.5
# Waking five hundred followers for each sale would be all that the server does. They are told at
# most every so many seconds for each of them; the first fact after a pause goes at once.
PAUSE_PER_FOLLOWER_S = 40e-6
PAUSE_MAX_S = 0.03
PARCEL_LENGTH_MAX = 100

ReadFacts = Callable[[int], Awaitable[Sequence[Fact]]]
Goodbye = Callable[[], Awaitable[object]]


class TooManyFollowers(VenueError):
    """One actor follows the feed too many times at once: something opens and never closes."""

    code = "too_many_followers"
    http_status = 429
    default_template = "{actor} follows the feed {count} times already."


class FeedHub:
    """Spreads committed facts to all followers. Belongs to one loop.

    Args:
        loop: where its followers live.
        rights: who may hear what.
        read_facts: a page of the stored feed from a seq on.
        last_seq: where the feed is now.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        rights: FeedRights,
        read_facts: ReadFacts,
        last_seq: int = 0,
    ) -> None:
        self._loop = loop
        self._rights = rights
        self._read_facts = read_facts
        self._groups: dict[tuple[Ear, Wish], set[Follower]] = {}
        self._goodbyes: dict[Follower, Goodbye] = {}
        self._counts: dict[tuple[str, str], int] = {}
        self._early: dict[int, Fact] = {}
        self._heard_of = last_seq
        self._mending: asyncio.Task[None] | None = None
        self._fresh: list[Fact] = []
        self._spread_at_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.last_seq = last_seq

    # --- what was committed --------------------------------------------------------------------

    def tell(self, facts: Sequence[Fact]) -> None:
        """Take in committed facts, from any thread, in any order, as often as they come.

        What is missing between them is read from the database.
        """
        self._call(self._take, facts)

    def hear_of(self, seq: int) -> None:
        """Somebody committed facts up to `seq`: if they do not come by themselves, read them."""
        self._call(self._take, (), seq)

    def _call(self, function: Callable[..., None], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop ended: nobody follows any more
            self._loop.call_soon_threadsafe(function, *arguments)

    def _take(self, facts: Iterable[Fact], seq: int = 0) -> None:
        self._heard_of = max(self._heard_of, seq)
        for fact in facts:
            if fact.seq == self.last_seq + 1:
                self._fresh.append(fact)
                self.last_seq = fact.seq
            elif fact.seq > self.last_seq:
                self._heard_of = max(self._heard_of, fact.seq)
                if len(self._early) < EARLY_MAX:
                    self._early[fact.seq] = fact
        self._take_early()
        if self._heard_of > self.last_seq and self._mending is None:
            self._mending = self._loop.create_task(self._mend(), name="mend the feed")
        self._spread_soon()

    def _take_early(self) -> None:
        while self._early:
            fact = self._early.pop(self.last_seq + 1, None)
            if fact is None:
                break
            self._fresh.append(fact)
            self.last_seq = fact.seq
        if self._early and min(self._early) <= self.last_seq:
            self._early = {seq: one for seq, one in self._early.items() if seq > self.last_seq}

    async def _mend(self) -> None:
        """Read what is missing until nothing is."""
        try:
            await asyncio.sleep(PATIENCE_S)
            while self._heard_of > self.last_seq:
                try:
                    facts = await self._read_facts(self.last_seq + 1)
                except VenueError as error:
                    logger.warning("the feed has a gap that can't be read now: %s", error)
                    facts = ()
                self._take(facts)
                if not facts:
                    await asyncio.sleep(RETRY_S)
        finally:
            self._mending = None

    # --- spreading -----------------------------------------------------------------------------

    def _spread_soon(self) -> None:
        if not self._fresh or self._timer is not None:
            return
        pause_s = min(PAUSE_MAX_S, PAUSE_PER_FOLLOWER_S * len(self))
        wait_s = self._spread_at_s + pause_s - self._loop.time()
        if wait_s > 0:
            self._timer = self._loop.call_later(wait_s, self._spread)
        else:
            self._spread()

    def _spread(self) -> None:
        self._timer = None
        self._spread_at_s = self._loop.time()
        fresh, self._fresh = self._fresh, []
        frames: dict[int, bytes] = {}
        for (ear, wish), followers in list(self._groups.items()):
            wanted = [one for one in fresh if wish.wants(one) and self._rights.hears(ear, one)]
            for fact in wanted:
                if fact.seq not in frames:
                    frames[fact.seq] = frame(encode_fact(fact))
            for begin in range(0, len(wanted), PARCEL_LENGTH_MAX):
                some = wanted[begin : begin + PARCEL_LENGTH_MAX]
                parcel = Parcel.of([(fact.seq, frames[fact.seq]) for fact in some])
                for follower in list(followers):
                    if not follower.offer(parcel):
                        self.remove(follower)

    # --- followers -----------------------------------------------------------------------------

    def add(self, follower: Follower, say_goodbye: Goodbye) -> None:
        """Tell a follower from now on.

        Args:
            say_goodbye: ends its connection when the server stops.

        Raises:
            TooManyFollowers: its actor has too many.
            Busy: there are too many in all.
        """
        count = self._counts.get(follower.who, 0)
        if count >= FOLLOWERS_PER_ACTOR_MAX:
            raise TooManyFollowers(actor=follower.actor.code, count=count)
        if len(self) >= FOLLOWERS_MAX:
            raise Busy
        self._counts[follower.who] = count + 1
        self._goodbyes[follower] = say_goodbye
        self._join(follower)

    def remove(self, follower: Follower) -> None:
        """Tell it nothing more. Removing twice is fine."""
        if self._goodbyes.pop(follower, None) is None:
            return
        self._leave(follower)
        self._counts[follower.who] -= 1
        if not self._counts[follower.who]:
            del self._counts[follower.who]

    def regroup(self, follower: Follower, actor: Actor) -> None:
        """Its actor's rights may have changed."""
        if follower in self._goodbyes and self._rights.ear_of(actor) != follower.ear:
            self._leave(follower)
            follower.actor = actor
            self._join(follower)

    def may_hear(self, follower: Follower, fact: Fact) -> bool:
        """Whether a stored fact is for a follower."""
        return follower.wish.wants(fact) and self._rights.hears(follower.ear, fact)

    def _join(self, follower: Follower) -> None:
        follower.ear = self._rights.ear_of(follower.actor)
        self._groups.setdefault((follower.ear, follower.wish), set()).add(follower)

    def _leave(self, follower: Follower) -> None:
        key = (follower.ear, follower.wish)
        self._groups[key].discard(follower)
        if not self._groups[key]:
            del self._groups[key]

    async def close(self, _: object = None) -> None:
        """Say goodbye to all: a follower never leaves by itself, and a stop would wait for it."""
        if self._mending is not None:
            self._mending.cancel()
        if self._timer is not None:
            self._timer.cancel()
            self._spread()
        goodbyes, self._goodbyes = dict(self._goodbyes), {}
        self._groups.clear()
        self._counts.clear()
        leaving = [say_goodbye() for say_goodbye in goodbyes.values()]
        await asyncio.gather(*leaving, return_exceptions=True)

    def __len__(self) -> int:
        return len(self._goodbyes)
