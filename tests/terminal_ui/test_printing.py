"""Paper at the console: the printer's own word is what the venue is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from venue_terminal.printing import DOUBTFUL, FAILED, NO_PAPER, PRINTED, DevicePaper

from venue_suite.device_host import DeviceHost
from venue_suite.domain.errors import DeviceUnavailable
from venue_suite.ports import (
    Device,
    DeviceHealth,
    DriverInfo,
    PaperState,
    PrintOutcome,
    Raster,
)


class Printer:
    """A printer that does what the test says."""

    def __init__(self, name: str, act: Callable[[Raster], PrintOutcome], paper: PaperState) -> None:
        self.name = name
        self.paper_width_dots = 384
        self._act = act
        self._paper = paper
        self.rasters: list[Raster] = []

    def open(self, timeout_s: float) -> None:
        return None

    def close(self) -> None:
        return None

    def health(self, timeout_s: float) -> DeviceHealth:
        return DeviceHealth(ready=self._paper is not PaperState.OUT, paper=self._paper)

    def print_raster(self, raster: Raster, timeout_s: float) -> PrintOutcome:
        self.rasters.append(raster)
        return self._act(raster)


class Settings:
    driver = "test_printer"
    settings: dict[str, Any] = {}  # noqa: RUF012 - the protocol's shape


def host_of(act: Callable[[Raster], PrintOutcome], paper: PaperState = PaperState.OK) -> DeviceHost:
    def make(name: str, settings: object) -> Device:
        return Printer(name, act, paper)

    driver = DriverInfo("test_printer", "printer", "for tests", {}, make, simulated=True)
    return DeviceHost({"desk": Settings()}, find=lambda _: driver)


def refuse(raster: Raster) -> PrintOutcome:
    raise DeviceUnavailable(device="desk", reason="the cover is open")


def crash(raster: Raster) -> PrintOutcome:
    raise RuntimeError("a driver's mistake")


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda _: PrintOutcome.PRINTED, PRINTED),
        (lambda _: PrintOutcome.DOUBTFUL, DOUBTFUL),
        (refuse, FAILED),
        (crash, DOUBTFUL),
    ],
)
async def test_a_sheet_is_what_the_printer_said(
    act: Callable[[Raster], PrintOutcome], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raster = Raster(384, 1, bytes(48))
    monkeypatch.setattr("venue_terminal.printing.render_sheet", lambda *_: raster)
    host = host_of(act)
    host.start()
    try:
        assert await DevicePaper(host, "desk").print_sheet("receipt-80mm", {}) == said
    finally:
        await host.stop()


async def test_a_faulty_sheet_fails_without_paper() -> None:
    host = host_of(lambda _: PrintOutcome.PRINTED)
    host.start()
    try:
        assert await DevicePaper(host, "desk").print_sheet("no-such-design", {}) == FAILED
    finally:
        await host.stop()


async def test_a_printer_without_paper_says_so() -> None:
    host = host_of(lambda _: PrintOutcome.PRINTED, PaperState.OUT)
    host.start()
    try:
        paper = DevicePaper(host, "desk")
        for _ in range(250):
            if await paper.check() == NO_PAPER:
                break
            await asyncio.sleep(0.02)
        assert await paper.check() == NO_PAPER
    finally:
        await host.stop()
