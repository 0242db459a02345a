"""Codes as lines: what a scanner sends, cut and cleaned. No input or output here."""

from __future__ import annotations

import unicodedata

CODE_LENGTH_MAX = 512
LINE_BYTES_MAX = 4 * CODE_LENGTH_MAX  # UTF-8 takes at most 4 bytes a character
GAP_S_MAX = 1.0


class LineAssembler:
    """Puts bytes together to codes.

    A code ends with CR or LF. A line that is longer than a code may be is dropped whole: its head
    alone would be another code. So is a line that stood still for `GAP_S_MAX` in the middle: its
    scanner was pulled or switched off, and the next code would be glued to it.
    """

    def __init__(self) -> None:
        self._line = bytearray()
        self._is_too_long = False
        self._last_byte_s = 0.0
        self.dropped_count = 0

    def feed(self, data: bytes, now_s: float) -> list[str]:
        """Take in bytes that came at `now_s` (seconds of any steady clock); return whole codes."""
        if self._line and now_s - self._last_byte_s > GAP_S_MAX:
            self._drop()
        self._last_byte_s = now_s
        codes = []
        for byte in data:
            if byte not in b"\r\n":
                self._add(byte)
            elif code := self._take():
                codes.append(code)
        return codes

    def _add(self, byte: int) -> None:
        if len(self._line) >= LINE_BYTES_MAX:
            self._is_too_long = True
        else:
            self._line.append(byte)

    def _take(self) -> str:
        if self._is_too_long:
            self._drop()
            return ""
        code = clean_code(self._line.decode("utf-8", "replace"))
        self._line.clear()
        if len(code) > CODE_LENGTH_MAX:
            self.dropped_count += 1
            return ""
        return code

    def _drop(self) -> None:
        self._line.clear()
        self._is_too_long = False
        self.dropped_count += 1


def clean_code(text: str) -> str:
    """`text` without control and format characters (categories Cc, Cf, Cs) and outer blanks."""
    kept = (char for char in text if unicodedata.category(char) not in ("Cc", "Cf", "Cs"))
    return "".join(kept).strip()
