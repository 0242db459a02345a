"""What the kiosk knows about its paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from venue_kiosk.devices import Devices

from tests.kiosk.fake_printer import FakeHost
from venue_suite.device_host import HUNG, STARTING, HostedHealth
from venue_suite.domain.errors import DeviceUnavailable
from venue_suite.ports import DeviceHealth, PaperState


class Host(FakeHost):
    """A host whose printer is as the test says."""

    def __init__(self, ready: bool, opened: int, reason: str = "") -> None:
        super().__init__()
        health = DeviceHealth(ready=ready, reason=reason, paper=PaperState.LOW)
        hosted = HostedHealth("ticket_printer", "fake", "printer", True, health, datetime.now(UTC))
        self.hosted = replace(hosted, opened=opened)

    def health(self) -> dict[str, HostedHealth]:
        return {"ticket_printer": self.hosted}


class NoPrinter(FakeHost):
    def first(self, kind: str) -> str | None:
        return None


@pytest.mark.parametrize(
    ("host", "paper"),
    [
        (Host(True, 1), "low"),
        (Host(False, 0, STARTING), "unknown"),
        (Host(False, 0, "no answer"), "out"),
        (Host(False, 1, HUNG), "out"),
        (NoPrinter(), "out"),
    ],
    ids=["low", "being opened", "never there", "gone", "none"],
)
def test_only_paper_that_is_there_counts(host: FakeHost, paper: str) -> None:
    """Without a printer that works nothing is sold: paper is checked before money."""
    devices, told = Devices(host), []
    devices.watch_paper(told.append)
    devices._look()
    assert devices.paper == paper
    assert told == ([paper] if paper != "unknown" else [])


async def test_a_call_without_a_device_is_refused() -> None:
    with pytest.raises(DeviceUnavailable):
        await Devices(NoPrinter()).call("printer", "print_raster", timeout_s=1)
