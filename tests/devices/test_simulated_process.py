"""The simulated devices as one process, as `venue demo` runs them."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from venue_devices.gates.modbus_relay import driver as gate_driver
from venue_devices.printers.escpos_tcp import driver as printer_driver
from venue_devices.scanners.tcp_line import driver as scanner_driver
from venue_devices.simulated.qr_payments import driver as qr_driver

from venue_suite.ports import Passage, PaymentState, PrintOutcome, Raster

MakeDevice = Callable[..., Any]


class Demo:
    """The process, its addresses, and a way to give it commands."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [sys.executable, "-X", "dev", "-W", "error", "-m", "venue_devices.simulated"]
        self.process = subprocess.Popen(
            [*command, "--out", str(folder), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addresses = self._read()

    def work(self, command: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        values: dict[str, Any] = json.loads(self.process.stdout.readline())
        return values

    def end(self) -> tuple[int, str]:
        """Exit status and what it said on standard error."""
        _, errors = self.process.communicate(timeout=10)
        return self.process.returncode, errors


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(tmp_path / "paper", "--walk-after", "0.1")
    yield demo
    if demo.process.poll() is None:
        demo.process.kill()
        demo.process.communicate()


def test_one_visitor_through_all_four(
    demo: Demo, make_device: MakeDevice, qr_raster: Callable[[str], Raster], tmp_path: Path
) -> None:
    host = "127.0.0.1"
    qr = make_device(qr_driver, url=demo.addresses["qr_url"])
    code = qr.create("K1-1", 8000, "CNY", 2.0)
    assert demo.work("state")["payments_waiting"] == ["K1-1"]
    demo.work("pay")
    assert qr.query("K1-1", 2.0) is PaymentState.PAID
    with urllib.request.urlopen(code, timeout=5) as page:
        assert "支付成功" in page.read().decode()

    printer = make_device(printer_driver, host=host, port=demo.addresses["printer_port"])
    assert printer.print_raster(qr_raster("VT1.T"), 5.0) is PrintOutcome.PRINTED
    assert demo.work("state")["sheets"] == 1
    assert [file.name for file in (tmp_path / "paper").iterdir()] == ["paper-0001.png"]

    codes: list[str] = []
    scanner = make_device(scanner_driver, host=host, port=demo.addresses["scanner_port"])
    scanner.listen(codes.append)
    gate = make_device(gate_driver, host=host, port=demo.addresses["gate_port"])
    while not codes:
        demo.work("scan VT1.T")
    assert codes[0] == "VT1.T"
    gate.unlock(0.2, 1.0)
    assert gate.wait_passage(2.0) is Passage.PASSED
    assert demo.work("state")["released"] == 1


def test_commands_change_the_devices(demo: Demo, make_device: MakeDevice) -> None:
    printer = make_device(printer_driver, host="127.0.0.1", port=demo.addresses["printer_port"])
    assert demo.work("paper out")["paper"] == "out"
    assert printer.health(1.0).reason == "The printer has no paper."
    demo.work("paper ok")
    demo.work("cover open")
    assert printer.health(1.0).reason == "The printer's cover is open."
    demo.work("cover closed")
    demo.work("printer off")
    assert not printer.health(1.0).ready
    demo.work("printer on")
    assert printer.health(1.0).ready


@pytest.mark.parametrize("command", ["dance", "paper gone", "cover", "walks maybe"])
def test_wrong_command_is_explained(demo: Demo, command: str) -> None:
    assert "error" in demo.work(command)
    assert "error" not in demo.work("state")


def test_end_of_input_ends_it_cleanly(demo: Demo) -> None:
    assert demo.end() == (0, "")


def test_sigterm_ends_it_cleanly(demo: Demo) -> None:
    demo.process.send_signal(signal.SIGTERM)
    assert demo.process.wait(10) == 0
    assert demo.end() == (0, "")


def test_taken_port_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "venue_devices.simulated", "--out", str(tmp_path)]
        ended = subprocess.run(
            [*command, "--gate-port", port],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert ended.returncode == 4
    assert port in ended.stderr
