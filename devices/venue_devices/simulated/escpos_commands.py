"""The ESC/POS commands that a simulated printer knows, each as steps of a `Machine`.

Bar codes of the printer's own (GS k) are not drawn; they count as unknown.
"""

from __future__ import annotations

from collections.abc import Callable

import segno
from PIL import Image

from venue_devices.simulated.escpos_machine import STOPPED, Machine, QrCode, Steps
from venue_devices.simulated.type_face import CELL_DOTS

_CODE_PAGES = {
    0: "cp437",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
}

# Commands that change nothing here: group byte -> code byte -> number of parameter bytes.
IGNORED: dict[bytes, dict[int, int]] = {
    b"\x1b": dict.fromkeys(b"GRMV{ 3r-cUu%=", 1)
    | dict.fromkeys(b"2LS", 0)
    | {ord("$"): 2, ord("\\"): 2, ord("p"): 3},
    b"\x1c": dict.fromkeys(b"!-WC", 1) | {ord("S"): 2},
    b"\x1d": dict.fromkeys(b"HfhwbaI", 1) | dict.fromkeys(b"LWP$\\", 2),
}


class Unknown(Exception):
    """A command, or a function of one, that is not known. The argument is its bytes."""


# --- text ------------------------------------------------------------------------------------


def _reset(machine: Machine) -> Steps:
    machine.style = type(machine.style)()
    machine.line.clear()
    yield from ()


def _set_align(machine: Machine) -> Steps:
    machine.change_style(align=(yield 1)[0] % 48)


def _set_bold(machine: Machine) -> Steps:
    machine.change_style(bold=bool((yield 1)[0] & 1))


def _set_inverted(machine: Machine) -> Steps:
    machine.change_style(inverted=bool((yield 1)[0] & 1))


def _set_size(machine: Machine) -> Steps:
    size = (yield 1)[0]
    machine.change_style(width=(size >> 4 & 7) + 1, height=(size & 7) + 1)


def _set_mode(machine: Machine) -> Steps:
    mode = (yield 1)[0]
    machine.change_style(
        bold=bool(mode & 0x08), height=2 if mode & 0x10 else 1, width=2 if mode & 0x20 else 1
    )


def _set_code_page(machine: Machine) -> Steps:
    machine.change_style(encoding=_CODE_PAGES.get((yield 1)[0], "cp437"))


def _chinese_on(machine: Machine) -> Steps:
    machine.change_style(is_chinese=True)
    yield from ()


def _chinese_off(machine: Machine) -> Steps:
    machine.change_style(is_chinese=False)
    yield from ()


# --- paper -----------------------------------------------------------------------------------


def _feed_lines(machine: Machine) -> Steps:
    count = (yield 1)[0]
    yield from machine.print_line()
    yield from machine.feed_rows((count - 1) * (CELL_DOTS + 6))


def _feed_dots(machine: Machine) -> Steps:
    count = (yield 1)[0]
    yield from machine.finish_line()
    yield from machine.feed_rows(count)


def _cut(machine: Machine) -> Steps:
    mode = (yield 1)[0]
    if mode in (65, 66):
        yield from machine.feed_rows((yield 1)[0])
    while not machine.mechanism.cut():
        yield STOPPED
    if sheet := machine.web.cut_off():
        machine.deliver(sheet)


def _send_sensor(machine: Machine) -> Steps:
    yield 1
    machine.answer(machine.mechanism.answer_sensor())


# --- pictures --------------------------------------------------------------------------------


def _raster(machine: Machine) -> Steps:
    """GS v 0."""
    head = yield 6
    mode, row_bytes, rows = head[1] % 48, head[2] + 256 * head[3], head[4] + 256 * head[5]
    yield from machine.finish_line()
    for _ in range(rows):
        row = yield row_bytes
        for _ in range(2 if mode & 2 else 1):
            yield from machine.put_row(_widen(row) if mode & 1 else row)


def _columns(machine: Machine) -> Steps:
    """ESC *: one band of columns, 8 or 24 dots high."""
    head = yield 3
    tall = 3 if head[0] in (32, 33) else 1
    width = head[1] + 256 * head[2]
    data = yield width * tall
    picture = Image.new("1", (max(1, width), 8 * tall), 1)
    for x in range(width):
        for y in range(8 * tall):
            if data[x * tall + y // 8] & 0x80 >> y % 8:
                picture.putpixel((x, y), 0)
    yield from machine.put_picture(picture, machine.style.align)


def _long_graphics(machine: Machine) -> Steps:
    """GS 8 L."""
    head = yield 5
    yield from _graphics(machine, (yield int.from_bytes(head[1:], "little")))


def _graphics(machine: Machine, body: bytes) -> Steps:
    """GS ( L: function 112 stores a raster, 50 prints it."""
    function = body[1] if len(body) > 1 else 0
    if function == 112 and len(body) >= 10:
        width, height = body[6] + 256 * body[7], body[8] + 256 * body[9]
        row_bytes = (width + 7) // 8
        dots = bytes(byte ^ 0xFF for byte in body[10 : 10 + row_bytes * height])
        if width and height and len(dots) == row_bytes * height:
            full = Image.frombytes("1", (row_bytes * 8, height), dots)
            size = (width * min(2, max(1, body[3])), height * min(2, max(1, body[4])))
            machine.stored = full.crop((0, 0, width, height)).resize(size)
    elif function in (2, 50):
        if machine.stored is not None:
            yield from machine.put_picture(machine.stored, machine.style.align)
    else:
        raise Unknown(b"\x1d(L" + body[:2])


def _extended(machine: Machine) -> Steps:
    """GS ( x: a command with its length."""
    head = yield 3
    body = yield head[1] + 256 * head[2]
    kind = head[:1]
    if kind == b"L":
        yield from _graphics(machine, body)
    elif kind == b"k" and body[:1] == b"1":
        yield from _qr_code(machine, body)
    elif kind == b"H" and body[:2] == b"00" and len(body) == 6:
        machine.answer(machine.mechanism.answer_process(body[2:]))
    else:
        raise Unknown(b"\x1d(" + kind + body[:2])


def _qr_code(machine: Machine, body: bytes) -> Steps:
    """GS ( k, code type 49."""
    function, value = (body[1], body[2:]) if len(body) > 2 else (0, b"")
    if function == 67:
        machine.qr.size = min(16, max(1, value[0]))
    elif function == 69:
        machine.qr.error = "LMQH"[value[0] % 48 % 4]
    elif function == 80:
        machine.qr.data = value[1:]
    elif function == 81 and machine.qr.data:
        yield from machine.put_picture(_draw_qr(machine.qr), machine.style.align)
    elif function != 65:
        raise Unknown(b"\x1d(k" + body[:2])


def _widen(row: bytes) -> bytes:
    """Each dot twice."""
    wide = (sum(3 << 2 * bit for bit in range(8) if byte >> bit & 1) for byte in row)
    return b"".join(pair.to_bytes(2, "big") for pair in wide)


def _draw_qr(qr: QrCode) -> Image.Image:
    try:
        code = segno.make_qr(qr.data, error=qr.error, boost_error=False)
    except ValueError as error:
        raise Unknown(b"\x1d(k too much data") from error
    side = int(code.symbol_size(scale=qr.size)[0])
    picture = Image.new("1", (side, side), 1)
    for y, row in enumerate(code.matrix_iter(scale=qr.size)):
        for x, is_dark in enumerate(row):
            if is_dark:
                picture.putpixel((x, y), 0)
    return picture


COMMANDS: dict[bytes, Callable[[Machine], Steps]] = {
    b"\x1b@": _reset,
    b"\x1ba": _set_align,
    b"\x1bE": _set_bold,
    b"\x1b!": _set_mode,
    b"\x1bt": _set_code_page,
    b"\x1bd": _feed_lines,
    b"\x1bJ": _feed_dots,
    b"\x1b*": _columns,
    b"\x1c&": _chinese_on,
    b"\x1c.": _chinese_off,
    b"\x1d!": _set_size,
    b"\x1dB": _set_inverted,
    b"\x1dV": _cut,
    b"\x1dv": _raster,
    b"\x1d8": _long_graphics,
    b"\x1d(": _extended,
    b"\x1dr": _send_sensor,
}
