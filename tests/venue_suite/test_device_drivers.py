"""Drivers are found by name, imported only when asked for, and their settings are checked."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from venue_suite.config import DeviceConfig
from venue_suite.device_drivers import check_settings, find_driver
from venue_suite.device_host import DeviceHost
from venue_suite.domain.errors import ConfigInvalid, DriverUnknown
from venue_suite.ports import REQUIRED, Device, DriverInfo


def make_nothing(name: str, settings: Mapping[str, Any]) -> Device:
    raise AssertionError("a device with wrong settings is never made")


def test_unknown_driver_names_the_known_ones() -> None:
    with pytest.raises(DriverUnknown) as refusal:
        find_driver("laser_harp")
    assert refusal.value.params["driver"] == "laser_harp"
    assert "escpos_tcp" in str(refusal.value.params["known"])


def test_missing_package_names_its_extra() -> None:
    program = (
        "import sys; sys.modules['smartcard'] = None; sys.modules['pymodbus'] = None\n"
        "from venue_suite.device_drivers import find_driver\n"
        "from venue_suite.domain.errors import ExtraMissing\n"
        "for name in ('pcsc', 'modbus_relay'):\n"
        "    try: find_driver(name)\n"
        "    except ExtraMissing as error: print(error.params['extra'])\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["cards", "devices"]


def test_host_imports_no_driver_that_is_not_configured() -> None:
    program = (
        "import sys\n"
        "from venue_suite.device_host import DeviceHost\n"
        "from venue_suite.device_drivers import find_driver\n"
        "assert not [name for name in sys.modules if name.startswith('venue_devices')]\n"
        "find_driver('escpos_tcp')\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not loaded & {'pymodbus', 'serial', 'smartcard', 'PIL'}, loaded\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


SETTINGS_DRIVER = DriverInfo(
    name="fake",
    kind="scanner",
    summary="for tests",
    settings={
        "host": (str, REQUIRED, "where it is"),
        "port": (int, 9100, "its port"),
        "delay_s": (float, 1.5, "how long"),
        "loud": (bool, False, "whether"),
    },
    make=make_nothing,
)


@pytest.mark.parametrize(
    ("given", "complete"),
    [
        ({"host": "a"}, {"host": "a", "port": 9100, "delay_s": 1.5, "loud": False}),
        (
            {"host": "a", "port": "9101", "delay_s": "2", "loud": "true"},
            {"host": "a", "port": 9101, "delay_s": 2.0, "loud": True},
        ),
        (
            {"host": "a", "delay_s": 3, "loud": True},
            {"host": "a", "port": 9100, "delay_s": 3.0, "loud": True},
        ),
    ],
)
def test_settings_are_completed(given: Mapping[str, Any], complete: dict[str, Any]) -> None:
    assert check_settings(SETTINGS_DRIVER, "p", given) == complete


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "host"),
        ({"host": "a", "prot": 1}, "prot"),
        ({"host": 5}, "host"),
        ({"host": "a", "port": "many"}, "port"),
        ({"host": "a", "port": True}, "port"),
        ({"host": "a", "port": 1.5}, "port"),
        ({"host": "a", "loud": "perhaps"}, "loud"),
        ({"host": "a", "loud": 1}, "loud"),
        ({"host": "a", "delay_s": None}, "delay_s"),
    ],
)
async def test_wrong_setting_is_named_and_nothing_starts(given: dict[str, Any], named: str) -> None:
    configs = {"printer_1": DeviceConfig(driver="fake", settings=given)}
    host = DeviceHost(configs, find=lambda name: SETTINGS_DRIVER)
    before = threading.active_count()
    with pytest.raises(ConfigInvalid, match=named) as refusal:
        host.start()
    assert refusal.value.params["source"] == "devices.printer_1"
    assert threading.active_count() == before
