"""Simulated twin of `modbus_relay`: the real driver against a relay board that is a program.

| address | Modbus table | what |
|---|---|---|
| 0 | coils | relay that releases the turnstile |
| 0 | discrete inputs | passage sensor |
| 0 | holding registers | write tenths of a second: the board pulses the relay itself |
| 0 | input registers | passages, counted |
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from venue_devices.gates.modbus_relay import ModbusRelayGate
from venue_devices.gates.modbus_relay import driver as real_driver
from venue_devices.gates.modbus_relay import make as make_real
from venue_devices.simulated.loop_server import LoopServer, settle, stop_accepting
from venue_devices.simulated.turnstile import Turnstile
from venue_devices.simulated.twin import Twin
from venue_suite.ports import DriverInfo, Passage

READ_COILS, READ_INPUTS, READ_COUNTERS = 1, 2, 4
WRITE_COIL, WRITE_REGISTER = 5, 6

logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)


class GateServer(LoopServer):
    """A relay board with a turnstile on a Modbus TCP port, unit 1.

    Attributes:
        turnstile: its mechanics; `turnstile.faults` may be changed at any time.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__("simulated-gate", host, port)
        self.turnstile = Turnstile()
        self._server: ModbusTcpServer | None = None

    @property
    def is_relay_on(self) -> bool:
        return self.turnstile.is_relay_on(time.monotonic())

    def walk(self) -> None:
        """Somebody goes through now."""
        self.turnstile.walk(time.monotonic())

    async def _listen(self) -> None:
        bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
        registers = [SimData(0, count=4, values=0, datatype=DataType.REGISTERS)]
        tables = (bits, [*bits], registers, [*registers])
        device = SimDevice(1, simdata=tables, action=self._serve)
        self._server = ModbusTcpServer(device, address=(self.host, self.port))
        try:
            await self._server.serve_forever(background=True)
        except RuntimeError as error:  # the library's word for a port that is taken
            raise OSError(f"can't listen on {self.host}:{self.port}") from error
        transport = self._server.transport
        assert isinstance(transport, asyncio.Server)
        self._sockets = transport.sockets
        self.port = self._sockets[0].getsockname()[1]

    async def _hang_up(self) -> None:
        assert self._server is not None
        self.turnstile.set_relay(False, time.monotonic())  # without power it falls
        await stop_accepting(self._sockets)
        await self._server.shutdown()  # type: ignore[no-untyped-call]  # of the library
        await settle()

    async def _serve(
        self,
        function: int,
        start: int,
        address: int,
        count: int,
        current: list[int],
        values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        """Called by the library at each request, before it reads or writes `current`."""
        if self.turnstile.faults.answer_delay_s:
            await asyncio.sleep(self.turnstile.faults.answer_delay_s)
        now_s = time.monotonic()
        if values is not None:
            if function == WRITE_COIL and address == 0:
                self.turnstile.set_relay(bool(values[0]), now_s)
            elif function == WRITE_REGISTER and address == 0:
                self.turnstile.set_relay(True, now_s, for_s=values[0] / 10)
        elif function == READ_COILS:
            current[0] = int(self.turnstile.is_relay_on(now_s))
        elif function == READ_INPUTS:
            current[0] = int(self.turnstile.is_sensor_on(now_s))
        elif function == READ_COUNTERS:
            current[0] = self.turnstile.count(now_s) & 0xFFFF
        return None


class SimulatedGate(Twin[GateServer, ModbusRelayGate]):
    """A `venue_suite.ports.Gate` with its turnstile: `server.turnstile.faults`."""

    def unlock(self, pulse_s: float, timeout_s: float) -> None:
        self.driver.unlock(pulse_s, timeout_s)

    def wait_passage(self, timeout_s: float) -> Passage:
        return self.driver.wait_passage(timeout_s)

    def hold_open(self, is_open: bool, timeout_s: float) -> None:
        self.driver.hold_open(is_open, timeout_s)


def make(name: str, settings: Mapping[str, Any]) -> SimulatedGate:
    """A turnstile and its driver; `open` starts both."""
    server = GateServer(port=settings["port"])
    server.turnstile.faults.walks = settings["walks"]
    server.turnstile.faults.walk_after_s = settings["walk_after_s"]
    shared = {
        key: settings.get(key, default) for key, (_, default, _) in real_driver.settings.items()
    }
    return SimulatedGate(
        name, server, lambda port: make_real(name, shared | {"host": "127.0.0.1", "port": port})
    )


driver = DriverInfo(
    name="simulated_gate",
    kind="gate",
    summary="Simulated turnstile: people walk through after each release",
    settings={
        "port": (int, 0, "TCP port on loopback; 0 takes a free one"),
        "walks": (bool, True, "whether somebody goes through after a release"),
        "walk_after_s": (float, 0.5, "seconds from the release to the passage"),
        "pulse": real_driver.settings["pulse"],
        "passed_counter": (int, 0, "input register that counts passages; -1 ignores it"),
    },
    make=make,
    simulated=True,
)
