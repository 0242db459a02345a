"""A server from start to stop: what is under way ends well, and a failed start leaves nothing."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import msgspec
import pytest
from blockbuster import BlockBuster, BlockingError

from tests.venue_suite.jotter import jot, times_of
from tests.venue_suite.plugins import Jotter
from venue_suite.config import ServerConfig
from venue_suite.domain.errors import AddressUnusable, DatabaseUnusable, PortInUse
from venue_suite.seams import Seams, seeded, shifted
from venue_suite.testing import MovableClock, ServedVenue
from venue_suite.wire import Health, Venue


async def test_request_under_way_is_answered_before_the_stop(bare: ServedVenue) -> None:
    asking = asyncio.create_task(bare.client().get("/jotter/slow", dict))
    await asyncio.sleep(0.1)
    await bare.server.stop()
    assert await asking == {"slow": "done"}


async def test_stop_waits_no_longer_than_its_grace(
    bare_copy: Path, clock: MovableClock, no_blocking: BlockBuster
) -> None:
    server = ServerConfig(host="127.0.0.1", port=0, tls="off", advertise=False, stop_grace_s=0.1)
    async with ServedVenue(bare_copy, clock, {"server": server}, {"jotter": Jotter()}) as venue:
        asking = asyncio.create_task(venue.client().get("/jotter/slow", dict))
        await asyncio.sleep(0.05)
        began = asyncio.get_running_loop().time()
        await venue.server.stop()
        assert asyncio.get_running_loop().time() - began < 0.35
        asking.cancel()


async def test_stopping_twice_is_harmless(bare: ServedVenue) -> None:
    await bare.server.stop()
    await bare.server.stop()


async def test_venue_goes_on_where_it_was(bare_copy: Path, clock: MovableClock) -> None:
    keys = set()
    for times in (1, 2, 3):
        async with ServedVenue(bare_copy, clock, plugins={"jotter": Jotter()}) as venue:
            client = venue.client("kiosk")
            reply = await client.post(
                "/jotter/jots", {"name": "n"}, dict, operation_id=f"op-{times}"
            )
            assert reply == {"name": "n", "times": times}
            health = await client.get("/health", Health)
            assert health.feed_seq == (await venue.server.database.read(last_seq))
            keys.add((await client.get("/venue", Venue)).key)
    assert len(keys) == 1, "the venue signs with one key"


def last_seq(view) -> int:  # type: ignore[no-untyped-def]
    (seq,) = view.connection.execute("SELECT max(seq) FROM feed").fetchone()
    return int(seq)


async def test_failed_start_leaves_no_port_and_no_lock(
    bare_copy: Path, clock: MovableClock
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = ServerConfig(
            host="127.0.0.1", port=other.getsockname()[1], tls="off", advertise=False
        )
        with pytest.raises(PortInUse):
            async with ServedVenue(bare_copy, clock, {"server": taken}, {}):
                pass
        nowhere = msgspec.structs.replace(taken, host="203.0.113.7", tls="on")
        with pytest.raises(AddressUnusable):
            async with ServedVenue(bare_copy, clock, {"server": nowhere}, {}):
                pass
    async with ServedVenue(bare_copy, clock, plugins={}) as venue:
        assert (await venue.client().get("/health", Health)).state == "ready"


@pytest.mark.sqlite
async def test_second_server_of_a_venue_is_refused(
    bare: ServedVenue, bare_copy: Path, clock: MovableClock
) -> None:
    with pytest.raises(DatabaseUnusable, match="another venue server is using it"):
        async with ServedVenue(bare_copy, clock, plugins={}):
            pass
    assert (await bare.client().get("/health", Health)).state == "ready"


async def test_many_stations_at_once(bare: ServedVenue) -> None:
    clients = [bare.client("kiosk") for _ in range(20)]
    replies = await asyncio.gather(
        *(
            client.post("/jotter/jots", {"name": "n"}, dict, operation_id=f"{index}-{number}")
            for index, client in enumerate(clients)
            for number in range(10)
        )
    )
    assert sorted(reply["times"] for reply in replies) == list(range(1, 201))
    assert await bare.server.database.read(times_of, "n") == 200


async def test_blocking_the_loop_would_be_seen(bare: ServedVenue) -> None:
    """The other tests rely on it: what the suite does inside the loop must not block."""
    with pytest.raises(BlockingError):
        await _block(bare)
    await bare.server.database.write(jot, "n")


async def _block(bare: ServedVenue) -> None:
    from venue_suite.ticket_tokens import load_or_make_key  # noqa: PLC0415 - only here

    load_or_make_key(bare.server.config.data_path / "keys")


# --- seams --------------------------------------------------------------------------


def test_seeded_seams_can_be_replayed() -> None:
    first, second = seeded(7, 1_000.5), seeded(7, 1_000.5)
    assert [first.make_id() for _ in range(3)] == [second.make_id() for _ in range(3)]
    assert first.random_bytes(8) == second.random_bytes(8)
    assert first.time_s() == 1_000.5
    assert first.now().isoformat() == "1970-01-01T00:16:40.500000+00:00"
    assert seeded(8, 1_000.5).random_bytes(8) != seeded(7, 1_000.5).random_bytes(8)


def test_shifted_clock_is_ahead() -> None:
    assert abs(shifted(3600).time_s() - Seams().time_s() - 3600) < 1
    assert abs(shifted(0).time_s() - Seams().time_s()) < 1


def test_ids_sort_by_time_and_differ() -> None:
    ids = [seeded(1, at).make_id() for at in (1.0, 2.0, 1e9, 4e9)]
    assert ids == sorted(ids)
    assert len({Seams().make_id() for _ in range(2000)}) == 2000
