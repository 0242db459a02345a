"""What an ESC/POS printer does with bytes: an interpreter that draws.

Written from the public command reference, apart from the codec of the driver that it judges. It
takes bytes in pieces of any size. What it does not know it lists, so that a test can demand that
nothing is listed.
"""

from __future__ import annotations

from venue_devices.simulated.escpos_commands import COMMANDS, IGNORED, Unknown
from venue_devices.simulated.escpos_machine import STOPPED, Machine, Steps

UNKNOWN_MAX = 100


class Interpreter:
    """Carries out bytes on a machine. `unknown`: hexadecimal of what it could not."""

    def __init__(self, machine: Machine) -> None:
        self.unknown: list[str] = []
        self._machine = machine
        self._buffer = bytearray()
        self._steps = self._run()
        self._wanted = next(self._steps)

    @property
    def is_stopped(self) -> bool:
        """It waits for paper or for the cutter, not for bytes."""
        return self._wanted == STOPPED

    def feed(self, data: bytes) -> None:
        """Take in bytes and do what can be done now; `feed(b"")` goes on after a stop."""
        self._buffer += data
        if self.is_stopped:
            self._wanted = self._steps.send(b"")
        while 0 <= self._wanted <= len(self._buffer):
            piece = bytes(self._buffer[: self._wanted])
            del self._buffer[: self._wanted]
            self._wanted = self._steps.send(piece)

    def _run(self) -> Steps:
        while True:
            byte = yield 1
            try:
                if byte == b"\n":
                    yield from self._machine.print_line()
                elif byte in IGNORED:
                    yield from self._command(byte, (yield 1))
                elif byte == b"\x10":
                    yield from self._step_over_real_time()
                elif byte >= b"\x20":
                    self._machine.add_text(byte)
                elif byte not in (b"\0", b"\r"):
                    raise Unknown(byte)
            except Unknown as unknown:
                if len(self.unknown) < UNKNOWN_MAX:
                    self.unknown.append(unknown.args[0].hex())

    def _command(self, group: bytes, code: bytes) -> Steps:
        if (length := IGNORED[group].get(code[0])) is not None:
            yield length
        elif work := COMMANDS.get(group + code):
            yield from work(self._machine)
        else:
            raise Unknown(group + code)

    def _step_over_real_time(self) -> Steps:
        """DLE commands were carried out when they came in; in the buffer they mean nothing."""
        code = yield 1
        if code in (b"\x04", b"\x05"):
            yield 1
        elif code == b"\x14":
            yield 7 if (yield 1) == b"\x08" else 2
        else:
            raise Unknown(b"\x10" + code)
