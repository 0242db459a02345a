"""Guessing is slow everywhere, and locks nobody out elsewhere or for ever."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.venue_suite.people_world import Vault, ask
from venue_suite.client import ServerRefused, VenueClient
from venue_suite.database import Database, View
from venue_suite.domain.errors import Busy
from venue_suite.identity import hashing
from venue_suite.identity import services as identity
from venue_suite.identity.flood import BURST, FloodGate
from venue_suite.identity.hashing import CHECKED_AT_ONCE, WAITING_MAX, HashBench
from venue_suite.identity.lockout import FORGET_AFTER, forget_tries
from venue_suite.identity.places import network_of
from venue_suite.identity.tables import SignInTryRow
from venue_suite.testing import PIN, MovableClock, ServedVenue, token_of

CODE = "T-CASHIER"


@pytest.fixture
async def house(bare_copy: Path, clock: MovableClock) -> AsyncIterator[ServedVenue]:
    async with ServedVenue(bare_copy, clock, plugins={"vault": Vault()}) as venue:
        yield venue


def station(house: ServedVenue, kind: str) -> VenueClient:
    """A client that shows the key of a station when it signs somebody in."""
    client = house.client()
    client.token = token_of(kind)
    return client


async def try_out(client: VenueClient, code: str = CODE, pin: str = "111112") -> str:
    """What a sign-in ends with; the client keeps showing what it showed."""
    shown = client.token
    try:
        await client.sign_in(code, pin)
    except (ServerRefused, Busy) as refused:
        return refused.code
    finally:
        client.token = shown
    return "in"


async def test_hammering_at_one_station_locks_nobody_out_at_another(house: ServedVenue) -> None:
    console, gate = station(house, "console"), station(house, "gate")
    assert await try_out(console, pin=PIN) == "in"
    for _ in range(40):
        await try_out(gate)
        house.clock.advance(60)
    assert await try_out(gate, pin=PIN) == "sign_in_blocked"
    assert await try_out(console, pin=PIN) == "in"
    # Nor at a station where this person never was.
    assert await try_out(station(house, "kiosk"), pin=PIN) == "in"


async def test_many_places_do_not_give_many_guesses(house: ServedVenue) -> None:
    """An attacker with a thousand addresses gets some twenty guesses, and then a few an hour."""
    assert await try_out(station(house, "console"), pin=PIN) == "in"
    database = house.server.database
    checked = 0
    for number in range(1000):
        try:
            await database.write(identity.begin_sign_in, CODE, f"address/{number}")
            checked += 1
        except identity.SignInBlocked:
            house.clock.advance(1)
    assert checked < 30
    # The person at their own place notices nothing.
    assert await try_out(station(house, "console"), pin=PIN) == "in"


async def test_known_and_unknown_codes_are_blocked_alike(house: ServedVenue) -> None:
    known = [await try_out(house.client(), CODE) for _ in range(8)]
    unknown = [await try_out(house.client(), "NOBODY") for _ in range(8)]
    empty = [await try_out(house.client(), "") for _ in range(8)]
    assert known == unknown == empty == ["wrong_pin"] * 5 + ["sign_in_blocked"] * 3
    await ask(house.client("manager"), "/staff/T-USHER", {"active": False})
    off = [await try_out(house.client(), "T-USHER", PIN) for _ in range(8)]
    assert off == known


async def test_known_and_unknown_codes_take_the_same_time(
    database: Database, clock: MovableClock
) -> None:
    """Paired, so that whatever else the machine does meets both."""
    pin_hash = identity.hash_pin(PIN)
    await database.write(identity.add_staff, "C01", "Lin", "cashier", pin_hash)

    async def took(code: str) -> float:
        started_s = time.perf_counter()
        known = await database.write(identity.begin_sign_in, code, "here")
        assert not identity.pin_matches("111112", known.pin_hash)
        return time.perf_counter() - started_s

    ratios = []
    for _ in range(21):
        clock.advance(1000)
        ratios.append(await took("C01") / await took("NOBODY"))
    assert 0.7 < statistics.median(ratios) < 1.4


async def test_hundred_wrong_pins_at_once_are_five_guesses(house: ServedVenue) -> None:
    """Also with the right one among them: what is checked is counted before it is checked."""
    pins = [f"{2 * number:06}" for number in range(500100, 500200)]
    told = Counter(await asyncio.gather(*(try_out(house.client(), CODE, pin) for pin in pins)))
    assert told["wrong_pin"] == 5
    assert set(told) <= {"wrong_pin", "sign_in_blocked", "busy"}
    assert told.total() == 100
    house.clock.advance(6)
    assert await try_out(house.client(), CODE, PIN) == "in"


async def test_what_is_typed_is_not_kept(house: ServedVenue) -> None:
    """People type their PIN into the field of the number."""
    await try_out(house.client(), "864209", "C01")

    def dump(view: View) -> str:
        return str([(row.who, row.origin) for row in SignInTryRow.select()])

    assert "864209" not in await house.server.database.read(dump)


async def test_block_is_told_and_written_down_once(house: ServedVenue) -> None:
    kinds: list[str] = []
    house.server.database.on_commit(lambda facts: kinds.extend(one.kind for one in facts))
    for _ in range(9):
        await try_out(house.client())
    assert kinds.count("identity.sign_in_blocked") == 1


async def test_failures_count_for_a_day(database: Database, clock: MovableClock) -> None:
    async def count() -> int:
        return await database.read(lambda _: SignInTryRow.select().count())

    for _ in range(4):
        await database.write(identity.begin_sign_in, "C01", "here")
    clock.advance(FORGET_AFTER.total_seconds() + 1)
    for _ in range(4):
        await database.write(identity.begin_sign_in, "C01", "here")
    here_and_everywhere = 2
    assert await count() == here_and_everywhere
    await database.write(forget_tries)
    assert await count() == here_and_everywhere
    clock.advance(FORGET_AFTER.total_seconds() + 1)
    await database.write(forget_tries)
    assert await count() == 0


async def test_last_administrator_waits_a_quarter_of_an_hour_at_most(house: ServedVenue) -> None:
    client = house.client()
    for _ in range(60):
        await try_out(client, "T-MANAGER")
        house.clock.advance(901)
    assert await try_out(client, "T-MANAGER", PIN) == "in"


# --- how much at once -------------------------------------------------------------------


async def test_address_that_floods_is_sent_away_and_comes_back(clock: MovableClock) -> None:
    gate = FloodGate(clock.seams)
    for _ in range(BURST):
        gate.enter("192.0.2.1")
    with pytest.raises(Busy):
        gate.enter("192.0.2.1")
    gate.enter("192.0.2.2")
    clock.advance(-3600)
    with pytest.raises(Busy):
        gate.enter("192.0.2.1")
    clock.advance(3602)
    gate.enter("192.0.2.1")
    for number in range(20_000):
        gate.enter(f"2001:db8::{number:x}")
    assert len(gate._buckets) < 5000


async def test_few_hashes_run_at_once_and_not_all_wait() -> None:
    bench, running, most = HashBench(), 0, 0

    async def one() -> str:
        nonlocal running, most
        try:
            async with bench.place():
                running += 1
                most = max(most, running)
                await asyncio.sleep(0.001)
                running -= 1
        except Busy:
            return "busy"
        return "done"

    told = Counter(await asyncio.gather(*(one() for _ in range(200))))
    assert most == CHECKED_AT_ONCE
    assert told == {"done": CHECKED_AT_ONCE + WAITING_MAX, "busy": 200 - told["done"]}
    assert await one() == "done"


async def test_who_is_sent_away_has_not_tried(
    house: ServedVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is too busy to check a PIN does not count it as wrong."""
    await try_out(house.client(), pin=PIN)
    monkeypatch.setattr(hashing, "WAITING_MAX", -CHECKED_AT_ONCE)
    for _ in range(10):
        assert await try_out(house.client()) == "busy"
    monkeypatch.undo()
    assert await try_out(house.client(), pin=PIN) == "in"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
    ],
)
def test_addresses_of_one_machine_are_one_place(address: str, network: str) -> None:
    assert network_of(address) == network


async def test_claimed_station_does_not_make_another_place(house: ServedVenue) -> None:
    async with aiohttp.ClientSession(house.address) as http:
        codes = []
        for number in range(8):
            body = {"code": CODE, "pin": "111112", "station": f"console-{number}"}
            async with http.post("/api/v1/sign-in", json=body) as response:
                codes.append((await response.json())["code"])
    assert codes == ["wrong_pin"] * 5 + ["sign_in_blocked"] * 3
