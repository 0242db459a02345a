"""The device host: threads, supervision, isolation of drivers that hang or crash, settings."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from venue_suite import device_host
from venue_suite.config import DeviceConfig
from venue_suite.device_host import DeviceFailed, DeviceHost, HostedHealth
from venue_suite.domain.errors import (
    DeviceUnavailable,
)
from venue_suite.ports import (
    CardEvent,
    DeviceHealth,
    DriverInfo,
    PaperState,
    Passage,
    PaymentState,
    PrintOutcome,
)


@dataclass
class Behaviour:
    """What the devices of a test do, shared by all that are made, and what was done to them."""

    is_present: bool = True
    answers: bool = False
    reason: str = ""
    hang: threading.Event | None = None
    log: list[tuple[str, str, object]] = field(default_factory=list)
    made: list[Any] = field(default_factory=list)

    def verbs(self) -> list[str]:
        return [verb for _, verb, _ in self.log]


class FakeDevice:
    """A device of any kind that writes down what it is asked, and in which thread."""

    def __init__(self, name: str, behaviour: Behaviour) -> None:
        self.name = name
        self.tell: Callable[[Any], None] | None = None
        self._behaviour = behaviour
        behaviour.made.append(self)

    def open(self, timeout_s: float) -> None:
        self._note("open")
        if not self._behaviour.is_present:
            raise DeviceUnavailable(device=self.name, reason="It is away.")

    def close(self) -> None:
        self._note("close")

    def health(self, timeout_s: float) -> DeviceHealth:
        present = self._behaviour.is_present and not self._behaviour.reason
        reason = self._behaviour.reason or ("" if present else "It is away.")
        facts = {"answers": True} if self._behaviour.answers else {}
        return DeviceHealth(ready=present, reason=reason, facts=facts)

    def listen(self, tell: Callable[[Any], None]) -> None:
        self._note("listen")
        self.tell = tell

    def work(self, value: object) -> object:
        self._note("work", value)
        return value

    def hang(self) -> None:
        self._note("hang")
        assert self._behaviour.hang is not None
        self._behaviour.hang.wait(20)

    def crash(self) -> None:
        raise ZeroDivisionError("a mistake in the driver")

    def refuse(self) -> None:
        raise DeviceUnavailable(device=self.name, reason="It says no.")

    print_raster = wait_passage = query = cancel = hang

    def _note(self, verb: str, value: object = None) -> None:
        self._behaviour.log.append((threading.current_thread().name, verb, value))


def fake_driver(behaviour: Behaviour, kind: str = "scanner") -> DriverInfo:
    return DriverInfo(
        name="fake",
        kind=kind,
        summary="for tests",
        settings={},
        make=lambda name, settings: FakeDevice(name, behaviour),
    )


@contextlib.asynccontextmanager
async def hosting(*names: str, driver: DriverInfo) -> AsyncIterator[DeviceHost]:
    configs = {name: DeviceConfig(driver="fake") for name in names}
    host = DeviceHost(configs, find=lambda name: driver)
    host.start()
    try:
        yield host
    finally:
        await host.stop()


async def until(condition: Callable[[], object], timeout_s: float = 5.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.005)
    return True


def is_ready(host: DeviceHost, name: str = "a") -> bool:
    return host.health()[name].health.ready


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_host, "RETRY_DELAYS_S", (0.02, 0.05))
    monkeypatch.setattr(device_host, "HEALTH_EVERY_S", 0.05)
    monkeypatch.setattr(device_host, "GRACE_S", 0.2)


@pytest.fixture(autouse=True)
async def no_thread_left() -> AsyncIterator[None]:
    before = set(threading.enumerate())
    yield
    assert await until(lambda: not set(threading.enumerate()) - before)


async def test_calls_run_in_the_devices_own_thread() -> None:
    behaviour = Behaviour()
    async with hosting("a", "b", driver=fake_driver(behaviour)) as host:
        assert await host.call("a", "work", 1, timeout_s=1.0) == 1
        assert await host.call("b", lambda device, n: device.work(n + 1), 1, timeout_s=1.0) == 2
    threads = {(thread, value) for thread, verb, value in behaviour.log if verb == "work"}
    assert threads == {("device-a", 1), ("device-b", 2)}
    assert behaviour.verbs().count("close") == 2


async def test_calls_of_one_device_keep_their_order() -> None:
    behaviour = Behaviour()
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        calls = (host.call("a", "work", number, timeout_s=2.0) for number in range(50))
        assert await asyncio.gather(*calls) == list(range(50))
    assert [value for _, verb, value in behaviour.log if verb == "work"] == list(range(50))


async def test_absent_device_is_opened_when_it_comes() -> None:
    behaviour = Behaviour(is_present=False)
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        assert await until(lambda: host.health()["a"].health.reason == "It is away.")
        with pytest.raises(DeviceUnavailable):
            await host.call("a", "work", 1, timeout_s=1.0)
        behaviour.is_present = True
        assert await until(lambda: is_ready(host))
        assert await host.call("a", "work", 2, timeout_s=1.0) == 2
    assert 1 not in [value for _, _, value in behaviour.log]


async def test_call_opens_a_device_that_has_come_back_without_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(device_host, "RETRY_DELAYS_S", (60.0,))
    behaviour = Behaviour(is_present=False)
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        assert await until(lambda: host.health()["a"].health.reason == "It is away.")
        behaviour.is_present = True
        assert await host.call("a", "work", 1, timeout_s=1.0) == 1


async def test_lost_device_is_closed_and_opened_anew() -> None:
    behaviour = Behaviour()
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        assert await until(lambda: is_ready(host))
        since = host.health()["a"].since
        behaviour.is_present = False
        assert await until(lambda: not is_ready(host))
        assert host.health()["a"].since > since
        behaviour.is_present = True
        assert await until(lambda: is_ready(host))
        assert host.health()["a"].opened == 2
    assert behaviour.verbs()[:2] == ["open", "listen"]
    assert behaviour.verbs().count("listen") == 2


async def test_device_that_answers_but_can_not_work_is_left_open() -> None:
    behaviour = Behaviour(answers=True)
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        assert await until(lambda: is_ready(host))
        behaviour.reason = "No paper."
        assert await until(lambda: host.health()["a"].health.reason == "No paper.")
        await asyncio.sleep(0.2)
        assert behaviour.verbs().count("open") == 1
        behaviour.reason = ""
        assert await until(lambda: is_ready(host))


async def test_hanging_driver_is_given_up_and_replaced() -> None:
    behaviour = Behaviour(hang=threading.Event())
    async with hosting("a", "b", driver=fake_driver(behaviour)) as host:
        assert await until(lambda: is_ready(host) and is_ready(host, "b"))
        started_s = time.monotonic()
        with pytest.raises(DeviceFailed):
            await host.call("a", "hang", timeout_s=0.2)
        assert time.monotonic() - started_s < 1.0
        assert host.health()["a"].failures == 1
        assert await host.call("b", "work", 1, timeout_s=1.0) == 1
        assert await host.call("a", "work", 2, timeout_s=1.0) == 2
        assert await until(lambda: is_ready(host))
        assert len(behaviour.made) == 3
        assert behaviour.hang is not None
        behaviour.hang.set()
        # The old driver object is closed by its own thread, once that comes back.
        assert await until(lambda: "close" in behaviour.verbs())


@pytest.mark.parametrize(
    ("method", "outcome"),
    [
        ("print_raster", PrintOutcome.DOUBTFUL),
        ("wait_passage", Passage.UNKNOWN),
        ("query", PaymentState.UNKNOWN),
        ("cancel", PaymentState.UNKNOWN),
    ],
)
async def test_hanging_call_has_an_unknown_outcome_not_a_refusal(
    method: str, outcome: object
) -> None:
    behaviour = Behaviour(hang=threading.Event())
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        assert await until(lambda: is_ready(host))
        assert await host.call("a", method, timeout_s=0.1) is outcome
        assert behaviour.hang is not None
        behaviour.hang.set()


async def test_crashing_driver_is_given_up_and_replaced(caplog: pytest.LogCaptureFixture) -> None:
    behaviour = Behaviour()
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        assert await until(lambda: is_ready(host))
        with pytest.raises(DeviceFailed):
            await host.call("a", "crash", timeout_s=1.0)
        assert "a mistake in the driver" in caplog.text
        assert await host.call("a", "work", 1, timeout_s=1.0) == 1
        assert host.health()["a"].failures == 1
        assert await until(lambda: "close" in behaviour.verbs())


async def test_refusal_of_a_device_is_no_failure() -> None:
    behaviour = Behaviour()
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        with pytest.raises(DeviceUnavailable, match="It says no"):
            await host.call("a", "refuse", timeout_s=1.0)
        assert host.health()["a"].failures == 0
        assert len(behaviour.made) == 1


async def test_call_that_waited_too_long_is_never_made() -> None:
    behaviour = Behaviour(hang=threading.Event())
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        assert await until(lambda: is_ready(host))
        assert behaviour.hang is not None
        hanging = asyncio.create_task(host.call("a", "hang", timeout_s=5.0))
        assert await until(lambda: "hang" in behaviour.verbs())
        with pytest.raises(DeviceUnavailable) as refusal:
            await host.call("a", "work", "late", timeout_s=0.1)
        assert refusal.value.params["reason"] == device_host.BUSY
        behaviour.hang.set()
        await hanging
        assert await host.call("a", "work", "new", timeout_s=1.0) == "new"
    assert "late" not in [value for _, _, value in behaviour.log]


async def test_call_whose_caller_went_away_is_never_made() -> None:
    behaviour = Behaviour(hang=threading.Event())
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        assert await until(lambda: is_ready(host))
        assert behaviour.hang is not None
        hanging = asyncio.create_task(host.call("a", "hang", timeout_s=5.0))
        assert await until(lambda: "hang" in behaviour.verbs())
        waiting = asyncio.create_task(host.call("a", "work", "gone", timeout_s=5.0))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        behaviour.hang.set()
        await hanging
        await host.call("a", "work", "new", timeout_s=1.0)
    assert "gone" not in [value for _, _, value in behaviour.log]


async def test_urgent_call_does_not_wait_for_the_one_before() -> None:
    behaviour = Behaviour(hang=threading.Event())
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        assert await until(lambda: is_ready(host))
        hanging = asyncio.create_task(host.call("a", "hang", timeout_s=5.0))
        assert await until(lambda: "hang" in behaviour.verbs())
        assert await host.call("a", "work", 1, timeout_s=1.0, urgent=True) == 1
        assert not hanging.done()
        assert behaviour.hang is not None
        behaviour.hang.set()
        await hanging


async def test_device_that_is_not_configured() -> None:
    async with hosting("a", driver=fake_driver(Behaviour())) as host:
        with pytest.raises(DeviceUnavailable) as refusal:
            await host.call("nothing", "work", 1, timeout_s=1.0)
    assert refusal.value.params == {"device": "nothing", "reason": device_host.NOT_CONFIGURED}


async def test_events_come_in_the_loop_and_end_on_request() -> None:
    behaviour = Behaviour()
    seen: list[tuple[str, str, str]] = []
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        end = host.on_code(
            lambda name, code: seen.append((threading.current_thread().name, name, code))
        )
        assert await until(lambda: is_ready(host))
        threading.Thread(target=behaviour.made[0].tell, args=("C1",)).start()
        assert await until(lambda: seen)
        end()
        behaviour.made[0].tell("C2")
        await asyncio.sleep(0.05)
    assert seen == [(threading.main_thread().name, "a", "C1")]


async def test_events_of_an_abandoned_device_are_nobodys() -> None:
    behaviour = Behaviour()
    seen: list[str] = []
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        host.on_code(lambda name, code: seen.append(code))
        assert await until(lambda: is_ready(host))
        with pytest.raises(DeviceFailed):
            await host.call("a", "crash", timeout_s=1.0)
        assert await until(lambda: len(behaviour.made) == 2 and behaviour.made[1].tell)
        behaviour.made[0].tell("OLD")
        behaviour.made[1].tell("NEW")
        assert await until(lambda: seen)
    assert seen == ["NEW"]


async def test_flood_of_events_is_cut_off() -> None:
    behaviour = Behaviour()
    seen: list[str] = []
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        host.on_code(lambda name, code: seen.append(code))
        assert await until(lambda: is_ready(host))
        for number in range(10_000):  # the loop can't run meanwhile
            behaviour.made[0].tell(str(number))
        assert await until(lambda: len(seen) == device_host.EVENTS_WAITING_MAX)
        behaviour.made[0].tell("later")
        assert await until(lambda: seen[-1] == "later")


async def test_health_is_told_when_it_changes_only() -> None:
    behaviour = Behaviour()
    told: list[HostedHealth] = []
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        host.on_health(told.append)
        assert await until(lambda: is_ready(host))
        await asyncio.sleep(0.2)
        behaviour.is_present = False
        assert await until(lambda: not is_ready(host))
    assert [(one.health.ready, one.health.reason) for one in told] == [
        (True, ""),
        (False, "It is away."),
        (False, device_host.STOPPED),
    ]


async def test_first_is_the_first_of_its_kind() -> None:
    async with hosting("x", "y", driver=fake_driver(Behaviour(), "gate")) as host:
        assert host.first("gate") == "x"
        assert host.names("gate") == ["x", "y"]
        assert host.first("printer") is None


async def test_stop_leaves_a_hanging_device_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_host, "CLOSE_TIMEOUT_S", 0.2)
    behaviour = Behaviour(hang=threading.Event())
    started_s = time.monotonic()
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        assert await until(lambda: is_ready(host))
        hanging = asyncio.create_task(host.call("a", "hang", timeout_s=30.0))
        assert await until(lambda: "hang" in behaviour.verbs())
    assert time.monotonic() - started_s < 2.0
    assert behaviour.hang is not None
    behaviour.hang.set()
    await hanging
    assert await until(lambda: behaviour.verbs()[-1] == "close")


async def test_long_call_does_not_make_a_device_unhealthy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_host, "HEALTH_TIMEOUT_S", 0.0)
    behaviour = Behaviour(hang=threading.Event())
    told: list[HostedHealth] = []
    async with hosting("a", driver=fake_driver(behaviour)) as host:
        assert await until(lambda: is_ready(host))
        host.on_health(told.append)
        hanging = asyncio.create_task(host.call("a", "hang", timeout_s=5.0))
        await asyncio.sleep(1.0)
        assert behaviour.hang is not None
        behaviour.hang.set()
        await hanging
        assert told == []


# --- with the simulated devices ----------------------------------------------------------------


async def test_simulated_devices_under_the_host() -> None:
    configs = {
        "ticket_printer": DeviceConfig(driver="simulated_printer"),
        "door": DeviceConfig(driver="simulated_gate", settings={"walk_after_s": 0.1}),
        "scanner": DeviceConfig(driver="simulated_scanner"),
        "cards": DeviceConfig(driver="simulated_card_reader"),
    }
    host = DeviceHost(configs)
    codes: list[str] = []
    cards: list[CardEvent] = []
    host.start()
    host.on_code(lambda name, code: codes.append(code))
    host.on_card(lambda name, event: cards.append(event))
    try:
        assert await until(lambda: all(is_ready(host, name) for name in configs))
        await host.call("scanner", lambda device: device.scan("T-1"), timeout_s=3.0)
        await host.call("cards", lambda device: device.tap("04ab"), timeout_s=3.0)
        await host.call("door", "unlock", 0.1, 1.0, timeout_s=2.0)
        assert await host.call("door", "wait_passage", 2.0, timeout_s=3.0) is Passage.PASSED
        assert await until(lambda: codes and cards)
        assert (codes, cards) == (["T-1"], [CardEvent("04AB")])

        def run_out(device: Any) -> None:
            device.server.faults.paper = PaperState.OUT

        await host.call("ticket_printer", run_out, timeout_s=1.0)
        assert await until(
            lambda: host.health()["ticket_printer"].health.reason == "The printer has no paper."
        )
        assert host.health()["ticket_printer"].opened == 1
        await host.call("door", lambda device: device.unplug(), timeout_s=3.0)
        assert await until(lambda: not is_ready(host, "door"))
        await host.call("door", lambda device: device.server.start(), timeout_s=5.0, urgent=True)
    finally:
        await host.stop()


async def test_release_through_the_host_takes_less_than_50_ms() -> None:
    configs = {"door": DeviceConfig(driver="simulated_gate", settings={"walks": False})}
    host = DeviceHost(configs)
    host.start()
    took_ms = []
    try:
        assert await until(lambda: is_ready(host, "door"))
        for _ in range(200):
            started_s = time.perf_counter()
            await host.call("door", "unlock", 0.005, 1.0, timeout_s=2.0)
            took_ms.append((time.perf_counter() - started_s) * 1000)
    finally:
        await host.stop()
    assert statistics.quantiles(took_ms, n=100)[98] < 50
