"""Simulated twin of `escpos_tcp`: the real driver against a printer that is a program."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from venue_devices.printers.escpos_tcp import EscposTcpPrinter
from venue_devices.printers.escpos_tcp import driver as real_driver
from venue_devices.simulated.printer_server import PrinterServer
from venue_devices.simulated.twin import Twin
from venue_suite.ports import DriverInfo, PrintOutcome, Raster


class SimulatedPrinter(Twin[PrinterServer, EscposTcpPrinter]):
    """A `venue_suite.ports.Printer` with its printer. `server.faults` sets what goes wrong."""

    @property
    def paper_width_dots(self) -> int:
        return self.server.paper_width_dots

    def print_raster(self, raster: Raster, timeout_s: float) -> PrintOutcome:
        return self.driver.print_raster(raster, timeout_s)


def make(name: str, settings: Mapping[str, Any]) -> SimulatedPrinter:
    """A printer and its driver; `open` starts both."""
    folder = settings["folder"]
    server = PrinterServer(
        Path(folder) if folder else None,
        port=settings["port"],
        paper_width_dots=settings["paper_width_dots"],
    )
    return SimulatedPrinter(
        name,
        server,
        lambda port: EscposTcpPrinter(name, {**settings, "host": "127.0.0.1", "port": port}),
    )


driver = DriverInfo(
    name="simulated_printer",
    kind="printer",
    summary="Simulated ticket printer: draws its paper as pictures",
    settings={
        **{key: value for key, value in real_driver.settings.items() if key != "host"},
        "port": (int, 0, "TCP port on loopback; 0 takes a free one"),
        "folder": (str, "", "folder for the pictures; empty keeps none"),
    },
    make=make,
    simulated=True,
)
