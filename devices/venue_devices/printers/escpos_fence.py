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
QUIET_S = 0.08
CLEAN_ROUNDS_AT_START = 3
QUESTIONS_MAX = 256


class Fence(Protocol):
    """One way to be confirmed. Lives as long as its printer object, over many connections.

    All methods raise `AnswerLate` when an answer does not come in time, and `LinkBroken` when the
    printer is gone.
    """

    def prove(self, link: EscposLink, deadline: Deadline) -> None:
        """Make sure that questions are answered, and that no old answer is on its way."""

    def ask(self, link: EscposLink, rows: int, deadline: Deadline) -> None:
        """Ask to be answered in turn, after `rows` rows of dots."""

    def wait(self, link: EscposLink, deadline: Deadline) -> bool:
        """Wait for the answer to what was asked last; False if it says "no paper".

        May be called again after `AnswerLate`.
        """


class SensorFence:
    """GS r 1. Its answers carry no number, so that an old one could pass for a new one.

    Answers that are owed may come at any time: a printer gets its paper back and goes on, and the
    board that connects it hands them to whoever is connected then. Therefore, while some are owed,
    one question more is asked than that, all in one go: as many answers contain at least one to the
    new questions, and the others of these follow on its heels.

    How many a program owed that was here before is not known. It asked once alone, and then in ever
    larger groups; so an answer that others follow is an old one, and of single ones there are fewer
    than rounds are made here.
    """

    def __init__(self) -> None:
        self._owed = 0
        self._wanted = 0
        self._is_paper_out = False
        self._rounds = CLEAN_ROUNDS_AT_START

    def prove(self, link: EscposLink, deadline: Deadline) -> None:
        clean = 0
        while clean < self._rounds:
            is_sure = self._owed == 0 and self._rounds == 1
            self.ask(link, 0, deadline)
            self.wait(link, deadline)
            has_more = not is_sure and link.wait_quiet(deadline.left_s(QUIET_S))
            clean = 0 if has_more and self._rounds > 1 else clean + 1
            self._owed = 0
        self._rounds = 1

    def ask(self, link: EscposLink, rows: int, deadline: Deadline) -> None:
        self._wanted = min(self._owed + 1, QUESTIONS_MAX)
        self._owed += self._wanted
        link.send(codec.ASK_SENSOR * self._wanted, deadline)

    def wait(self, link: EscposLink, deadline: Deadline) -> bool:
        while self._wanted:
            self._is_paper_out = link.wait_reply(codec.ReplyKind.SENSOR, deadline).is_paper_out
            self._wanted -= 1
            self._owed -= 1
        return not self._is_paper_out


class ProcessFence:
    """GS ( H: each answer carries the identifier of its question."""

    def __init__(self) -> None:
        self._identifiers = itertools.count(secrets.randbelow(10_000))
        self._identifier = b""

    def prove(self, link: EscposLink, deadline: Deadline) -> None:
        self.ask(link, 0, deadline)
        self.wait(link, deadline)

    def ask(self, link: EscposLink, rows: int, deadline: Deadline) -> None:
        self._identifier = f"{next(self._identifiers) % 10_000:04}".encode()
        link.send(codec.ask_process_id(self._identifier), deadline)

    def wait(self, link: EscposLink, deadline: Deadline) -> bool:
        while link.wait_reply(codec.ReplyKind.PROCESS, deadline).data != self._identifier:
            pass
        return True


class StatusFence:
    """No question: the time that the paper takes at the slowest speed."""

    def prove(self, link: EscposLink, deadline: Deadline) -> None:
        """There is nothing to prove."""

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
