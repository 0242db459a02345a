"""The Modbus gate against pymodbus's server with a simulated turnstile behind it."""

from __future__ import annotations

import asyncio
import os
import statistics
import threading
import time
import tty
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymodbus.client import ModbusTcpClient
from pymodbus.framer import FramerType
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice
from venue_devices import reasons
from venue_devices.gates.modbus_relay import driver
from venue_devices.simulated import gate as simulated
from venue_devices.simulated.gate import GateServer
from venue_devices.simulated.loop_server import LoopThread, cancel_other_tasks

from venue_suite.domain.errors import ConfigInvalid, DeviceUnavailable
from venue_suite.ports import Passage

MakeDevice = Callable[..., Any]
WaitUntil = Callable[..., bool]


@pytest.fixture
def server() -> Iterator[GateServer]:
    server = GateServer()
    server.turnstile.faults.walk_after_s = 0.1
    server.turnstile.faults.sensor_pulse_s = 0.1
    server.start()
    yield server
    server.stop()


@pytest.fixture
def gate(server: GateServer, make_device: MakeDevice) -> Any:
    return make_device(driver, host="127.0.0.1", port=server.port)


def read_by_another_client(port: int, coil: int = 0) -> bool:
    client = ModbusTcpClient("127.0.0.1", port=port, timeout=2)
    try:
        assert client.connect()  # type: ignore[no-untyped-call]
        return bool(client.read_coils(coil, device_id=1).bits[0])
    finally:
        client.close()  # type: ignore[no-untyped-call]


def test_release_pulses_the_relay_and_sees_the_passage(
    server: GateServer, gate: Any, wait_until: WaitUntil
) -> None:
    gate.unlock(0.3, 1.0)
    assert read_by_another_client(server.port)
    assert gate.wait_passage(3.0) is Passage.PASSED
    assert wait_until(lambda: not read_by_another_client(server.port), 1.0)
    assert server.turnstile.release_count == 1


def test_nobody_goes(server: GateServer, gate: Any) -> None:
    server.turnstile.faults.walks = False
    gate.unlock(0.1, 1.0)
    started_s = time.monotonic()
    assert gate.wait_passage(0.4) is Passage.TIMED_OUT
    assert 0.35 < time.monotonic() - started_s < 0.8


def test_wait_may_be_cut_into_slices(server: GateServer, gate: Any) -> None:
    server.turnstile.faults.walk_after_s = 0.5
    gate.unlock(0.1, 1.0)
    outcomes = [gate.wait_passage(0.2)]
    while outcomes[-1] is Passage.TIMED_OUT and len(outcomes) < 10:
        outcomes.append(gate.wait_passage(0.2))
    assert outcomes[0] is Passage.TIMED_OUT
    assert outcomes[-1] is Passage.PASSED


def test_passage_before_anybody_waits_is_not_lost(server: GateServer, gate: Any) -> None:
    server.turnstile.faults.walk_after_s = 0.02
    gate.unlock(0.1, 1.0)
    time.sleep(0.4)
    started_s = time.monotonic()
    assert gate.wait_passage(2.0) is Passage.PASSED
    assert time.monotonic() - started_s < 0.1


def test_each_release_counts_its_own_passage(server: GateServer, gate: Any) -> None:
    # One person is out of the sensor long before the next one comes.
    server.turnstile.faults.walk_after_s = 0.4
    for _ in range(3):
        gate.unlock(0.05, 1.0)
        assert gate.wait_passage(2.0) is Passage.PASSED


def test_new_pulse_is_not_cut_by_the_end_of_the_old_one(server: GateServer, gate: Any) -> None:
    server.turnstile.faults.walks = False
    gate.unlock(0.20, 1.0)
    time.sleep(0.15)
    gate.unlock(0.40, 1.0)
    time.sleep(0.2)  # the first pulse would be over
    assert server.is_relay_on
    time.sleep(0.4)
    assert not server.is_relay_on


def test_board_ends_its_own_pulse_when_the_program_dies(
    server: GateServer, make_device: MakeDevice
) -> None:
    gate = make_device(driver, host="127.0.0.1", port=server.port, pulse="board")
    gate.unlock(0.3, 1.0)
    gate.close()
    assert server.is_relay_on
    time.sleep(0.45)
    assert not server.is_relay_on


def test_relay_that_a_dead_program_left_on_is_switched_off(
    server: GateServer, make_device: MakeDevice
) -> None:
    server.turnstile.set_relay(True, time.monotonic())
    make_device(driver, host="127.0.0.1", port=server.port)
    assert not server.is_relay_on


def test_close_ends_a_pulse(server: GateServer, gate: Any) -> None:
    gate.unlock(30.0, 1.0)
    gate.close()
    assert not server.is_relay_on


def test_counter_alone_is_enough(server: GateServer, make_device: MakeDevice) -> None:
    settings = {"passed_input": -1, "passed_counter": 0}
    gate = make_device(driver, host="127.0.0.1", port=server.port, **settings)
    gate.unlock(0.1, 1.0)
    assert gate.wait_passage(2.0) is Passage.PASSED


def test_gate_without_sensor_does_not_know(server: GateServer, make_device: MakeDevice) -> None:
    gate = make_device(driver, host="127.0.0.1", port=server.port, passed_input=-1)
    gate.unlock(0.1, 1.0)
    started_s = time.monotonic()
    assert gate.wait_passage(2.0) is Passage.UNKNOWN
    assert time.monotonic() - started_s < 0.2


def test_stuck_sensor_is_reported(server: GateServer, gate: Any) -> None:
    server.turnstile.faults.sensor_stuck = True
    gate.unlock(0.1, 1.0)
    assert gate.wait_passage(0.3) is Passage.UNKNOWN
    health = gate.health(1.0)
    assert (health.ready, health.reason) == (False, reasons.SENSOR_STUCK)
    server.turnstile.faults.sensor_stuck = None
    assert gate.health(1.0).ready


def test_inverted_sensor(server: GateServer, make_device: MakeDevice) -> None:
    server.turnstile.faults.walks = False
    server.turnstile.faults.sensor_stuck = True  # a light barrier that nobody interrupts
    gate = make_device(driver, host="127.0.0.1", port=server.port, passed_input_inverted=True)
    gate.unlock(0.1, 1.0)
    assert gate.wait_passage(0.2) is Passage.TIMED_OUT
    gate.unlock(0.1, 1.0)
    threading.Timer(0.1, lambda: setattr(server.turnstile.faults, "sensor_stuck", False)).start()
    assert gate.wait_passage(2.0) is Passage.PASSED


def test_emergency_does_not_wait_for_a_visitor(server: GateServer, gate: Any) -> None:
    server.turnstile.faults.walks = False
    gate.unlock(0.1, 1.0)
    waiting = threading.Thread(target=gate.wait_passage, args=(2.0,))
    waiting.start()
    started_s = time.monotonic()
    gate.hold_open(True, 1.0)
    assert time.monotonic() - started_s < 0.2
    assert server.is_relay_on
    time.sleep(0.3)  # the pulse that ran must not close it
    assert server.is_relay_on
    gate.hold_open(False, 1.0)
    assert not server.is_relay_on
    waiting.join()


def test_emergency_survives_a_power_cut_of_the_board(
    server: GateServer, gate: Any, wait_until: WaitUntil
) -> None:
    gate.hold_open(True, 1.0)
    server.stop()
    assert not server.is_relay_on
    server.start()
    assert wait_until(lambda: server.is_relay_on, 3.0)


def test_emergency_that_fails_at_first_is_repeated(
    server: GateServer, gate: Any, wait_until: WaitUntil
) -> None:
    server.stop()
    with pytest.raises(DeviceUnavailable):
        gate.hold_open(True, 0.5)
    server.start()
    assert wait_until(lambda: server.is_relay_on, 3.0)


def test_unlock_that_failed_opens_nothing_later(server: GateServer, gate: Any) -> None:
    server.stop()
    with pytest.raises(DeviceUnavailable):
        gate.unlock(0.5, 0.5)
    server.start()
    time.sleep(0.5)
    assert server.turnstile.release_count == 0
    assert gate.health(1.0).ready


def test_lost_board_in_the_wait_is_unknown_and_comes_back(server: GateServer, gate: Any) -> None:
    server.turnstile.faults.walks = False
    gate.unlock(0.1, 1.0)
    threading.Timer(0.1, server.stop).start()
    assert gate.wait_passage(0.8) is Passage.UNKNOWN
    server.start()
    server.turnstile.faults.walks = True
    gate.unlock(0.1, 1.0)
    assert gate.wait_passage(2.0) is Passage.PASSED


def test_counter_tells_what_happened_while_the_board_was_away(
    server: GateServer, make_device: MakeDevice
) -> None:
    gate = make_device(driver, host="127.0.0.1", port=server.port, passed_counter=0)
    server.turnstile.faults.walk_after_s = 0.3
    server.turnstile.faults.sensor_pulse_s = 0.05
    gate.unlock(0.1, 1.0)
    server.stop()  # its counter goes on: it is the turnstile's own
    time.sleep(0.6)
    server.start()
    assert gate.wait_passage(2.0) is Passage.PASSED


def test_slow_board_is_unavailable_within_its_timeout(server: GateServer, gate: Any) -> None:
    server.turnstile.faults.answer_delay_s = 1.5
    started_s = time.monotonic()
    with pytest.raises(DeviceUnavailable) as refusal:
        gate.unlock(0.3, 0.3)
    assert time.monotonic() - started_s < 1.0
    assert refusal.value.params["reason"] in (reasons.LATE, reasons.LOST)
    server.turnstile.faults.answer_delay_s = 0.0


def test_late_answer_is_not_taken_for_the_next_one(server: GateServer, gate: Any) -> None:
    server.turnstile.faults.answer_delay_s = 0.3
    assert not gate.health(0.1).ready
    server.turnstile.faults.answer_delay_s = 0.0
    for _ in range(5):
        assert gate.health(1.0).ready


def test_wrong_address_is_refused_clearly(server: GateServer, make_device: MakeDevice) -> None:
    gate = make_device(driver, opened=False, host="127.0.0.1", port=server.port, coil=4000)
    with pytest.raises(DeviceUnavailable) as refusal:
        gate.open(1.0)
    assert refusal.value.params["reason"] == reasons.REFUSED


def test_release_takes_less_than_50_ms(server: GateServer, gate: Any) -> None:
    server.turnstile.faults.walks = False
    took_ms = []
    for _ in range(200):
        started_s = time.perf_counter()
        gate.unlock(0.005, 1.0)
        took_ms.append((time.perf_counter() - started_s) * 1000)
    assert statistics.quantiles(took_ms, n=100)[98] < 50
    assert statistics.median(took_ms) < 10


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, "host and serial_port"),
        ({"host": "a", "serial_port": "/dev/ttyS0"}, "host and serial_port"),
        ({"host": "a", "pulse": "both"}, "pulse"),
    ],
)
def test_settings_that_contradict_each_other(
    make_device: MakeDevice, settings: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConfigInvalid, match=named):
        make_device(driver, opened=False, **settings)


class SerialBoard:
    """pymodbus's RTU server on one end of a pair of ptys."""

    def __init__(self) -> None:
        self.writes: list[tuple[int, list[Any]]] = []
        ends = [os.openpty(), os.openpty()]
        self._fds = [fd for pair in ends for fd in pair]
        for fd in self._fds:
            tty.setraw(fd)
        self.path = os.ttyname(ends[1][1])
        self._board_path = os.ttyname(ends[0][1])
        self._wire = (ends[0][0], ends[1][0])
        self._thread = LoopThread("serial-board")
        self._thread.call(self._start())

    async def _start(self) -> None:
        loop = asyncio.get_running_loop()
        for this, other in (self._wire, self._wire[::-1]):
            loop.add_reader(this, self._carry, this, other)
        bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
        words = [SimData(0, count=4, values=0, datatype=DataType.REGISTERS)]
        device = SimDevice(7, simdata=(bits, [*bits], words, [*words]), action=self._note)
        self._server = ModbusSerialServer(
            device, port=self._board_path, baudrate=9600, framer=FramerType.RTU
        )
        await self._server.serve_forever(background=True)

    @staticmethod
    def _carry(this: int, other: int) -> None:
        os.write(other, os.read(this, 4096))

    async def _note(self, function: int, *details: Any) -> None:
        if details[-1] is not None:
            self.writes.append((function, list(details[-1])))

    async def _stop(self) -> None:
        loop = asyncio.get_running_loop()
        for fd in self._wire:
            loop.remove_reader(fd)
        await self._server.shutdown()  # type: ignore[no-untyped-call]
        await cancel_other_tasks()

    def stop(self) -> None:
        self._thread.call(self._stop())
        self._thread.stop()
        for fd in self._fds:
            os.close(fd)


def test_gate_on_a_serial_line(make_device: MakeDevice, wait_until: WaitUntil) -> None:
    board = SerialBoard()
    try:
        gate = make_device(driver, serial_port=board.path, unit=7, coil=1)
        gate.unlock(0.1, 2.0)
        assert wait_until(lambda: len(board.writes) == 2)
        gate.close()
        assert board.writes == [(5, [True]), (5, [False])]
    finally:
        board.stop()


def test_twin_has_people_who_walk(make_device: MakeDevice) -> None:
    gate = make_device(simulated.driver, walk_after_s=0.1)
    gate.unlock(0.2, 1.0)
    assert gate.wait_passage(2.0) is Passage.PASSED
