"""The ESC/POS driver over TCP against the simulated printer, faults at every place."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from venue_devices import reasons
from venue_devices.printers.escpos_tcp import driver
from venue_devices.simulated.printer_server import PrinterFaults, PrinterServer

from venue_suite.domain.errors import ConfigInvalid, DeviceUnavailable
from venue_suite.ports import DeviceHealth, PaperState, Printer, PrintOutcome, Raster

MakeDevice = Callable[..., Any]
MakeRaster = Callable[..., Raster]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On loopback an answer that is on its way comes within milliseconds."""
    monkeypatch.setattr("venue_devices.printers.escpos_fence.QUIET_S", 0.03)


@pytest.fixture
def server() -> Iterator[PrinterServer]:
    server = PrinterServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def printer(server: PrinterServer, make_device: MakeDevice, noise_raster: MakeRaster) -> Printer:
    """A printer in the middle of its day: what comes with a first job is behind it."""
    device: Printer = make_device(driver, host="127.0.0.1", port=server.port)
    assert device.print_raster(noise_raster(seed=0), 5.0) is PrintOutcome.PRINTED
    server.sheets = []
    return device


def is_on_paper(server: PrinterServer, raster: Raster) -> bool:
    """Whether a sheet carries the raster whole, in the upper left corner."""
    rows = [
        raster.bits[i : i + raster.width_dots // 8]
        for i in range(0, len(raster.bits), raster.width_dots // 8)
    ]
    paper_row = server.paper_width_dots // 8
    wanted = b"".join(row.ljust(paper_row, b"\0") for row in rows)
    return any(wanted in sheet.bits for sheet in server.sheets)


def test_ticket_is_printed_and_its_code_reads_back(
    make_device: MakeDevice, qr_raster: Callable[[str], Raster], tmp_path: Path
) -> None:
    server = PrinterServer(tmp_path)
    server.start()
    try:
        printer = make_device(driver, host="127.0.0.1", port=server.port)
        outcome = printer.print_raster(qr_raster("VT1.TICKET.0001"), 5.0)
    finally:
        server.stop()
    assert outcome is PrintOutcome.PRINTED
    assert server.unknown == []
    (picture,) = tmp_path.glob("*.png")
    (found,) = zxingcpp.read_barcodes(Image.open(picture))
    assert found.text == "VT1.TICKET.0001"


@pytest.mark.parametrize("fence", ["gs_r", "process_id", "status"])
@pytest.mark.parametrize("cut", ["partial", "full"])
def test_every_fence_and_cut_prints(
    server: PrinterServer, make_device: MakeDevice, noise_raster: MakeRaster, fence: str, cut: str
) -> None:
    printer = make_device(driver, host="127.0.0.1", port=server.port, fence=fence, cut=cut)
    raster = noise_raster(576, 300)
    assert printer.print_raster(raster, 5.0) is PrintOutcome.PRINTED
    assert is_on_paper(server, raster)


def test_connection_is_kept_only_for_the_job(
    server: PrinterServer, make_device: MakeDevice, noise_raster: MakeRaster
) -> None:
    first = make_device(driver, host="127.0.0.1", port=server.port)
    second = make_device(driver, host="127.0.0.1", port=server.port)
    for printer in (first, second, first):
        assert printer.print_raster(noise_raster(), 5.0) is PrintOutcome.PRINTED


@pytest.mark.parametrize(
    ("faults", "reason", "paper"),
    [
        (PrinterFaults(paper=PaperState.OUT), reasons.NO_PAPER, PaperState.OUT),
        (PrinterFaults(cover_open=True), reasons.COVER_OPEN, PaperState.OK),
    ],
)
def test_nothing_leaves_for_a_printer_that_can_not_print(
    server: PrinterServer,
    printer: Printer,
    noise_raster: MakeRaster,
    faults: PrinterFaults,
    reason: str,
    paper: PaperState,
) -> None:
    server.faults = faults
    health = printer.health(1.0)
    assert (health.ready, health.reason, health.paper) == (False, reason, paper)
    with pytest.raises(DeviceUnavailable) as refusal:
        printer.print_raster(noise_raster(), 5.0)
    assert refusal.value.params["reason"] == reason
    server.faults = PrinterFaults()
    assert printer.print_raster(noise_raster(), 5.0) is PrintOutcome.PRINTED
    assert len(server.sheets) == 1


def test_low_paper_prints_and_shows(
    server: PrinterServer, printer: Printer, noise_raster: MakeRaster
) -> None:
    server.faults.paper = PaperState.LOW
    assert printer.print_raster(noise_raster(), 5.0) is PrintOutcome.PRINTED
    health = printer.health(1.0)
    assert (health.ready, health.paper) == (True, PaperState.LOW)


def test_absent_printer_is_told_before_anything_is_printed(
    make_device: MakeDevice, noise_raster: MakeRaster, closed_port: int
) -> None:
    printer = make_device(driver, opened=False, host="127.0.0.1", port=closed_port)
    with pytest.raises(DeviceUnavailable):
        printer.open(1.0)
    with pytest.raises(DeviceUnavailable):
        printer.print_raster(noise_raster(), 1.0)
    assert printer.health(1.0) == DeviceHealth(ready=False, reason=reasons.NOT_REACHED)


def test_mute_printer_is_unavailable_within_its_timeout(
    make_device: MakeDevice, noise_raster: MakeRaster, silent_port: int
) -> None:
    printer = make_device(driver, opened=False, host="127.0.0.1", port=silent_port)
    started_s = time.monotonic()
    with pytest.raises(DeviceUnavailable):
        printer.print_raster(noise_raster(), 0.3)
    assert 0.25 < time.monotonic() - started_s < 1.0


def test_printer_that_never_confirms_is_found_out_before_the_job(
    server: PrinterServer, printer: Printer, noise_raster: MakeRaster, monkeypatch: Any
) -> None:
    monkeypatch.setattr("venue_devices.printers.escpos_tcp.PROBE_TIMEOUT_S", 0.1)
    server.faults.answers_fence = False
    with pytest.raises(DeviceUnavailable) as refusal:
        printer.print_raster(noise_raster(), 5.0)
    assert refusal.value.params["reason"] == reasons.PRINTER_BUSY
    assert not is_on_paper(server, noise_raster())


def test_clone_without_a_fence_prints_by_its_status(
    server: PrinterServer, make_device: MakeDevice, noise_raster: MakeRaster
) -> None:
    server.faults.answers_fence = False
    printer = make_device(driver, host="127.0.0.1", port=server.port, fence="status")
    assert printer.print_raster(noise_raster(576, 60), 5.0) is PrintOutcome.PRINTED
    assert is_on_paper(server, noise_raster(576, 60))


def test_slow_printer_is_waited_for(
    server: PrinterServer, printer: Printer, noise_raster: MakeRaster
) -> None:
    server.faults.bytes_per_s = 60_000
    raster = noise_raster(576, 400)  # 28,800 bytes: more than its buffer holds
    started_s = time.monotonic()
    assert printer.print_raster(raster, 10.0) is PrintOutcome.PRINTED
    assert time.monotonic() - started_s > 0.3
    assert is_on_paper(server, raster)


def test_too_slow_printer_leaves_it_doubtful_in_time(
    server: PrinterServer, printer: Printer, noise_raster: MakeRaster
) -> None:
    server.faults.bytes_per_s = 5_000
    started_s = time.monotonic()
    assert printer.print_raster(noise_raster(576, 400), 1.0) is PrintOutcome.DOUBTFUL
    assert time.monotonic() - started_s < 2.0


def test_roll_that_ends_in_the_job_is_told_long_before_the_timeout(
    server: PrinterServer, printer: Printer, noise_raster: MakeRaster
) -> None:
    server.faults.rows_left = 50
    started_s = time.monotonic()
    assert printer.print_raster(noise_raster(576, 200), 30.0) is PrintOutcome.DOUBTFUL
    assert time.monotonic() - started_s < 3.0
    assert printer.health(1.0).reason == reasons.NO_PAPER


def test_cutter_jam_is_doubtful(
    server: PrinterServer, printer: Printer, noise_raster: MakeRaster
) -> None:
    server.faults.cutter_jam = True
    assert printer.print_raster(noise_raster(), 30.0) is PrintOutcome.DOUBTFUL
    assert printer.health(1.0).reason == reasons.CUTTER_FAULT


def test_next_ticket_after_a_broken_one_is_whole_and_alone(
    server: PrinterServer, printer: Printer, noise_raster: MakeRaster
) -> None:
    server.faults.hangs_up_after_bytes = 300
    broken, whole = noise_raster(576, 100, seed=1), noise_raster(576, 100, seed=2)
    assert printer.print_raster(broken, 3.0) is PrintOutcome.DOUBTFUL
    assert printer.print_raster(whole, 3.0) is PrintOutcome.PRINTED
    assert server.sheets[-1].bits[: len(whole.bits)] == whole.bits
    assert not is_on_paper(server, broken)


def test_ticket_after_a_crash_of_the_program_is_whole_and_alone(
    server: PrinterServer,
    printer: Printer,
    make_device: MakeDevice,
    noise_raster: MakeRaster,
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr("venue_devices.printers.escpos_tcp.PROBE_TIMEOUT_S", 0.2)
    server.faults.hangs_up_after_bytes = 300
    assert printer.print_raster(noise_raster(576, 100), 3.0) is PrintOutcome.DOUBTFUL
    fresh = make_device(driver, host="127.0.0.1", port=server.port)
    whole = noise_raster(576, 100, seed=2)
    assert fresh.print_raster(whole, 5.0) is PrintOutcome.PRINTED
    assert server.sheets[-1].bits[: len(whole.bits)] == whole.bits


@pytest.mark.parametrize("bands", [1, 2])
def test_half_a_ticket_of_before_a_power_cut_is_cut_away(
    server: PrinterServer,
    printer: Printer,
    make_device: MakeDevice,
    noise_raster: MakeRaster,
    bands: int,
) -> None:
    whole_bands = 50 + bands * (8 + 72 * 128)  # the picture breaks off between two commands
    server.faults.dies_after_bytes = whole_bands
    broken, whole = noise_raster(576, 384, seed=1), noise_raster(576, 100, seed=2)
    assert printer.print_raster(broken, 1.0) is PrintOutcome.DOUBTFUL
    server.stop()
    assert not server.is_paper_clean
    server.faults = PrinterFaults()
    server.start()
    fresh = make_device(driver, host="127.0.0.1", port=server.port)
    assert fresh.print_raster(whole, 3.0) is PrintOutcome.PRINTED
    assert server.sheets[-1].bits.startswith(whole.bits)
    assert len(server.sheets) == 2


def test_question_inside_a_picture_does_not_confuse_the_driver(
    server: PrinterServer, make_device: MakeDevice
) -> None:
    # Real printers answer DLE EOT wherever they see it.
    raster = Raster(64, 64, bytes.fromhex("1004011004021004") * 64)
    printer = make_device(driver, host="127.0.0.1", port=server.port)
    for _ in range(20):
        assert printer.print_raster(raster, 5.0) is PrintOutcome.PRINTED
    assert len(server.sheets) == 20
    assert all(sheet.bits.count(b"\x10\x04\x01\x10\x04") == 64 for sheet in server.sheets)


def test_old_answers_do_not_confirm_a_new_ticket(
    server: PrinterServer, make_device: MakeDevice, noise_raster: MakeRaster, monkeypatch: Any
) -> None:
    """Programs die, one after another, at a printer that stands still; then it goes on, slowly."""
    monkeypatch.setattr("venue_devices.printers.escpos_tcp.PROBE_TIMEOUT_S", 0.2)
    settings = {"host": "127.0.0.1", "port": server.port}
    first = make_device(driver, **settings)
    server.faults.cutter_jam = True
    for _ in range(3):
        with contextlib.suppress(DeviceUnavailable):
            first.print_raster(noise_raster(192, 100), 1.0)
    for _ in range(2):
        with contextlib.suppress(DeviceUnavailable):
            make_device(driver, **settings).print_raster(noise_raster(192, 100), 1.0)
    server.faults = PrinterFaults(bytes_per_s=40_000)
    monkeypatch.setattr("venue_devices.printers.escpos_tcp.PROBE_TIMEOUT_S", 2.0)
    ticket = noise_raster(192, 100, seed=2)
    assert make_device(driver, **settings).print_raster(ticket, 10.0) is PrintOutcome.PRINTED
    assert server.sheets[-1].bits.startswith(first_row(server, ticket))
    assert is_on_paper(server, ticket)


def test_close_from_another_thread_ends_a_job(
    server: PrinterServer, printer: Printer, noise_raster: MakeRaster
) -> None:
    server.faults.bytes_per_s = 1_000
    threading.Timer(0.3, printer.close).start()
    started_s = time.monotonic()
    assert printer.print_raster(noise_raster(576, 400), 30.0) is PrintOutcome.DOUBTFUL
    assert time.monotonic() - started_s < 3.0


def test_raster_that_does_not_fit_is_a_mistake_of_the_caller(
    printer: Printer, noise_raster: MakeRaster
) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        printer.print_raster(noise_raster(584, 1), 1.0)


@pytest.mark.parametrize(("key", "value"), [("cut", "half"), ("fence", "hope")])
def test_unknown_word_in_a_setting_is_named(make_device: MakeDevice, key: str, value: str) -> None:
    with pytest.raises(ConfigInvalid, match=key):
        make_device(driver, opened=False, host="127.0.0.1", **{key: value})


class TestEveryByte:
    """A fault at each byte: PRINTED only if the paper is whole, nothing printed if refused."""

    RASTER = (64, 8)

    def session_bytes(self, server: PrinterServer, printer: Printer, raster: Raster) -> int:
        before = server.bytes_received
        assert printer.print_raster(raster, 5.0) is PrintOutcome.PRINTED
        return server.bytes_received - before

    def check(
        self, server: PrinterServer, printer: Printer, raster: Raster, timeout_s: float
    ) -> str:
        try:
            outcome = printer.print_raster(raster, timeout_s)
        except DeviceUnavailable:
            assert not server.sheets
            assert server.is_paper_clean
            return "unavailable"
        if outcome is PrintOutcome.PRINTED:
            assert is_on_paper(server, raster)
        return outcome.value

    @pytest.mark.parametrize("fence", ["gs_r", "process_id"])
    @pytest.mark.parametrize("fault", ["hangs_up_after_bytes", "dies_after_bytes"])
    def test_connection_and_power(
        self,
        server: PrinterServer,
        make_device: MakeDevice,
        noise_raster: MakeRaster,
        fence: str,
        fault: str,
        monkeypatch: Any,
    ) -> None:
        monkeypatch.setattr("venue_devices.printers.escpos_fence.QUIET_S", 0.005)
        raster = noise_raster(*self.RASTER)
        settings = {"host": "127.0.0.1", "port": server.port, "fence": fence}
        settings["paper_width_dots"] = 64
        length = self.session_bytes(server, make_device(driver, opened=False, **settings), raster)
        white = range(20, 20 + 64 // 8 * 128)  # about where the remains of older jobs are filled up
        counts = [*range(white.start), *white[::64], *range(white.stop, length + 2)]
        seen: dict[str, int] = {}
        for count in counts:
            server.stop()
            server.tear_off()
            server.sheets = []
            server.faults = PrinterFaults()
            setattr(server.faults, fault, count)
            server.start()
            printer = make_device(driver, opened=False, **settings)
            outcome = self.check(server, printer, raster, 3.0 if count > length else 0.05)
            if count != length:  # the last answer and the fault meet
                assert (outcome == "printed") == (count > length)
            seen[outcome] = seen.get(outcome, 0) + 1
        assert seen["unavailable"] > 10
        assert seen["doubtful"] > 64  # at least the picture's own bytes

    def test_roll_ends_at_each_row(
        self,
        server: PrinterServer,
        make_device: MakeDevice,
        noise_raster: MakeRaster,
        monkeypatch: Any,
    ) -> None:
        monkeypatch.setattr("venue_devices.printers.escpos_tcp.STATUS_POLL_S", 0.02)
        monkeypatch.setattr("venue_devices.printers.escpos_tcp.PROBE_TIMEOUT_S", 0.05)
        monkeypatch.setattr("venue_devices.printers.escpos_fence.QUIET_S", 0.005)
        raster = noise_raster(*self.RASTER)
        rows = 8 + 24
        for left in range(1, 24 + rows + 3):
            server.stop()
            server.tear_off()
            server.sheets = []
            server.faults = PrinterFaults(rows_left=left)
            server.start()
            printer = make_device(driver, opened=False, host="127.0.0.1", port=server.port)
            outcome = self.check(server, printer, raster, 1.0)
            remains = 24  # fed and cut away before the ticket
            if left <= remains:
                assert outcome == "unavailable"
            else:
                assert outcome == ("printed" if left > remains + rows else "doubtful")


@pytest.mark.parametrize("fence", ["gs_r", "process_id"])
@pytest.mark.parametrize("seed", range(4))
def test_printed_is_true_through_any_run_of_bad_luck(
    server: PrinterServer,
    make_device: MakeDevice,
    noise_raster: MakeRaster,
    monkeypatch: Any,
    fence: str,
    seed: int,
) -> None:
    """Jobs, faults and repairs at random, the printer never switched off in between: old bytes and
    old answers stay in it, and it sends them to whoever is connected, as a print server does."""
    monkeypatch.setattr("venue_devices.printers.escpos_tcp.STATUS_POLL_S", 0.02)
    monkeypatch.setattr("venue_devices.printers.escpos_tcp.PROBE_TIMEOUT_S", 0.25)
    chance = random.Random(seed)
    settings = {"host": "127.0.0.1", "port": server.port, "fence": fence}
    printer = make_device(driver, opened=False, **settings)
    outcomes: dict[str, int] = {}
    for number in range(30):
        if chance.random() < 0.1:  # the program died and was started again
            printer = make_device(driver, opened=False, **settings)
        server.faults = PrinterFaults()
        fault, value = chance.choice(
            [
                ("rows_left", chance.randrange(1, 300)),
                ("hangs_up_after_bytes", chance.randrange(1, 3000)),
                ("bytes_per_s", chance.choice([5_000, 20_000, 80_000])),
                ("cutter_jam", True),
                ("faultless", True),
                ("faultless", True),
            ]
        )
        if fault != "faultless":
            setattr(server.faults, fault, value)
        raster = noise_raster(192, chance.randrange(20, 150), seed=1000 * seed + number)
        try:
            outcome = printer.print_raster(raster, chance.choice([0.3, 0.6, 3.0])).value
        except DeviceUnavailable:
            outcome = "unavailable"
            assert not is_on_paper(server, raster)
        if outcome == "printed":
            assert is_on_paper(server, raster)
            assert server.sheets[-1].bits.startswith(first_row(server, raster))
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    assert outcomes.get("printed", 0) >= 5
    assert outcomes.get("doubtful", 0) >= 1


def first_row(server: PrinterServer, raster: Raster) -> bytes:
    return raster.bits[: raster.width_dots // 8].ljust(server.paper_width_dots // 8, b"\0")
