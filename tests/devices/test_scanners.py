"""Scanners on a serial line (a pty) and on the network: codes, losses, hostile lines."""

from __future__ import annotations

import os
import queue
import socket
import threading
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from venue_devices import reasons
from venue_devices.scanners import serial_line, tcp_line
from venue_devices.simulated import scanner as simulated

from venue_suite.domain.errors import DeviceUnavailable
from venue_suite.ports import Scanner

MakeDevice = Callable[..., Any]


@dataclass
class SerialPort:
    """A pty whose other end stands under a path that survives, as /dev/serial/by-id does."""

    path: Path
    host_end: int = -1
    far_end: int = -1

    def plug_in(self) -> None:
        self.far_end, self.host_end = os.openpty()
        tty.setraw(self.host_end)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self.host_end))
        os.close(self.host_end)

    def unplug(self) -> None:
        if self.far_end >= 0:
            os.close(self.far_end)
            self.far_end = -1
            self.path.unlink()

    def send(self, data: bytes) -> None:
        os.write(self.far_end, data)


@pytest.fixture
def serial_port(tmp_path: Path) -> Iterator[SerialPort]:
    port = SerialPort(tmp_path / "scanner")
    port.plug_in()
    yield port
    port.unplug()


def listen(scanner: Scanner) -> queue.Queue[str]:
    codes: queue.Queue[str] = queue.Queue()
    scanner.listen(codes.put)
    return codes


def test_serial_scanner_reads_lines(serial_port: SerialPort, make_device: MakeDevice) -> None:
    scanner = make_device(serial_line.driver, port=str(serial_port.path))
    codes = listen(scanner)
    serial_port.send(b"VT1.0042\r\nVT1.00")
    serial_port.send(b"43\r")
    assert [codes.get(timeout=2), codes.get(timeout=2)] == ["VT1.0042", "VT1.0043"]
    assert scanner.health(1.0).facts["codes"] == 2


def test_codes_from_before_the_start_are_nobodys(
    serial_port: SerialPort, make_device: MakeDevice
) -> None:
    held = os.open(serial_port.path, os.O_RDWR | os.O_NOCTTY)
    serial_port.send(b"OLD\r")
    scanner = make_device(serial_line.driver, port=str(serial_port.path))
    codes = listen(scanner)
    serial_port.send(b"NEW\r")
    assert codes.get(timeout=2) == "NEW"
    os.close(held)


def test_serial_scanner_comes_back_after_a_replug(
    serial_port: SerialPort, make_device: MakeDevice, wait_until: Callable[..., bool]
) -> None:
    scanner = make_device(serial_line.driver, port=str(serial_port.path))
    codes = listen(scanner)
    serial_port.send(b"HALF")
    serial_port.unplug()
    assert wait_until(lambda: scanner.health(1.0).reason == reasons.LOST)
    serial_port.plug_in()
    assert wait_until(lambda: scanner.health(1.0).ready)
    serial_port.send(b"WHOLE\r")
    assert codes.get(timeout=2) == "WHOLE"
    assert scanner.health(1.0).facts["reopened"] == 1


def test_serial_port_is_taken_by_one_program_only(
    serial_port: SerialPort, make_device: MakeDevice
) -> None:
    make_device(serial_line.driver, port=str(serial_port.path))
    second = make_device(serial_line.driver, opened=False, port=str(serial_port.path))
    with pytest.raises(DeviceUnavailable):
        second.open(1.0)


def test_network_scanner_comes_back_after_a_power_cut(
    make_device: MakeDevice, wait_until: Callable[..., bool]
) -> None:
    server = simulated.ScannerServer()
    server.start()
    try:
        scanner = make_device(tcp_line.driver, host="127.0.0.1", port=server.port)
        codes = listen(scanner)
        assert server.wait_connected(2.0)
        server.scan("FIRST")
        assert codes.get(timeout=2) == "FIRST"
        server.stop()
        assert wait_until(lambda: not scanner.health(1.0).ready)
        server.start()
        assert wait_until(lambda: scanner.health(1.0).ready)
        assert server.wait_connected(2.0)
        server.scan("SECOND")
        assert codes.get(timeout=2) == "SECOND"
    finally:
        scanner.close()
        server.stop()


def test_hostile_lines_do_not_stop_a_scanner(make_device: MakeDevice) -> None:
    scanner = make_device(simulated.driver)
    codes = listen(scanner)
    assert scanner.server.wait_connected(2.0)
    scanner.server.send(b"x" * 100_000 + b"\r\n" + bytes(range(32)) + b"\xff\r\n")
    scanner.scan("GOOD 票")
    received = [codes.get(timeout=2)]
    while received[-1] != "GOOD 票":
        received.append(codes.get(timeout=2))
    assert received == ["\ufffd", "GOOD 票"]


def test_only_one_listens_and_only_while_open(make_device: MakeDevice) -> None:
    scanner = make_device(simulated.driver)
    listen(scanner)
    with pytest.raises(DeviceUnavailable):
        scanner.listen(print)
    scanner.close()
    with pytest.raises(DeviceUnavailable):
        scanner.listen(print)


def test_close_ends_the_thread_while_the_scanner_is_away(make_device: MakeDevice) -> None:
    scanner = make_device(simulated.driver)
    listen(scanner)
    scanner.unplug()
    scanner.close()
    assert not [one for one in threading.enumerate() if one.name.startswith("scanner-")]


def test_code_arrives_at_once(make_device: MakeDevice) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        scanner = make_device(tcp_line.driver, host="127.0.0.1", port=server.getsockname()[1])
        codes = listen(scanner)
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"A\r")
            assert codes.get(timeout=0.5) == "A"
