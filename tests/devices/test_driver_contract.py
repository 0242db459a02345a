"""What every driver keeps, the simulated ones too: absent, present, closed, and opened again."""

from __future__ import annotations

import importlib.metadata
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from venue_suite.device_drivers import GROUP, check_settings, find_driver
from venue_suite.domain.errors import DeviceUnavailable
from venue_suite.ports import (
    CardReader,
    Device,
    DriverInfo,
    Gate,
    Printer,
    QrPayments,
    Raster,
    Scanner,
)

NAMES = sorted(entry.name for entry in importlib.metadata.entry_points(group=GROUP))
PROTOCOLS: dict[str, type] = {
    "printer": Printer,
    "scanner": Scanner,
    "card_reader": CardReader,
    "gate": Gate,
    "qr_payments": QrPayments,
}
SIMULATED = [name for name in NAMES if name.startswith("simulated_")]
TIMEOUT_S = 1.0
TOLERANCE_S = 1.0
SHEET = Raster(8, 1, b"\xff")

# kind -> the calls that a device of it must refuse while it is absent
CALLS: dict[str, list[Callable[[Any], object]]] = {
    "printer": [lambda device: device.print_raster(SHEET, TIMEOUT_S)],
    "scanner": [lambda device: device.listen(print)],
    "card_reader": [lambda device: device.listen(print)],
    "gate": [
        lambda device: device.unlock(0.1, TIMEOUT_S),
        lambda device: device.hold_open(True, TIMEOUT_S),
    ],
    "qr_payments": [
        lambda device: device.create("A-1", 100, "CNY", TIMEOUT_S),
        lambda device: device.query("A-1", TIMEOUT_S),
        lambda device: device.cancel("A-1", TIMEOUT_S),
    ],
}


def make_absent(driver: DriverInfo, port: int) -> Any:
    """A device of `driver` that is not there."""
    settings: dict[str, dict[str, object]] = {
        "escpos_tcp": {"host": "127.0.0.1", "port": port},
        "tcp_scanner": {"host": "127.0.0.1", "port": port},
        "serial_scanner": {"port": "/dev/serial/by-id/not-there"},
        "modbus_relay": {"host": "127.0.0.1", "port": port},
        "pcsc": {"reader": "a reader that nobody has"},
    }
    given = settings.get(driver.name, {})
    device: Any = driver.make("device", check_settings(driver, "device", given))
    if driver.simulated:
        device.unplug()
    return device


@pytest.mark.parametrize("name", NAMES)
def test_driver_says_what_it_is(name: str) -> None:
    driver = find_driver(name)
    assert driver.name == name
    assert driver.kind in PROTOCOLS
    assert driver.simulated == name.startswith("simulated_")
    assert driver.summary
    for kind, default, help_text in driver.settings.values():
        assert kind in (str, int, float, bool)
        assert help_text
        assert isinstance(default, kind) or type(default) is object


@pytest.mark.parametrize("name", NAMES)
def test_absent_device_is_told_in_time_and_never_breaks(name: str, closed_port: int) -> None:
    driver = find_driver(name)
    device = make_absent(driver, closed_port)
    protocol: Any = PROTOCOLS[driver.kind]
    assert isinstance(device, protocol)
    started_s = time.monotonic()
    with pytest.raises(DeviceUnavailable) as refusal:
        device.open(TIMEOUT_S)
    assert refusal.value.params["device"] == "device"
    health = device.health(TIMEOUT_S)
    assert not health.ready
    assert health.reason.endswith((".", "?"))
    for call in CALLS[driver.kind]:
        with pytest.raises(DeviceUnavailable):
            call(device)
    assert time.monotonic() - started_s < (2 + len(CALLS[driver.kind])) * TIMEOUT_S + TOLERANCE_S
    device.close()
    device.close()


@pytest.mark.parametrize("name", NAMES)
def test_close_before_open_is_harmless(name: str, closed_port: int) -> None:
    device = make_absent(find_driver(name), closed_port)
    device.close()
    assert not device.health(TIMEOUT_S).ready
    device.close()


@pytest.mark.parametrize("name", SIMULATED)
def test_device_opens_again_after_close_and_after_it_was_away(
    name: str, make_device: Callable[..., Any]
) -> None:
    device = make_device(find_driver(name))
    assert device.health(TIMEOUT_S).ready
    device.close()
    device.open(TIMEOUT_S)
    assert device.health(TIMEOUT_S).ready
    device.unplug()
    assert not device.health(TIMEOUT_S).ready
    with pytest.raises(DeviceUnavailable):
        device.open(TIMEOUT_S)
    device.plug_in()
    device.open(TIMEOUT_S)
    assert device.health(TIMEOUT_S).ready


@pytest.mark.parametrize("name", SIMULATED)
def test_opening_twice_keeps_one_of_everything(name: str, make_device: Callable[..., Any]) -> None:
    device = make_device(find_driver(name))
    before = threading.active_count()
    for _ in range(3):
        device.open(TIMEOUT_S)
    assert threading.active_count() == before
    assert device.health(TIMEOUT_S).ready


def test_every_driver_has_its_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "devices.md").read_text("utf-8")
    for name in NAMES:
        assert f"`{name}`" in page
        for setting in find_driver(name).settings:
            assert f"`{setting}`" in page, (name, setting)


def test_protocols_tell_kinds_apart() -> None:
    assert not isinstance(object(), Device)
