"""A device host with one printer, without threads: it prints, or fails as it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from venue_suite.device_host import HostedHealth
from venue_suite.domain.errors import DeviceUnavailable
from venue_suite.ports import DeviceHealth, PaperState, PrintOutcome, Raster


class FakeHost:
    """Attributes:
    printed: the rasters that came out.
    outcomes: what the next sheets do: printed, doubtful, out; printed when it is empty.
    paper: what the printer says about its paper.
    """

    paper_width_dots = 576

    def __init__(self, *outcomes: str) -> None:
        self.outcomes = list(outcomes)
        self.printed: list[Raster] = []
        self.paper = PaperState.OK
        self._tell: list[Callable[[HostedHealth], None]] = []

    def start(self) -> None:
        """Nothing needs opening."""

    async def stop(self) -> None:
        """Nothing needs closing."""

    def first(self, kind: str) -> str | None:
        return "ticket_printer" if kind == "printer" else None

    async def call(
        self, device: str, method: str | Callable[..., Any], *args: Any, timeout_s: float
    ) -> Any:
        assert device == "ticket_printer"
        if callable(method):
            return method(self)
        assert method == "print_raster"
        outcome = self.outcomes.pop(0) if self.outcomes else "printed"
        if outcome == "out":
            raise DeviceUnavailable(device=device, reason="no paper")
        if outcome == "printed":
            self.printed.append(args[0])
        return PrintOutcome(outcome)

    def health(self) -> Mapping[str, HostedHealth]:
        return {
            "ticket_printer": HostedHealth(
                "ticket_printer",
                "fake",
                "printer",
                True,
                DeviceHealth(ready=True, paper=self.paper),
                datetime.now(UTC),
                opened=1,
            )
        }

    def on_health(self, tell: Callable[[HostedHealth], None]) -> Callable[[], None]:
        self._tell.append(tell)
        return lambda: self._tell.remove(tell)

    def set_paper(self, paper: PaperState) -> None:
        """The paper is another one; on the link's thread."""
        self.paper = paper
        for tell in self._tell:
            tell(self.health()["ticket_printer"])
