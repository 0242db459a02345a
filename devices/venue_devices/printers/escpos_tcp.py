"""ESC/POS printer on the network, raw TCP (port 9100).

What makes a job PRINTED, by the setting `fence`:

* `gs_r` (default): after the cut the driver asks GS r 1. The printer answers it in its turn, so the
  answer proves that everything before it was carried out; then DLE EOT must show no fault.
* `process_id`: as above with GS ( H, which Epson defines as "printed up to here"; the strongest.
* `status`: for clones that answer neither. After the time that the paper needs, DLE EOT must show
  the printer online, with paper and without a fault. Weaker: a printer that loses data and says
  nothing is not caught.

Anything else after the first printed byte is DOUBTFUL: silence, a broken connection, a fault.
Before that byte everything raises `DeviceUnavailable`, and nothing is on paper.

The first job of a program, and the one after a DOUBTFUL one, first cuts away what an older job may
have left at the print head: two tickets never share a piece of paper. That costs a strip of white.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from venue_devices import reasons
from venue_devices.deadline import Deadline
from venue_devices.printers import escpos_codec as codec
from venue_devices.printers.escpos_fence import FENCES, Fence
from venue_devices.printers.escpos_link import AnswerLate, EscposLink, LinkBroken
from venue_suite.domain.errors import ConfigInvalid, DeviceUnavailable
from venue_suite.ports import REQUIRED, DeviceHealth, DriverInfo, PrintOutcome, Raster

PROBE_TIMEOUT_S = 2.0
STATUS_POLL_S = 0.25
FEED_BEFORE_CUT_DOTS = 24


class EscposTcpPrinter:
    """A `venue_suite.ports.Printer`; connects for each job and each question."""

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self.name = name
        self.paper_width_dots: int = settings["paper_width_dots"]
        self._address: tuple[str, int] = (settings["host"], settings["port"])
        self._fence: Fence = FENCES[_one_of(name, "fence", settings["fence"], tuple(FENCES))]()
        self._cut = codec.CUTS[_one_of(name, "cut", settings["cut"], tuple(codec.CUTS))]
        self._link: EscposLink | None = None
        # The last job broke off, and its rest may hang in the printer: as after a power cut in the
        # middle of a ticket, of which a new program knows nothing.
        self._is_unclean = True

    def open(self, timeout_s: float) -> None:
        """Make sure that the printer answers; no connection is kept."""
        deadline = Deadline(timeout_s)
        try:
            with self._connect(deadline) as link:
                link.ask_status(deadline)
        except LinkBroken as broken:
            raise self._unavailable(str(broken)) from broken

    def close(self) -> None:
        if link := self._link:
            link.close()

    def health(self, timeout_s: float) -> DeviceHealth:
        deadline = Deadline(timeout_s)
        try:
            with self._connect(deadline) as link:
                status = link.ask_status(deadline)
        except LinkBroken as broken:
            return DeviceHealth(ready=False, reason=str(broken))
        return DeviceHealth(
            ready=not status.reason,
            reason=status.reason,
            paper=status.paper,
            facts={"answers": True},
        )

    def print_raster(self, raster: Raster, timeout_s: float) -> PrintOutcome:
        """Print and cut one piece of paper; see the head of this module for the outcome.

        Raises:
            DeviceUnavailable: nothing was printed.
            ValueError: the raster is malformed or wider than the paper.
        """
        if raster.width_dots > self.paper_width_dots:
            raise ValueError(f"{raster.width_dots} dots do not fit {self.paper_width_dots}")
        deadline = Deadline(timeout_s)
        bands = list(codec.draw_raster(raster))
        try:
            link = self._connect(deadline)
        except LinkBroken as broken:
            raise self._unavailable(str(broken)) from broken
        with link:
            self._prepare(link, deadline)
            try:
                for band in bands:
                    link.send(band, deadline)
                link.send(codec.feed(FEED_BEFORE_CUT_DOTS) + self._cut, deadline)
                is_printed = self._wait_printed(link, raster.height_dots, deadline)
            except LinkBroken:
                is_printed = False
            if not is_printed:
                self._is_unclean = True
                link.abort()
        return PrintOutcome.PRINTED if is_printed else PrintOutcome.DOUBTFUL

    def _connect(self, deadline: Deadline) -> EscposLink:
        self._link = EscposLink(*self._address, deadline)
        return self._link

    def _prepare(self, link: EscposLink, deadline: Deadline) -> None:
        """All that must be true before the first printed byte.

        Raises:
            DeviceUnavailable: paper, cover, a fault, or a printer that could not confirm later.
        """
        try:
            link.drain()
            self._check_status(link, deadline)
            # Silence may come from a job that broke off, perhaps of a program that died with it.
            if self._is_unclean or not self._confirms(link, deadline):
                self._is_unclean = True
                self._clear_remains(link, deadline)
                if not self._confirms(link, deadline):
                    raise self._unavailable(reasons.PRINTER_BUSY)
                self._check_status(link, deadline)  # the strip may have been the last of the roll
                self._is_unclean = False
        except LinkBroken as broken:
            raise self._unavailable(str(broken)) from broken

    def _check_status(self, link: EscposLink, deadline: Deadline) -> None:
        if reason := link.ask_status(deadline).reason:
            raise self._unavailable(reason)

    def _confirms(self, link: EscposLink, deadline: Deadline) -> bool:
        """Ask before the job what is asked after it: what is not answered now would be missed."""
        link.send(codec.INITIALISE + codec.AUTO_STATUS_OFF, deadline)
        try:
            self._fence.prove(link, Deadline(deadline.left_s(PROBE_TIMEOUT_S)))
            link.drain()
        except AnswerLate:
            return False
        return True

    def _clear_remains(self, link: EscposLink, deadline: Deadline) -> None:
        """Fill up a picture that broke off, and cut what is left of it away from the next paper."""
        link.send(codec.end_broken_raster(self.paper_width_dots), deadline)
        link.send(codec.INITIALISE + codec.feed(FEED_BEFORE_CUT_DOTS) + self._cut, deadline)

    def _wait_printed(self, link: EscposLink, rows: int, deadline: Deadline) -> bool:
        """Whether the printer confirms, by its fence and then by its status."""
        link.drain()
        self._fence.ask(link, rows, deadline)
        faults_seen = 0
        while True:
            try:
                is_confirmed = self._fence.wait(link, Deadline(deadline.left_s(STATUS_POLL_S)))
                break
            except AnswerLate:
                if deadline.is_over:
                    raise
            # It may have stopped for good. Twice: bytes in the picture that look like a question
            # are answered too, and could be taken for the answer to this one.
            faults_seen = faults_seen + 1 if link.ask_status(deadline).reason else 0
            if faults_seen == 2:
                return False
        link.drain()
        return is_confirmed and not link.ask_status(deadline).reason

    def _unavailable(self, reason: str) -> DeviceUnavailable:
        return DeviceUnavailable(device=self.name, reason=reason)


def _one_of(name: str, key: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ConfigInvalid(source=f"devices.{name}.{key}", reason=f"one of {', '.join(allowed)}")
    return value


driver = DriverInfo(
    name="escpos_tcp",
    kind="printer",
    summary="ESC/POS ticket printer on the network",
    settings={
        "host": (str, REQUIRED, "address of the printer"),
        "port": (int, 9100, "TCP port"),
        "paper_width_dots": (int, 576, "576 for rolls of 80 mm, 384 for 58 mm"),
        "cut": (str, "partial", "partial, full or none"),
        "fence": (str, "gs_r", "how the printer confirms a job: gs_r, process_id or status"),
    },
    make=EscposTcpPrinter,
)
