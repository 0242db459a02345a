"""The ESC/POS codec against literal bytes of the public command reference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from venue_devices import reasons
from venue_devices.printers import escpos_codec as codec
from venue_devices.printers.escpos_codec import PrinterStatus, Reply, ReplyKind, ReplyReader

from venue_suite.ports import PaperState, Raster

ALL_GOOD = (0x12, 0x12, 0x12, 0x12)


def test_commands_are_the_bytes_of_the_reference() -> None:
    assert codec.ask_status(4) == bytes.fromhex("100404")
    assert bytes.fromhex("1d7201") == codec.ASK_SENSOR
    assert codec.ask_process_id(b"0042") == bytes.fromhex("1d284806003030") + b"0042"
    assert codec.feed(300) == bytes.fromhex("1b4aff1b4a2d")
    assert codec.feed(0) == b""
    assert codec.CUTS["partial"] == bytes.fromhex("1d564200")


def test_raster_is_cut_into_bands_with_their_own_heads() -> None:
    raster = Raster(16, 5, bytes(range(10)))
    assert list(codec.draw_raster(raster, rows_per_band=2)) == [
        bytes.fromhex("1d763000 0200 0200 00010203"),
        bytes.fromhex("1d763000 0200 0200 04050607"),
        bytes.fromhex("1d763000 0200 0100 0809"),
    ]


@pytest.mark.parametrize(
    "raster",
    [Raster(12, 1, b"\0\0"), Raster(0, 1, b""), Raster(8, 0, b""), Raster(8, 2, b"\0")],
)
def test_malformed_raster_is_refused(raster: Raster) -> None:
    with pytest.raises(ValueError, match="a raster"):
        list(codec.draw_raster(raster))


def test_process_identifier_must_be_printable() -> None:
    with pytest.raises(ValueError, match="printable"):
        codec.ask_process_id(b"\x10\x04\x01\x00")


@pytest.mark.parametrize(
    ("answers", "reason", "paper"),
    [
        (ALL_GOOD, "", PaperState.OK),
        ((0x16, 0x12, 0x12, 0x12), "", PaperState.OK),  # the drawer's pin
        ((0x12, 0x12, 0x12, 0x1E), "", PaperState.LOW),
        ((0x1A, 0x12, 0x12, 0x7E), reasons.NO_PAPER, PaperState.OUT),
        ((0x1A, 0x32, 0x12, 0x12), reasons.NO_PAPER, PaperState.OUT),
        ((0x1A, 0x16, 0x12, 0x12), reasons.COVER_OPEN, PaperState.OK),
        ((0x1A, 0x52, 0x1A, 0x12), reasons.CUTTER_FAULT, PaperState.OK),
        ((0x1A, 0x52, 0x32, 0x12), reasons.PRINTER_FAULT, PaperState.OK),
        ((0x1A, 0x52, 0x52, 0x12), reasons.PRINTER_HOT, PaperState.OK),
        ((0x1A, 0x12, 0x12, 0x12), reasons.PRINTER_OFFLINE, PaperState.OK),
    ],
)
def test_status_bytes_in_words(
    answers: tuple[int, int, int, int], reason: str, paper: PaperState
) -> None:
    status = PrinterStatus.from_bytes(*answers)
    assert (status.reason, status.paper) == (reason, paper)


@pytest.mark.parametrize(
    ("data", "kind", "content"),
    [
        ("12", ReplyKind.REAL_TIME, "12"),
        ("7e", ReplyKind.REAL_TIME, "7e"),
        ("00", ReplyKind.SENSOR, "00"),
        ("0f", ReplyKind.SENSOR, "0f"),
        ("14000f00", ReplyKind.AUTO, "14000f00"),
        ("37223030343200", ReplyKind.PROCESS, "30303432"),
        ("ff", ReplyKind.NOISE, "ff"),
    ],
)
def test_reply_kinds(data: str, kind: ReplyKind, content: str) -> None:
    assert ReplyReader().feed(bytes.fromhex(data)) == [Reply(kind, bytes.fromhex(content))]


def test_sensor_answer_tells_the_end_of_the_roll() -> None:
    assert ReplyReader().feed(b"\x0c")[0].is_paper_out
    assert not ReplyReader().feed(b"\x03")[0].is_paper_out


def test_replies_that_come_mixed_are_told_apart() -> None:
    mixed = bytes.fromhex("12 10000000 00 37223030303100 1e".replace(" ", ""))
    kinds = [reply.kind for reply in ReplyReader().feed(mixed)]
    assert kinds == ["real_time", "auto", "sensor", "process", "real_time"]


@given(st.binary(max_size=200), st.data())
def test_reader_does_not_depend_on_how_bytes_arrive(data: bytes, draws: st.DataObject) -> None:
    whole = ReplyReader().feed(data)
    pieces, reader, start = [], ReplyReader(), 0
    while start < len(data):
        end = start + draws.draw(st.integers(1, 5))
        pieces += reader.feed(data[start:end])
        start = end
    assert pieces == whole


@given(st.binary(max_size=200))
def test_reader_loses_no_byte(data: bytes) -> None:
    lengths = {ReplyKind.AUTO: 4, ReplyKind.PROCESS: 7}
    replies = ReplyReader().feed(data)
    used = sum(lengths.get(reply.kind, 1) for reply in replies)
    assert 0 <= len(data) - used < 7  # what is left is the head of a longer reply
