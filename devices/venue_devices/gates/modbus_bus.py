"""One Modbus connection shared by the threads of a driver: one request at a time, reconnecting."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable

from pymodbus import ModbusException
from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.pdu import ModbusPDU

from venue_devices import reasons
from venue_devices.deadline import Deadline

Client = ModbusTcpClient | ModbusSerialClient

# It writes a hex dump of every frame to the log after each failure; failures are raised here.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)


class BusFailed(Exception):
    """A request was not carried out. The argument is a sentence of `venue_devices.reasons`."""


class ModbusBus:
    """Coils, inputs and registers of one Modbus device.

    Every method raises `BusFailed` when the device does not do it within the deadline.

    Args:
        make_client: makes an unconnected client that does not retry by itself.
        unit: the device's Modbus address.
    """

    def __init__(self, make_client: Callable[[], Client], unit: int) -> None:
        self._make_client = make_client
        self._client: Client | None = None
        self._unit = unit
        self._lock = threading.Lock()

    @classmethod
    def over_tcp(cls, host: str, port: int, unit: int) -> ModbusBus:
        return cls(lambda: ModbusTcpClient(host, port=port, retries=0), unit)

    @classmethod
    def over_serial(cls, port: str, baud_rate: int, unit: int) -> ModbusBus:
        return cls(lambda: ModbusSerialClient(port, baudrate=baud_rate, retries=0), unit)

    def close(self) -> None:
        with self._lock:
            self._hang_up()

    def read_coil(self, address: int, deadline: Deadline) -> bool:
        answer = self._ask(lambda c: c.read_coils(address, device_id=self._unit), deadline)
        return bool(answer.bits[0])

    def read_input(self, address: int, deadline: Deadline) -> bool:
        answer = self._ask(
            lambda c: c.read_discrete_inputs(address, device_id=self._unit), deadline
        )
        return bool(answer.bits[0])

    def read_counter(self, address: int, deadline: Deadline) -> int:
        answer = self._ask(
            lambda c: c.read_input_registers(address, device_id=self._unit), deadline
        )
        return int(answer.registers[0])

    def write_coil(self, address: int, is_on: bool, deadline: Deadline) -> None:
        self._ask(lambda c: c.write_coil(address, is_on, device_id=self._unit), deadline)

    def write_register(self, address: int, value: int, deadline: Deadline) -> None:
        self._ask(lambda c: c.write_register(address, value, device_id=self._unit), deadline)

    def _ask(self, request: Callable[[Client], ModbusPDU], deadline: Deadline) -> ModbusPDU:
        """Send a request, once more if the connection turned out to be dead.

        Boards hang up on a quiet connection after a minute or two: the first request after that
        fails at once and is repeated on a new connection. A request that was not answered in time
        is not repeated.

        Raises:
            BusFailed: no answer, or the device refused.
        """
        if not self._lock.acquire(timeout=deadline.left_s()):
            raise BusFailed(reasons.LATE)
        try:
            for is_last in (False, True):
                try:
                    return self._ask_once(request, deadline)
                except BusFailed as failure:
                    self._hang_up()  # an answer that comes late must not meet the next request
                    if is_last or deadline.is_over or str(failure) != reasons.LOST:
                        raise
        finally:
            self._lock.release()
        raise AssertionError("the second try returns or raises")

    def _ask_once(self, request: Callable[[Client], ModbusPDU], deadline: Deadline) -> ModbusPDU:
        client = self._client or self._connect(deadline)
        client.comm_params.timeout_connect = deadline.left_s()
        try:
            answer = request(client)
        except (ModbusException, OSError) as error:
            # A client without a socket lost it; with one, it waited in vain.
            is_lost = not client.connected or isinstance(error, OSError)
            raise BusFailed(reasons.LOST if is_lost else reasons.LATE) from error
        if answer.isError():
            raise BusFailed(reasons.REFUSED)
        return answer

    def _connect(self, deadline: Deadline) -> Client:
        client = self._make_client()
        client.comm_params.timeout_connect = deadline.left_s()
        try:
            is_connected = client.connect()
        except (ModbusException, OSError) as error:
            raise BusFailed(reasons.NOT_REACHED) from error
        if not is_connected:
            raise BusFailed(reasons.NOT_REACHED)
        if isinstance(client, ModbusTcpClient) and client.socket is not None:
            client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client
        return client

    def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()  # type: ignore[no-untyped-call]  # of the library
