"""Finds device drivers by name and checks their settings. Imports only what is asked for."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from typing import Any

from venue_suite.domain.errors import ConfigInvalid, DriverUnknown, ExtraMissing
from venue_suite.ports import REQUIRED, DriverInfo

GROUP = "venue_suite.devices"
_YES_OR_NO = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def find_driver(name: str) -> DriverInfo:
    """Import a driver by the name of its entry point.

    Raises:
        DriverUnknown: nothing is installed under that name.
        ExtraMissing: a package that it needs is not installed.
    """
    entries = importlib.metadata.entry_points(group=GROUP)
    found = next((entry for entry in entries if entry.name == name), None)
    if found is None:
        known = ", ".join(sorted(entry.name for entry in entries))
        raise DriverUnknown(driver=name, known=known or "-")
    try:
        driver = found.load()
    except ImportError as error:
        raise ExtraMissing(program=name, extra="devices", reason=error) from error
    if not isinstance(driver, DriverInfo):
        raise DriverUnknown(driver=name, known=f"{found.value} is no DriverInfo")
    return driver


def check_settings(driver: DriverInfo, device: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a device, complete and of the right types.

    Text is read as the setting's type, for configuration that comes from the environment.

    Raises:
        ConfigInvalid: a setting is unknown, missing or of a wrong type; names it.
    """
    source = f"devices.{device}"
    for key in given:
        if key not in driver.settings:
            known = ", ".join(driver.settings) or "none"
            raise ConfigInvalid(
                source=source, reason=f"{driver.name} has no setting {key} (known: {known})"
            )
    complete: dict[str, Any] = {}
    for key, (kind, default, help_text) in driver.settings.items():
        value = given.get(key, default)
        if value is REQUIRED:
            raise ConfigInvalid(source=source, reason=f"{key} is missing: {help_text}")
        try:
            complete[key] = _convert(value, kind)
        except ValueError as error:
            raise ConfigInvalid(
                source=source, reason=f"{key} must be {kind.__name__}: {help_text}"
            ) from error
    return complete


def _convert(value: object, kind: type) -> object:
    if kind is bool and isinstance(value, str):
        if value.lower() not in _YES_OR_NO:
            raise ValueError(value)
        return _YES_OR_NO[value.lower()]
    if isinstance(value, str) and kind in (int, float):
        return kind(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(value)
    return value
