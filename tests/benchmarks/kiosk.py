"""How fast the kiosk answers a finger, and how fast paper begins once it is paid.

A real window under Xvfb with software rendering, touched through the X server. The time to the next
screen ends when the kiosk's inspection port tells of it, so it includes that question (some 10 ms).
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.benchmarks.rows import Row, median, percentile
from venue_suite.demo.display import Finger
from venue_suite.demo.kiosk_hand import KioskHand
from venue_suite.demo.paper_eye import read_codes
from venue_suite.demo.stage import Stage, Wish
from venue_suite.demo.visitor import pay_by_phone

ROUNDS = 8
STATUS_BYTES_MAX = 16  # a question about the printer's status; a picture is thousands


class FirstByte:
    """A wire between kiosk and printer that notes when a print began."""

    def __init__(self, printer_port: int) -> None:
        self._printer_port = printer_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.began_s: list[float] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                kiosk, _ = self._listening.accept()
            except OSError:
                return
            printer = socket.create_connection(("127.0.0.1", self._printer_port))
            threading.Thread(target=self._pass, args=(kiosk, printer, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(printer, kiosk, False), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, is_print: bool) -> None:
        began = False
        try:
            while data := source.recv(65536):
                if is_print and not began and len(data) > STATUS_BYTES_MAX:
                    began = True
                    self.began_s.append(time.monotonic())
                sink.sendall(data)
        except OSError:
            pass  # one side hung up; the other hears it now
        for side in (source, sink):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)  # wakes the other direction's thread too


def measure(folder: Path) -> Iterator[Row]:
    """Buy two seats again and again."""
    stage = Stage(Wish(folder / "stage", virtual_screen=True))
    wire: FirstByte | None = None
    try:
        stage.prepare()
        stage.start_devices()
        wire = FirstByte(int(str(stage.devices["printer_port"])))
        stage.devices["printer_port"] = wire.port
        stage.start_server()
        stage.start_kiosk()
        kiosk = KioskHand(stage.inspect_port, Finger(stage.display))
        kiosk.wait(lambda one: one["screen"] == "attract" and not one["server_away"], 40)
        started_s = time.monotonic() - stage.programs["kiosk"].started_s
        touches_ms: list[float] = []
        paper_s: list[float] = []
        for _ in range(ROUNDS):
            touches_ms += _choose(kiosk)
            paper_s.append(_pay(kiosk, wire, folder))
        memory = psutil.Process(stage.programs["kiosk"].pid).memory_info().rss
    finally:
        stage.stop()
        if wire is not None:
            wire.close()
    yield Row("kiosk", "touch to next screen, 540x960 (median)", median(touches_ms), "ms", 150.0)
    slowest = percentile(touches_ms, 0.95)
    yield Row("kiosk", "touch to next screen, 540x960 (95 %)", slowest, "ms", 300.0)
    yield Row(
        "kiosk", "payer's last touch to first byte of paper (median)", median(paper_s), "s", 1.0
    )
    yield Row("kiosk", "start to attract screen with the venue found", started_s, "s", 5.0)
    yield Row("kiosk", f"resident after {ROUNDS} purchases", memory / 2**20, "MB", 400.0)


def _choose(kiosk: KioskHand) -> list[float]:
    """From the attract screen to the payment code; returns each touch's time in milliseconds."""
    way = [
        ("service/buy", "events"),
        ("event/", "performance"),
        ("performance/", "seats"),
        ("take_seats", "tickets"),
        ("pay", "pay"),
    ]
    times = []
    for target, screen in way:
        if target == "event/":
            target = _seated_event(kiosk)  # noqa: PLW2901 - the first that has seats
        lifted_s = kiosk.touch(target)
        kiosk.wait(screen)
        times.append((time.monotonic() - lifted_s) * 1000)
    return times


def _seated_event(kiosk: KioskHand) -> str:
    """The target of the first event card; the sample's first one has reserved seats."""
    names = [target["name"] for target in kiosk.look()["targets"]]
    return min(name for name in names if name.startswith("event/"))


def _pay(kiosk: KioskHand, wire: FirstByte, folder: Path) -> float:
    """Pay by the code on the screen; returns the seconds until the first byte of paper."""
    picture = folder / "code.png"
    codes: list[str] = []
    end_s = time.monotonic() + 15
    while not codes and time.monotonic() < end_s:
        kiosk.shoot(picture)
        codes = read_codes(picture)
        picture.unlink()
    before = len(wire.began_s)
    paid_s = time.monotonic()
    pay_by_phone(codes[0])
    while len(wire.began_s) == before and time.monotonic() < paid_s + 15:
        time.sleep(0.005)
    first_s = wire.began_s[before] - paid_s
    kiosk.wait("thanks", 20)
    kiosk.touch("done")
    kiosk.wait("attract", 20)
    return first_s
