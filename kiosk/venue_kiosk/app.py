"""`venue kiosk`: the window, and everything in it put together."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

from venue_suite.config import Config
from venue_suite.device_drivers import check_settings, find_driver
from venue_suite.domain.errors import ConfigInvalid

logger = logging.getLogger(__name__)

INSPECT_PORT_VARIABLE = "VENUE_KIOSK_INSPECT_PORT"


def run(config: Config) -> int:
    """Open the kiosk's window and stay until it is closed.

    Returns:
        The exit status, 0 when the window was closed.

    Raises:
        ConfigInvalid, DriverUnknown: something of the configuration can't be used.
        TypefaceMissing: no Chinese typeface is installed.
    """
    inspect_port = read_inspect_port()
    for name, device in config.devices.items():
        check_settings(find_driver(device.driver), name, device.settings)
    prepare_kivy(config)
    # Importing Kivy's window opens it, so only now.
    from venue_kiosk.window import KioskApp  # noqa: PLC0415

    KioskApp(config, inspect_port).run()
    return 0


def read_inspect_port() -> int | None:
    """The port of the inspection service; None leaves it off."""
    text = os.environ.get(INSPECT_PORT_VARIABLE, "")
    if not text:
        return None
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise ConfigInvalid(source="environment", reason=f"{INSPECT_PORT_VARIABLE} is no port")
    return int(text)


def prepare_kivy(config: Config) -> None:
    """Set Kivy up as an appliance wants it. Has no effect once Kivy is imported."""
    home = config.data_path / "kivy"
    home.mkdir(parents=True, exist_ok=True)
    for variable, value in (
        ("KIVY_NO_ARGS", "1"),
        ("KIVY_LOG_MODE", "PYTHON"),  # else Kivy takes over stderr and the root logger
        ("KIVY_NO_CONFIG", "1"),
        ("KIVY_HOME", str(home.absolute())),
        # By its own default SDL keeps a click that gives its window the focus to itself.
        ("SDL_MOUSE_FOCUS_CLICKTHROUGH", "1"),
    ):
        os.environ.setdefault(variable, value)
    from kivy.config import Config as Kivy  # noqa: PLC0415

    station = config.station
    put: Callable[[str, str, object], None] = Kivy.set
    put("graphics", "width", station.width_px)
    put("graphics", "height", station.height_px)
    put("graphics", "fullscreen", "auto" if station.fullscreen else 0)
    put("graphics", "borderless", 1 if station.fullscreen else 0)
    put("graphics", "position", "custom")
    put("graphics", "left", 0)
    put("graphics", "top", 0)
    put("graphics", "resizable", 0)
    put("graphics", "maxfps", 60)
    put("graphics", "multisamples", 0)
    put("graphics", "show_cursor", 0 if station.fullscreen else 1)
    put("kivy", "exit_on_escape", 0)
    put("kivy", "keyboard_mode", "")
    put("kivy", "log_level", "warning")
    # A second finger draws no red dot, and the right button is no second finger.
    put("input", "mouse", "mouse,disable_multitouch")
    put("modules", "inspector", "")
