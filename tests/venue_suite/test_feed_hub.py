"""The hub: facts from several processes, doubled, late or not at all, reach everybody in order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venue_suite.domain.actors import SYSTEM, Actor
from venue_suite.domain.errors import Busy, DatabaseUnusable
from venue_suite.domain.facts import Fact, FactKind
from venue_suite.feed_rights import FeedRights, Wish
from venue_suite.server import feed_followers, feed_hub
from venue_suite.server.feed_followers import Follower
from venue_suite.server.feed_hub import FeedHub, TooManyFollowers

RIGHTS = FeedRights([FactKind("a.", "any", "a.view")], {"a.view"})
KIOSK = Actor("station", "kiosk-1", station="kiosk-1", permissions=frozenset({"a.view"}))


class Wire(asyncio.WriteTransport):
    """A connection whose other side takes in everything, or nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = bytearray()
        self.is_deaf = False
        self.ended = False

    def write(self, data: bytes | bytearray | memoryview) -> None:  # type: ignore[override]
        self.sent += data

    def get_write_buffer_size(self) -> int:
        return len(self.sent) if self.is_deaf else 0

    def is_closing(self) -> bool:
        return self.ended

    def abort(self) -> None:
        self.ended = True

    @property
    def seqs(self) -> list[int]:
        """The numbers of what was sent; frames are read here by other code than theirs."""
        found, rest = [], bytes(self.sent)
        while rest:
            assert rest[0] == 0x81
            size, begin = rest[1], 2
            if size == 126:
                size, begin = int.from_bytes(rest[2:4], "big"), 4
            found.append(json.loads(rest[begin : begin + size])["seq"])
            rest = rest[begin + size :]
        return found


async def goodbye() -> None:
    pass


def facts_of(seqs: Sequence[int]) -> list[Fact]:
    return [Fact("a.x", f"x/{seq % 3}", {"n": seq}, seq) for seq in seqs]


def hub_over(stored: Sequence[Fact] = (), last_seq: int = 0) -> FeedHub:
    async def read(from_seq: int) -> Sequence[Fact]:
        await asyncio.sleep(0)
        return [fact for fact in stored if fact.seq >= from_seq][:7]

    return FeedHub(asyncio.get_running_loop(), RIGHTS, read, last_seq)


def join(hub: FeedHub, actor: Actor = SYSTEM, wish: Wish | None = None, sent: int = 0) -> Wire:
    """A follower that has all up to `sent`."""
    wire = Wire()
    follower = Follower(actor, wish or Wish(), wire)
    hub.add(follower, goodbye)
    keeping = asyncio.get_running_loop().create_task(follower.keep_up(sent))
    wire.keeping = keeping  # type: ignore[attr-defined]  # else the task might be collected
    return wire


async def settle(hub: FeedHub, last_seq: int) -> None:
    for _ in range(1000):
        await asyncio.sleep(0.001)
        if hub.last_seq >= last_seq and hub._timer is None and hub._mending is None:
            return
    raise AssertionError(f"the hub stays at {hub.last_seq}")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_order_with_doubles_and_gaps_gives_each_once_in_order(data: st.DataObject) -> None:
    """What other processes commit comes over another way than what this one commits."""
    count = data.draw(st.integers(1, 30))
    stored = facts_of(range(1, count + 1))
    told = data.draw(st.lists(st.lists(st.sampled_from(stored), max_size=8), max_size=12))

    async def play() -> list[int]:
        hub = hub_over(stored)
        wire = join(hub)
        for some in told:
            hub.tell(some)
            await asyncio.sleep(0)
        hub.hear_of(count)
        await settle(hub, count)
        return wire.seqs

    old, feed_hub.PATIENCE_S = feed_hub.PATIENCE_S, 0.0
    try:
        assert asyncio.run(play()) == list(range(1, count + 1))
    finally:
        feed_hub.PATIENCE_S = old


async def test_gap_that_closes_by_itself_reads_nothing() -> None:
    hub = hub_over()  # reading would find nothing, and the hub would wait and ask again
    wire = join(hub)
    hub.tell(facts_of([2, 3]))
    await asyncio.sleep(0)
    hub.tell(facts_of([1]))
    await settle(hub, 3)
    assert wire.seqs == [1, 2, 3]


async def test_gap_is_read_again_until_the_database_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed_hub, "RETRY_S", 0.01)
    tries = 0

    async def read(from_seq: int) -> Sequence[Fact]:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise DatabaseUnusable(path="x", reason="away")
        return facts_of(range(from_seq, 6))

    hub = FeedHub(asyncio.get_running_loop(), RIGHTS, read, 1)
    wire = join(hub, sent=1)
    hub.tell(facts_of([5]))
    await settle(hub, 5)
    assert (wire.seqs, tries) == ([2, 3, 4, 5], 3)


async def test_many_early_facts_are_not_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_hub, "EARLY_MAX", 5)
    hub = hub_over(facts_of(range(1, 101)))
    wire = join(hub)
    hub.tell(facts_of(range(50, 101)))
    await asyncio.sleep(0)
    assert len(hub._early) == 5
    await settle(hub, 100)
    assert wire.seqs == list(range(1, 101))


async def test_hub_behind_the_database_doubles_nothing() -> None:
    """A follower read up to 5 from the database before the hub was told of 4 and 5."""
    hub = hub_over(last_seq=3)
    wire = join(hub, sent=5)
    await asyncio.sleep(0)
    hub.tell(facts_of([4, 5, 6]))
    await settle(hub, 6)
    hub.tell(facts_of([7]))
    await settle(hub, 7)
    assert wire.seqs == [6, 7]


async def test_facts_are_encoded_once_for_all() -> None:
    hub = hub_over()
    wires = [
        join(hub, Actor("station", f"kiosk-{n}", permissions=frozenset("*"))) for n in range(50)
    ]
    encoded = []
    real = feed_hub.encode_fact

    def encode(fact: Fact) -> bytes:
        encoded.append(fact.seq)
        return real(fact)

    feed_hub.encode_fact = encode  # type: ignore[assignment]
    try:
        await asyncio.sleep(0)
        hub.tell(facts_of([1, 2]))
        await settle(hub, 2)
    finally:
        feed_hub.encode_fact = real
    assert encoded == [1, 2]
    assert all(wire.seqs == [1, 2] for wire in wires)


async def test_waiting_facts_are_shared_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_followers, "BUFFER_BYTES_MAX", 0)
    monkeypatch.setattr(feed_followers, "QUEUE_LENGTH_MAX", 5)
    hub = hub_over()
    wires = [join(hub), join(hub)]
    for wire in wires:
        wire.is_deaf = True
    await asyncio.sleep(0)
    for seq in range(1, 8):
        hub.tell(facts_of([seq]))
        await settle(hub, seq)
    assert len(hub) == 0
    for wire in wires:
        wire.is_deaf = False
    for wire in wires:
        await asyncio.wait_for(wire.keeping, 1)  # type: ignore[attr-defined]
        assert wire.seqs == [1, 2, 3, 4, 5, 6]  # one was sent, five waited, the rest is a gap


async def test_wishes_and_rights_make_groups() -> None:
    hub = hub_over()
    everything, ones, nothing = (
        join(hub, KIOSK),
        join(hub, KIOSK, Wish(subjects=("x/1",))),
        join(hub, Actor("station", "gate-1")),
    )
    branch = join(hub, KIOSK, Wish(kinds=("a.",), subjects=("x/", "y")))
    other = join(hub, KIOSK, Wish(kinds=("b.",)))
    hub.tell(facts_of([1, 2, 3, 4]))
    await settle(hub, 4)
    assert everything.seqs == branch.seqs == [1, 2, 3, 4]
    assert ones.seqs == [1, 4]
    assert nothing.seqs == other.seqs == []


async def test_one_actor_follows_so_many_times_and_all_so_many() -> None:
    hub = hub_over()
    for _ in range(feed_hub.FOLLOWERS_PER_ACTOR_MAX):
        join(hub, KIOSK)
    with pytest.raises(TooManyFollowers, match="kiosk-1 follows the feed 20 times already"):
        hub.add(Follower(KIOSK, Wish(), Wire()), goodbye)
    gate = Follower(Actor("station", "gate-1"), Wish(), Wire())
    hub.add(gate, goodbye)
    hub.remove(gate)
    hub.remove(gate)
    assert len(hub) == feed_hub.FOLLOWERS_PER_ACTOR_MAX


async def test_all_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_hub, "FOLLOWERS_MAX", 3)
    hub = hub_over()
    for number in range(3):
        join(hub, Actor("station", f"kiosk-{number}"))
    with pytest.raises(Busy):
        join(hub, KIOSK)


async def test_hub_outlives_its_loop() -> None:
    loop = asyncio.new_event_loop()

    async def read(from_seq: int) -> Sequence[Fact]:
        return ()

    hub = FeedHub(loop, RIGHTS, read)
    loop.close()
    hub.tell(facts_of([1]))
    hub.hear_of(5)
    assert hub.last_seq == 0
