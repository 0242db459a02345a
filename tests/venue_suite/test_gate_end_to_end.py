"""From the code before the scanner to the relay of the turnstile, with a real server between."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from venue_devices.simulated.gate import GateServer
from venue_devices.simulated.scanner import ScannerServer

from tests.venue_suite.gate_world import OTHER_KEY, World, make_world, switched_off_at_end
from venue_suite.gate import wording
from venue_suite.gate.events import EmergencyBegan, EmergencyEnded
from venue_suite.gate.lane import State
from venue_suite.gate.program import Timings


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    with switched_off_at_end(await make_world(tmp_path)) as one:
        yield one


async def test_ticket_opens_the_gate_and_the_passage_is_reported(world: World) -> None:
    async with world.controller() as controller:
        ready = await world.told.wait("ready")
        assert (ready["lane"], ready["server"]) == ("main", world.venue.address)
        told = await world.scan(world.codes[0])
        assert world.turnstile.is_relay_on
        assert (told["result"], told["code"]) == ("allowed", "")
        assert told["reason"] == {"zh": "欢迎入场", "en": "Welcome"}
        assert controller.lane.state is State.UNLOCKED
        passage = await world.told.wait("passage")
        assert passage == {
            "event": "passage",
            "scan_id": told["scan_id"],
            "outcome": "passed",
        }
        await world.until(lambda: not world.turnstile.is_relay_on)
        await until_told(world)
    assert world.turnstile.turnstile.release_count == 1
    (scan,) = await world.scans_at_server()
    assert (scan.result, scan.passage, scan.lane) == ("allowed", "passed", "main")


async def test_copy_is_refused_and_the_gate_stays_shut(world: World) -> None:
    async with world.controller() as controller:
        await world.told.wait("ready")
        await world.scan(world.codes[0])
        await world.told.wait("passage")
        copy = await world.scan(world.codes[0])
        assert (copy["result"], copy["code"]) == ("refused", "A-01")
        assert copy["reason"] == {
            "zh": "此票已于 19:30 从正门入场",
            "en": "Already used at 19:30 at Main",
        }
        assert {"event": "decision", **world.told.last_decision} == copy
        assert controller.lane.state is State.REFUSED
        await world.until(lambda: controller.lane.state is State.WAITING)
    assert world.turnstile.turnstile.release_count == 1


async def test_garbage_never_reaches_the_server(world: World) -> None:
    async with world.controller():
        await world.told.wait("ready")
        for code, reason in (
            ("6901234567892", "This code is not a ticket."),
            (world.codes[0][:-1], "This code is not a ticket."),
            (world.codes[0][:80] + "AAA" + world.codes[0][83:], "This code is not a ticket."),
        ):
            told = await world.scan(code)
            assert (told["result"], told["code"], told["scan_id"]) == ("refused", "A-09", 0)
            assert told["reason"]["en"] == reason
            assert told["reason"]["zh"] == "这个码不是门票。"
    assert await world.scans_at_server() == []
    assert world.turnstile.turnstile.release_count == 0


async def test_visitor_who_did_not_walk_may_come_again(world: World) -> None:
    world.turnstile.turnstile.faults.walks = False
    async with world.controller(Timings(pulse_s=0.2, passage_s=0.5, refused_s=0.2)):
        await world.told.wait("ready")
        await world.scan(world.codes[0])
        assert (await world.told.wait("passage"))["outcome"] == "timed_out"
        world.turnstile.turnstile.faults.walks = True
        assert (await world.scan(world.codes[0]))["result"] == "allowed"
        assert (await world.told.wait("passage", 2))["outcome"] == "passed"
        await until_told(world)
    assert [scan.passage for scan in await world.scans_at_server()] == ["passed", "timed_out"]


async def test_two_visitors_in_quick_order(world: World) -> None:
    """The second shows his ticket while the first walks; both get in, one after the other."""
    async with world.controller():
        await world.told.wait("ready")
        await asyncio.to_thread(world.scanner.scan, world.codes[0])
        await world.until(lambda: world.turnstile.is_relay_on)
        await asyncio.to_thread(world.scanner.scan, world.codes[1])
        await world.told.wait("decision", 2)
        await world.told.wait("passage", 2)
    assert [one["result"] for one in world.told.of("decision")] == ["allowed"] * 2
    assert world.turnstile.turnstile.release_count == 2


async def test_killed_server_is_noticed_and_its_return_too(world: World) -> None:
    async with world.controller() as controller:
        await world.told.wait("ready")
        world.venue.kill()
        away = await world.scan(world.codes[0])
        assert (away["result"], away["code"], away["scan_id"]) == ("refused", "", 0)
        assert away["reason"] == wording.SERVER_AWAY
        await world.told.wait("state", 2)
        assert not controller.lane.is_online
        at_once = await world.scan(world.codes[1])
        assert at_once["reason"] == wording.SERVER_AWAY
        assert at_once["latency_ms"] < 500
        assert world.turnstile.turnstile.release_count == 0
        await asyncio.to_thread(world.venue.start)
        back = await world.told.wait("state", 3)
        assert back["online"] is True
        assert (await world.scan(world.codes[0]))["result"] == "allowed"
        assert (await world.scan(world.codes[1]))["result"] == "allowed"


async def test_passage_is_reported_when_the_server_is_back(world: World) -> None:
    world.turnstile.turnstile.faults.walk_after_s = 0.5
    async with world.controller():
        await world.told.wait("ready")
        await world.scan(world.codes[0])
        world.venue.kill()
        assert (await world.told.wait("passage"))["outcome"] == "passed"
        await asyncio.to_thread(world.venue.start)
        await world.told.wait("state", 3)
        (scan,) = await world.scans_at_server()
        assert (scan.result, scan.passage) == ("allowed", "passed")


async def test_question_without_an_answer_is_settled(world: World) -> None:
    """The frozen server counts the entry after all, when it wakes up; the gate gives it back."""
    async with world.controller() as controller:
        await world.told.wait("ready")
        await world.until(lambda: controller.lane.is_online)
        world.venue.freeze(is_frozen=True)
        try:
            away = await world.scan(world.codes[0])
            assert away["reason"] == wording.SERVER_AWAY
            assert 1000 < away["latency_ms"] < 2500
        finally:
            world.venue.freeze(is_frozen=False)
        await world.told.wait("state", 3)
        (scan,) = await world.scans_at_server()
        assert (scan.result, scan.passage) == ("allowed", "timed_out")
        assert world.turnstile.turnstile.release_count == 0
        assert (await world.scan(world.codes[0]))["result"] == "allowed"


async def test_gate_without_power_keeps_the_right_and_comes_back(world: World) -> None:
    async with world.controller():
        await world.told.wait("ready")
        await asyncio.to_thread(world.turnstile.stop)
        stuck = await world.scan(world.codes[0])
        assert (stuck["result"], stuck["reason"]) == ("refused", wording.GATE_STUCK)
        assert (await world.told.wait("passage"))["outcome"] == "timed_out"
        await asyncio.to_thread(world.turnstile.start)
        await world.until(lambda: world.told.of("device")[-1]["ready"] is True)
        assert (await world.scan(world.codes[0]))["result"] == "allowed"
        assert (await world.told.wait("passage", 2))["outcome"] == "passed"


async def test_scanner_that_was_unplugged_reads_again(world: World) -> None:
    async with world.controller():
        await world.told.wait("ready")
        await asyncio.to_thread(world.scanner.stop)
        await asyncio.to_thread(world.scanner.start)
        assert await asyncio.to_thread(world.scanner.wait_connected, 5.0)
        assert (await world.scan(world.codes[0]))["result"] == "allowed"


async def test_emergency_holds_the_gate_open_even_without_the_server(world: World) -> None:
    async with world.controller() as controller:
        await world.told.wait("ready")
        await world.scan(world.codes[0])  # a passage is under way
        world.venue.kill()
        controller.handle(EmergencyBegan())
        await world.told.wait("passage")
        await asyncio.to_thread(world.scanner.scan, world.codes[1])
        await asyncio.sleep(0.5)  # longer than the pulse that let the first one in
        assert world.turnstile.is_relay_on
        assert len(world.told.of("decision")) == 1
        assert world.told.of("state")[-1]["state"] == "emergency"
        controller.handle(EmergencyEnded())
        await world.until(lambda: not world.turnstile.is_relay_on)
        assert world.told.of("state")[-1]["state"] == "offline"


async def test_gate_that_comes_back_in_an_emergency_is_opened_again(world: World) -> None:
    async with world.controller() as controller:
        await world.told.wait("ready")
        controller.handle(EmergencyBegan())
        await world.until(lambda: world.turnstile.is_relay_on)
        await asyncio.to_thread(world.turnstile.stop)
        await asyncio.to_thread(world.turnstile.start)
        assert not world.turnstile.is_relay_on
        await world.until(lambda: world.turnstile.is_relay_on)


async def test_two_gates_let_a_ticket_in_once(world: World) -> None:
    """The same paper at two lanes at the same moment."""
    other = World(world.venue, ScannerServer(), GateServer(), world.codes)
    other.scanner.start()
    other.turnstile.start()
    try:
        async with (
            world.controller(),
            other.controller(name="gate-2", key=OTHER_KEY, lane="side"),
        ):
            await asyncio.gather(world.told.wait("ready"), other.told.wait("ready"))
            told = await asyncio.gather(world.scan(world.codes[0]), other.scan(world.codes[0]))
            assert sorted(one["result"] for one in told) == ["allowed", "refused"]
    finally:
        other.scanner.stop()
        other.turnstile.stop()


async def test_relay_is_on_within_fifty_milliseconds(world: World) -> None:
    world.turnstile.turnstile.faults.walk_after_s = 0.05
    world.turnstile.turnstile.faults.sensor_pulse_s = 0.05
    async with world.controller(Timings(pulse_s=0.05)):
        await world.told.wait("ready")
        latencies = []
        for number, code in enumerate(world.codes, 1):
            latencies.append((await world.scan(code))["latency_ms"])
            await world.told.wait("passage", number)
            await asyncio.sleep(0.2)  # the relay must have been off in between
    assert statistics.median(latencies) < 50, latencies


async def until_told(world: World) -> None:
    """The server knows of the last passage."""
    for _ in range(200):
        scans = await world.scans_at_server()
        if scans and scans[0].passage != "waiting":
            return
        await asyncio.sleep(0.02)
    raise AssertionError(scans)
