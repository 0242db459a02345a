"""A printer, a scanner, a gate and a payment provider on one bench, worked by short commands.

| command | what |
|---|---|
| scan CODE | hold a code before the scanner |
| paper ok, low, out | the printer's roll |
| cover open, closed | the printer's cover |
| cutter jam, free | the printer's cutter |
| printer off, on | its power |
| gate off, on | the board's power |
| walks yes, no | whether people go through after a release |
| walk | somebody goes through now |
| pay REFERENCE | the payer pays; without a reference, every waiting payment |
| decline REFERENCE | the payer declines |
| state | how all of it stands |
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from venue_devices.simulated.gate import GateServer
from venue_devices.simulated.printer_server import PrinterServer
from venue_devices.simulated.qr_server import QrServer
from venue_devices.simulated.scanner import ScannerServer
from venue_suite.ports import PaperState


class CommandUnknown(Exception):
    """The command, or the word behind it, is not in the table above."""


class Bench:
    """The four simulated devices of a demonstration.

    Args:
        printer, scanner, gate, qr: the devices, not yet started.
    """

    def __init__(
        self, printer: PrinterServer, scanner: ScannerServer, gate: GateServer, qr: QrServer
    ) -> None:
        self.printer = printer
        self.scanner = scanner
        self.gate = gate
        self.qr = qr
        self._commands: dict[str, Callable[[str], None]] = {
            "scan": self.scanner.scan,
            "paper": self._paper,
            "cover": self._cover,
            "cutter": self._cutter,
            "printer": lambda word: _switch(self.printer, word),
            "gate": lambda word: _switch(self.gate, word),
            "walks": self._walks,
            "walk": lambda _: self.gate.walk(),
            "pay": lambda word: self._answer(word, accepts=True),
            "decline": lambda word: self._answer(word, accepts=False),
            "state": lambda _: None,
        }

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """All four are on. Raises OSError if a port is taken."""
        with contextlib.ExitStack() as started:
            for server in (self.printer, self.scanner, self.gate, self.qr):
                server.start()
                started.callback(server.stop)
            yield

    def addresses(self) -> dict[str, object]:
        """Where they are, for the configuration of stations."""
        return {
            "printer_port": self.printer.port,
            "scanner_port": self.scanner.port,
            "gate_port": self.gate.port,
            "qr_port": self.qr.port,
            "qr_url": self.qr.base_url,
        }

    def state(self) -> dict[str, object]:
        """How they stand."""
        return {
            "sheets": self.printer.sheet_count,
            "paper": self.printer.faults.paper.value,
            "unknown": self.printer.unknown,
            "relay": self.gate.is_relay_on,
            "released": self.gate.turnstile.release_count,
            "payments_waiting": [payment.reference for payment in self.qr.book.waiting()],
        }

    def work(self, line: str) -> dict[str, object]:
        """Carry out one command; returns the state after it.

        Raises:
            CommandUnknown: it is none.
        """
        verb, _, word = line.strip().partition(" ")
        command = self._commands.get(verb)
        if command is None:
            raise CommandUnknown(f"unknown: {verb} (known: {', '.join(self._commands)})")
        command(word.strip())
        return self.state()

    def _paper(self, word: str) -> None:
        self.printer.faults.paper = PaperState(_one_of(word, "ok", "low", "out"))

    def _cover(self, word: str) -> None:
        self.printer.faults.cover_open = _one_of(word, "open", "closed") == "open"

    def _cutter(self, word: str) -> None:
        self.printer.faults.cutter_jam = _one_of(word, "jam", "free") == "jam"

    def _walks(self, word: str) -> None:
        self.gate.turnstile.faults.walks = _one_of(word, "yes", "no") == "yes"

    def _answer(self, reference: str, *, accepts: bool) -> None:
        waiting = [payment.reference for payment in self.qr.book.waiting()]
        for one in [reference] if reference else waiting:
            self.qr.answer(one, accepts=accepts)


def make_bench(
    folder: Path, *, printer_port: int = 0, scanner_port: int = 0, gate_port: int = 0, qr: QrServer
) -> Bench:
    """A bench whose printer draws into `folder`; port 0 takes a free one."""
    return Bench(
        PrinterServer(folder, port=printer_port),
        ScannerServer(port=scanner_port),
        GateServer(port=gate_port),
        qr,
    )


def _switch(server: PrinterServer | GateServer, word: str) -> None:
    if _one_of(word, "on", "off") == "on":
        server.start()
    else:
        server.stop()


def _one_of(word: str, *known: str) -> str:
    if word not in known:
        raise CommandUnknown(f"one of {', '.join(known)} is expected, not {word!r}")
    return word
