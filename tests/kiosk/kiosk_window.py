"""A kiosk in a window without a screen: frames on demand, real touches, a clock by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from kivy.base import EventLoop
from kivy.core.window import Window
from kivy.tests.common import UnitTestTouch
from venue_kiosk.devices import Devices
from venue_kiosk.kiosk_shell import KioskShell, Outside
from venue_kiosk.link import Link
from venue_kiosk.look import Look
from venue_kiosk.typefaces import register_typefaces
from venue_kiosk.widgets.target import Target, list_targets
from venue_kiosk.widgets.text import list_texts
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.buying import Buying
from venue_plugins.sales.kiosk.plugin import make_journey
from venue_plugins.sales.kiosk.state import BuyFlow

from tests.kiosk import sample
from tests.kiosk.fake_printer import FakeHost
from venue_suite.texts import Texts

TEXT_PACKAGES = ("venue_kiosk", "venue_plugins.sales.kiosk", "venue_plugins.sales")


class Kiosk:
    """The shell with the sales screens, not connected to anything.

    Attributes:
        seconds: the monotonic clock that the shell sees; set it to let time pass.
        commands: what the flow asked for.
    """

    def __init__(self, folder: Path, size: tuple[int, int] = (540, 960)) -> None:
        register_typefaces()
        self.seconds = 0.0
        self.look = Look(Texts.load(*TEXT_PACKAGES))
        self.link = Link("http://127.0.0.1:1", "", lambda function: function())
        self.link.venue = sample.make_venue()
        outside = Outside(
            self.link,
            Devices(FakeHost()),
            folder,
            "kiosk-1",
            lambda: self.seconds,
            lambda: sample.NOW,
        )
        self.shell = KioskShell(self.look, outside)
        self.buying = Buying(self.shell)
        self.commands: list[m.Command] = []
        self.buying.execute = self.commands.append  # type: ignore[method-assign]
        self.buying.server_now = lambda: sample.NOW  # type: ignore[method-assign]
        self.shell.take([make_journey(self.buying)])
        Window.size = size
        Window.add_widget(self.shell.deck.root)
        self.shell.deck.root.size = size
        self.shell.deck.show(self.buying.flow.screen.value)
        self.frames(1)

    def close(self) -> None:
        """Leave the window as it was found."""
        Window.remove_widget(self.shell.deck.root)

    # --- time and frames -------------------------------------------------------------------

    def frames(self, count: int = 1) -> None:
        for _ in range(count):
            EventLoop.idle()

    def wait(self, seconds: float) -> None:
        """Let the shell's clock go on, a second at a time."""
        for _ in range(round(seconds)):
            self.seconds += 1
            self.shell.tick()

    # --- what is there ---------------------------------------------------------------------

    @property
    def screen(self) -> str:
        return self.shell.deck.screen.name if self.shell.deck.screen else ""

    @property
    def sheet(self) -> str:
        return self.shell.deck.sheet.name if self.shell.deck.sheet else ""

    @property
    def targets(self) -> dict[str, Target]:
        """What a finger reaches now, by name."""
        top: Any = self.shell.deck.sheet or self.shell.deck.screen
        return {target.target_name: target for target in list_targets(top)}

    @property
    def texts(self) -> list[str]:
        return list_texts(self.shell.deck.stage)

    # --- what is done ----------------------------------------------------------------------

    def show(self, flow: BuyFlow, *, language: str = "zh") -> None:
        """Draw a state of the flow as if the visitor had come there."""
        before = self.buying.flow
        self.look.change(language=language)
        self.buying.flow = replace(flow, language=language)
        self.buying._draw(before)
        self.shell.deck.refresh()
        self.frames(1)

    def centre(self, name: str) -> tuple[float, float]:
        """The middle of a target in the window, from the lower left."""
        target = self.targets[name]
        x, y = target.to_window(target.x, target.y)
        return x + target.width / 2, y + target.height / 2

    def tap(self, name: str, while_down: Callable[[], object] = lambda: None) -> None:
        """Touch a target by name."""
        self.touch(*self.centre(name), while_down)

    def touch(self, x: float, y: float, while_down: Callable[[], object] = lambda: None) -> None:
        """Touch a place of the window."""
        finger = UnitTestTouch(x, y)
        finger.touch_down()
        while_down()
        finger.touch_up()
