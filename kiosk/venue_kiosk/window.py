"""The Kivy application: window, shell, link, devices and plugins of one kiosk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics.opengl import GL_RENDERER, glGetString

from venue_kiosk.devices import Devices
from venue_kiosk.inspection import Inspection
from venue_kiosk.journey import Journey
from venue_kiosk.kiosk_shell import KioskShell, Outside
from venue_kiosk.link import Link
from venue_kiosk.look import Look
from venue_kiosk.plugins import KioskPlugins
from venue_kiosk.typefaces import register_typefaces
from venue_suite.config import Config
from venue_suite.device_host import DeviceHost
from venue_suite.station_access import StationAccess, spell_address
from venue_suite.texts import Texts

logger = logging.getLogger(__name__)

LANGUAGES = ("zh", "en")
SOFTWARE_RENDERERS = ("llvmpipe", "softpipe", "swrast", "swiftshader")


class KioskApp(App):
    """One kiosk.

    Args:
        config: the station's configuration.
        inspect_port: where the inspection service listens on loopback; None leaves it off.
    """

    title = "Venue kiosk"
    use_kivy_settings = False

    def __init__(self, config: Config, inspect_port: int | None = None) -> None:
        super().__init__()
        self.venue_config = config
        self._inspect_port = inspect_port

    def open_settings(self, *_: object) -> None:
        """Kivy's own settings page is no business of visitors."""

    def build(self) -> Any:
        register_typefaces()
        config = self.venue_config
        first = config.language if config.language in LANGUAGES else LANGUAGES[0]
        languages = (first, *(code for code in LANGUAGES if code != first))
        look = Look(Texts.load("venue_kiosk"), languages)
        look.is_still = is_software_rendered()
        access = StationAccess(config)
        address = spell_address(config.station.server)
        self.link = Link(address, config.station.key, deliver, access.find, access.open)
        devices = Devices(DeviceHost(config.devices))
        outside = Outside(self.link, devices, config.data_path, config.station.name)
        self.shell = KioskShell(look, outside)
        plugins = KioskPlugins(config.plugins.disabled)
        journeys = plugins.register_screens(self.shell)
        look.speaker = load_texts(journeys)
        self.shell.take(journeys)
        self.link.accompany(devices.run)
        if self._inspect_port is not None:
            inspection = Inspection(self.shell, self._inspect_port)
            self.link.accompany(inspection.serve)
        Window.clearcolor = look.colour("bg")
        return self.shell.deck.root

    def on_start(self) -> None:
        self.link.start()
        self.shell.start()

    def on_stop(self) -> None:
        self.shell.stop()
        self.link.stop()


def load_texts(journeys: Sequence[Journey]) -> Texts:
    """The words of the shell and of all plugins."""
    packages = [package for journey in journeys for package in journey.texts]
    return Texts.load("venue_kiosk", *packages)


def deliver(function: Callable[[], None]) -> None:
    """Run on the window's thread, at the next frame. May be called from any thread."""
    Clock.schedule_once(lambda _: function(), 0)


def is_software_rendered() -> bool:
    """There is no graphics card: movement would cost more than it gives."""
    renderer = glGetString(GL_RENDERER)
    name = renderer.decode() if isinstance(renderer, bytes) else str(renderer)
    return any(word in name.lower() for word in SOFTWARE_RENDERERS)
