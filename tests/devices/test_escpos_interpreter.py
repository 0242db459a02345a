"""The simulated printer's interpreter: other makers' streams, our stream, and any bytes at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import zxingcpp
from escpos.printer import Dummy
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from venue_devices.printers import escpos_codec as codec
from venue_devices.simulated.escpos_interpreter import Interpreter
from venue_devices.simulated.escpos_machine import Machine
from venue_devices.simulated.paper import Sheet, Web

from venue_suite.ports import Raster


class Parts:
    """Moving parts that never fail, and all that came out."""

    def __init__(self, width_dots: int = 576) -> None:
        self.answers = b""
        self.sheets: list[Sheet] = []
        self.is_stopped = False
        machine = Machine(Web(width_dots), self, self._answer, self.sheets.append)
        self.machine = machine
        self.interpreter = Interpreter(machine)

    def advance(self) -> bool:
        return not self.is_stopped

    def cut(self) -> bool:
        return not self.is_stopped

    def answer_sensor(self) -> bytes:
        return b"\x00"

    def answer_process(self, identifier: bytes) -> bytes:
        return b"\x37\x22" + identifier + b"\x00"

    def _answer(self, data: bytes) -> None:
        self.answers += data


def codes(sheet: Sheet) -> list[str]:
    return sorted(found.text for found in zxingcpp.read_barcodes(sheet.picture.convert("L")))


def job(raster: Raster) -> bytes:
    return b"".join(
        (
            codec.INITIALISE,
            codec.AUTO_STATUS_OFF,
            *codec.draw_raster(raster),
            codec.feed(24),
            codec.CUTS["partial"],
            codec.ASK_SENSOR,
        )
    )


def test_stream_of_python_escpos_is_drawn_without_unknown_commands() -> None:
    maker = Dummy(profile="TM-T88V")
    maker.set(align="center", bold=True, double_height=True, double_width=True)
    maker.text("ADMIT ONE\n")
    maker.set_with_default()
    maker.text("Row F  Seat 12\n")
    maker.set(align="center")
    maker.qr("NATIVE:ABC-123", native=True, size=6, center=False)
    maker.qr("RASTER:ABC-456", native=False, size=6, center=False)
    maker.image(Image.new("1", (80, 16), 0), impl="bitImageColumn")
    maker.image(Image.new("1", (80, 16), 0), impl="graphics")
    maker.ln(2)
    maker.cut()
    parts = Parts()
    parts.interpreter.feed(maker.output)
    assert parts.interpreter.unknown == []
    (sheet,) = parts.sheets
    assert sheet.lines[:2] == ("ADMIT ONE", "Row F  Seat 12")
    assert codes(sheet) == ["NATIVE:ABC-123", "RASTER:ABC-456"]


def test_chinese_in_its_own_mode_is_text() -> None:
    parts = Parts()
    parts.interpreter.feed(b"\x1c&" + "清河剧场 ¥128.00".encode("gb18030") + b"\x1c.\n\x1dV\x00")
    assert parts.interpreter.unknown == []
    assert parts.sheets[0].lines == ("清河剧场 ¥128.00",)


def test_stream_of_our_codec_is_drawn_without_unknown_commands(
    qr_raster: Callable[[str], Raster],
) -> None:
    raster = qr_raster("VT1-TOKEN-0042")
    parts = Parts()
    parts.interpreter.feed(job(raster))
    assert parts.interpreter.unknown == []
    assert parts.answers == b"\x00"
    (sheet,) = parts.sheets
    assert codes(sheet) == ["VT1-TOKEN-0042"]
    assert sheet.bits[: len(raster.bits)] == raster.bits
    assert not any(sheet.bits[len(raster.bits) :])


def test_bytes_one_at_a_time_give_the_same_paper(noise_raster: Callable[..., Raster]) -> None:
    raster = noise_raster(64, 300)
    slow, fast = Parts(64), Parts(64)
    fast.interpreter.feed(job(raster))
    for byte in job(raster):
        slow.interpreter.feed(bytes((byte,)))
    assert slow.sheets[0].bits == fast.sheets[0].bits == raster.bits + bytes(24 * 8)


def test_stop_holds_everything_back_until_the_paper_is_there(
    noise_raster: Callable[..., Raster],
) -> None:
    raster = noise_raster(64, 8)
    parts = Parts(64)
    parts.is_stopped = True
    parts.interpreter.feed(job(raster))
    assert parts.interpreter.is_stopped
    assert (parts.sheets, parts.answers) == ([], b"")
    parts.is_stopped = False
    parts.interpreter.feed(b"")
    assert parts.sheets[0].bits[: len(raster.bits)] == raster.bits
    assert parts.answers == b"\x00"


def test_process_identifier_comes_back() -> None:
    parts = Parts()
    parts.interpreter.feed(codec.ask_process_id(b"0042"))
    assert parts.answers == bytes.fromhex("3722") + b"0042\x00"


@pytest.mark.parametrize("command", ["1b01", "1d01", "1c01", "1001", "07", "1d6b4905"])
def test_unknown_command_is_listed(command: str) -> None:
    parts = Parts()
    parts.interpreter.feed(bytes.fromhex(command) + b"\n\x1dV\x00")
    assert parts.interpreter.unknown
    assert command.startswith(parts.interpreter.unknown[0])


def test_double_size_raster_and_narrow_paper() -> None:
    parts = Parts(16)
    parts.interpreter.feed(bytes.fromhex("1d763003 0100 0100 81") + b"\x1dV\x00")
    parts.interpreter.feed(bytes.fromhex("1d763000 0400 0100 01020304") + b"\x1dV\x00")
    assert parts.sheets[0].bits == bytes.fromhex("c003c003")
    assert parts.sheets[1].bits == bytes.fromhex("0102")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=12),
            st.sampled_from([b"\x1b", b"\x1d", b"\x1c", b"\x10", b"\x1d(k", b"\x1d(L", b"\x1dv0"]),
            st.sampled_from([b"\n", b"\x1dV\x00", b"\x1b@", b"\x1da\x00", b"\x1b*\x21\x02\x00"]),
        ),
        max_size=30,
    )
)
def test_no_bytes_break_the_interpreter(pieces: list[bytes]) -> None:
    parts = Parts()
    for piece in pieces:
        parts.interpreter.feed(piece)
    assert not parts.interpreter.is_stopped
