"""How an ESC/POS printer confirms that it carried out what was sent before: the fences."""

from __future__ import annotations

import itertools
import secrets
import time
from typing import Protocol

from venue_devices.deadline import Deadline
from venue_devices.printers import escpos_codec as codec
from venue_devices.printers.escpos_link import EscposLink

SLOWEST_ROWS_PER_S = 600.0  # 75 mm/s at 8 dots a millimetre
QUIET_S = 0.1
OWED_AT_START = 31  # more than a program that was here before will have left behind
QUESTIONS_MAX = 256


class Fence(Protocol):
    """One way to be confirmed. Lives as long as its printer object, over many connections."""

    def ask(self, link: EscposLink, rows: int, deadline: Deadline) -> None:
        """Ask to be answered in turn, after `rows` rows of dots."""

    def wait(self, link: EscposLink, deadline: Deadline) -> bool:
        """Wait for the answer to what was asked last; False if it says "no paper".

        Raises:
            AnswerLate: not yet; may be called again.
            LinkBroken: the printer is gone.
        """


class SensorFence:
    """GS r 1. Its answers carry no number, so that an old one could pass for a new one.

    Answers that are still owed may come at any time: a printer gets its paper back and goes on, a
    print server hands old bytes to a new connection. Therefore one question more is asked than
    answers are owed, all in one go. As many answers contain at least one of the new questions';
    the others of the new ones follow on its heels and are waited for.
    """

    def __init__(self) -> None:
        self._owed = OWED_AT_START
        self._wanted = 0
        self._had_owed = True
        self._is_paper_out = False

    def ask(self, link: EscposLink, rows: int, deadline: Deadline) -> None:
        self._had_owed = self._owed > 0
        self._wanted = min(self._owed + 1, QUESTIONS_MAX)
        self._owed = min(self._owed + self._wanted, QUESTIONS_MAX)
        link.send(codec.ASK_SENSOR * self._wanted, deadline)

    def wait(self, link: EscposLink, deadline: Deadline) -> bool:
        while self._wanted:
            reply = link.wait_reply(codec.ReplyKind.SENSOR, deadline)
            self._is_paper_out = reply.is_paper_out
            self._wanted -= 1
        if self._had_owed:
            link.wait_quiet(deadline.left_s(QUIET_S))
        self._owed = 0
        return not self._is_paper_out


class ProcessFence:
    """GS ( H: each answer carries the identifier of its question."""

    def __init__(self) -> None:
        self._identifiers = itertools.count(secrets.randbelow(10_000))
        self._identifier = b""

    def ask(self, link: EscposLink, rows: int, deadline: Deadline) -> None:
        self._identifier = f"{next(self._identifiers) % 10_000:04}".encode()
        link.send(codec.ask_process_id(self._identifier), deadline)

    def wait(self, link: EscposLink, deadline: Deadline) -> bool:
        while link.wait_reply(codec.ReplyKind.PROCESS, deadline).data != self._identifier:
            pass
        return True


class StatusFence:
    """No question: the time that the paper takes at the slowest speed."""

    def ask(self, link: EscposLink, rows: int, deadline: Deadline) -> None:
        link.wait_sent(deadline)
        time.sleep(deadline.left_s(rows / SLOWEST_ROWS_PER_S))

    def wait(self, link: EscposLink, deadline: Deadline) -> bool:
        return True


FENCES: dict[str, type[SensorFence] | type[ProcessFence] | type[StatusFence]] = {
    "gs_r": SensorFence,
    "process_id": ProcessFence,
    "status": StatusFence,
}
