"""The whole kiosk: window, link, devices and plugins, against a small venue server."""

from __future__ import annotations

import json
import os
import queue
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kivy.base import EventLoop
from kivy.core.window import Window
from kivy.tests.common import UnitTestTouch
from venue_kiosk.app import prepare_kivy, read_inspect_port
from venue_kiosk.inspection import describe
from venue_kiosk.window import KioskApp

from tests.kiosk.fake_venue import FakeVenue
from venue_suite.config import Config, DeviceConfig, StationConfig
from venue_suite.domain.errors import ConfigInvalid

TOUCHES_MAX = 4  # from the attract loop, two adults, seats as proposed, paying by QR


@pytest.fixture
def venue() -> Iterator[FakeVenue]:
    venue = FakeVenue()
    venue.start()
    yield venue
    venue.stop()


class Running:
    """A kiosk program in this process, whose frames the test drives.

    Attributes:
        touches: how many there were.
    """

    def __init__(self, venue: FakeVenue, folder: Path, inspect_port: int | None = None) -> None:
        printer = {"folder": str(folder / "printed")}
        (folder / "printed").mkdir(exist_ok=True)
        config = Config(
            data_dir=str(folder),
            station=StationConfig(name="kiosk-1", key="key-1", server=venue.address),
            devices={"ticket_printer": DeviceConfig(driver="simulated_printer", settings=printer)},
        )
        self.touches = 0
        self.app = KioskApp(config, inspect_port)
        self.root = self.app.build()
        Window.add_widget(self.root)
        self.root.size = Window.size
        self.app.on_start()

    def stop(self) -> None:
        self.app.on_stop()
        Window.remove_widget(self.root)

    @property
    def scene(self) -> Any:
        return describe(self.app.shell)

    def wait(self, holds: Callable[[Any], bool], timeout_s: float = 15.0) -> Any:
        """Draw frames until the scene is as wanted."""
        end_s = time.monotonic() + timeout_s
        while not holds(self.scene):
            assert time.monotonic() < end_s, (self.scene.screen, self.scene.texts)
            EventLoop.idle()
            time.sleep(0.005)
        return self.scene

    def touch(self, name: str) -> None:
        """Touch a target once it is there."""
        scene = self.wait(lambda scene: any(t.name == name for t in scene.targets))
        spot = next(target for target in scene.targets if target.name == name)
        x, y = spot.x + spot.width / 2, scene.height - spot.y - spot.height / 2
        self.app.shell.deck.stage._last = (0, 0, -1)
        finger = UnitTestTouch(x, y)
        finger.touch_down()
        finger.touch_up()
        self.touches += 1


@pytest.fixture
def kiosk(venue: FakeVenue, tmp_path: Path) -> Iterator[Running]:
    kiosk = Running(venue, tmp_path)
    yield kiosk
    kiosk.stop()


def buy(kiosk: Running, venue: FakeVenue) -> None:
    """From tonight's poster to the code, and the payer's phone pays."""
    kiosk.touch("attract/event/1")
    kiosk.touch("performance/17")
    kiosk.touch("take_seats")
    kiosk.touch("pay")
    kiosk.wait(lambda scene: scene.screen == "pay" and "微信" in str(scene.texts))
    venue.pay(88)


def test_two_adults_buy_seats_in_four_touches_and_take_their_paper(
    kiosk: Running, venue: FakeVenue, tmp_path: Path
) -> None:
    kiosk.wait(lambda scene: scene.screen == "attract" and not scene.server_away)
    buy(kiosk, venue)
    kiosk.wait(lambda scene: scene.screen == "thanks", 30)
    assert kiosk.touches == TOUCHES_MAX
    assert "祝您观演愉快！" in kiosk.scene.texts
    kiosk.wait(lambda _: set(venue.results.values()) == {"printed"} and len(venue.results) == 3)
    assert len(list((tmp_path / "printed").glob("*.png"))) == 3
    kiosk.touch("done")
    assert kiosk.scene.screen == "attract"


def test_a_kiosk_that_died_after_the_payment_prints_the_rest(
    venue: FakeVenue, tmp_path: Path
) -> None:
    """The program ends while money has moved and nothing is printed; the next one finds it."""
    first = Running(venue, tmp_path)
    first.wait(lambda scene: not scene.server_away)
    first.touch("attract/event/1")
    first.touch("performance/17")
    first.touch("take_seats")
    first.touch("pay")
    first.wait(lambda scene: scene.screen == "pay")
    first.stop()
    venue.pay(88)
    second = Running(venue, tmp_path)
    second.wait(lambda scene: scene.screen == "failure")
    assert "还有 2 张没打印" in second.scene.texts
    assert "4827 1093" in second.scene.texts
    second.touch("option/retry")
    second.wait(lambda scene: scene.screen == "thanks", 30)
    assert ("W-01", "A7K2-0931") in venue.calls
    second.stop()


def test_a_server_that_dies_shows_a_banner_and_comes_back(kiosk: Running, venue: FakeVenue) -> None:
    kiosk.touch("attract/event/1")
    kiosk.touch("performance/17")
    kiosk.wait(lambda scene: "take_seats" in str(scene.targets))
    venue.stop()
    kiosk.wait(lambda scene: "网络中断，本机暂时不能售票" in scene.texts, 3)
    venue.start()
    kiosk.wait(lambda scene: "网络已恢复。" in scene.texts)
    kiosk.touch("take_seats")
    assert kiosk.scene.screen == "tickets"


def test_the_inspection_port_tells_and_shows_the_screen(
    venue: FakeVenue, tmp_path: Path, unused_tcp_port: int
) -> None:
    kiosk = Running(venue, tmp_path, unused_tcp_port)
    kiosk.wait(lambda scene: scene.screen == "attract" and not scene.server_away)
    address = f"http://127.0.0.1:{unused_tcp_port}"
    scene = ask(kiosk, address)
    assert scene["screen"] == "attract"
    assert {"rail/language", "service/buy"} <= {target["name"] for target in scene["targets"]}
    picture = tmp_path / "attract.png"
    assert ask(kiosk, f"{address}/screenshot?path={picture}") == {"path": str(picture)}
    assert picture.read_bytes().startswith(b"\x89PNG")
    kiosk.stop()


def ask(kiosk: Running, url: str) -> Any:
    """Ask from another thread, as a demo does, while the window draws."""
    answers: queue.Queue[bytes] = queue.Queue()

    def get() -> None:
        with urllib.request.urlopen(url, timeout=10) as reply:
            answers.put(reply.read())

    thread = threading.Thread(target=get)
    thread.start()
    kiosk.wait(lambda _: not answers.empty())
    thread.join()
    return json.loads(answers.get())


# --- starting ------------------------------------------------------------------------------------


def test_the_inspection_port_is_off_unless_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VENUE_KIOSK_INSPECT_PORT", raising=False)
    assert read_inspect_port() is None
    monkeypatch.setenv("VENUE_KIOSK_INSPECT_PORT", "8479")
    assert read_inspect_port() == 8479
    monkeypatch.setenv("VENUE_KIOSK_INSPECT_PORT", "everywhere")
    with pytest.raises(ConfigInvalid):
        read_inspect_port()


def test_the_window_is_an_appliances(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No way out to the desktop: no escape key, no Kivy settings, one pinned input provider."""
    from kivy.config import Config as Kivy  # noqa: PLC0415 - after the variables are set

    monkeypatch.setenv("KIVY_HOME", str(tmp_path))
    prepare_kivy(Config(data_dir=str(tmp_path), station=StationConfig(fullscreen=True)))
    assert Kivy.get("kivy", "exit_on_escape") == "0"
    assert Kivy.get("input", "mouse") == "mouse,disable_multitouch"
    assert Kivy.get("graphics", "fullscreen") == "auto"
    # A touch that gives the window the focus is a visitor's too.
    assert os.environ["SDL_MOUSE_FOCUS_CLICKTHROUGH"] == "1"
    app = KioskApp(Config())
    assert app.use_kivy_settings is False
