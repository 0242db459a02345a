"""Asks the terminal how wide it draws a frame: some old Chinese terminals take two cells."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import time
import tty

ANSWER_TIMEOUT_S = 0.3
_REPORT = re.compile(rb"\x1b\[(\d+);(\d+)R")


def shows_frames_in_one_cell() -> bool:
    """Print a frame character at the left edge and ask where the cursor is (CSI 6n).

    Returns:
        False if it stands further right than one cell, or the terminal does not answer.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    return _ask(sys.stdin.fileno(), sys.stdout.fileno()) == 2


def _ask(keyboard: int, screen: int) -> int:
    before = termios.tcgetattr(keyboard)
    try:
        tty.setcbreak(keyboard)
        os.write(screen, "\r─\x1b[6n".encode())
        answer = _read_answer(keyboard)
        os.write(screen, b"\r\x1b[K")
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
    found = _REPORT.search(answer)
    return int(found[2]) if found else 0


def _read_answer(keyboard: int) -> bytes:
    answer, end_s = b"", time.monotonic() + ANSWER_TIMEOUT_S
    while not _REPORT.search(answer):
        left_s = end_s - time.monotonic()
        if left_s <= 0 or not select.select([keyboard], [], [], left_s)[0]:
            break
        answer += os.read(keyboard, 64)
    return answer
