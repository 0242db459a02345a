"""The exported file: everything that is needed to check the audit log without the venue.

JSON lines, in this order:

    {"format": "venue-audit-1", "venue": {...}, "exported_at": "...", "keys": {fingerprint: key}}
    {"head": [seq, hash, at_ms, occasion, key, signature]}      every signed head
    {"entry": [eleven values], "hash": "..."}                   every entry
    {"end": {"heads": 12, "entries": 3456}}

The last head is signed by the export itself, over the last entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec

from venue_suite.audit.chain import Head, fingerprint_of, plain_code
from venue_suite.audit.verifying import describe, moment_text, walk
from venue_suite.domain.localized import Localized, localized

FORMAT = "venue-audit-1"
EXPORT = "export"
FINDINGS_MAX = 20


class Front(msgspec.Struct, frozen=True, kw_only=True):
    """The first line."""

    format: str
    venue: Localized
    exported_at: str
    keys: dict[str, str]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    heads: int
    entries: int


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Any other line: exactly one of head, entry and end."""

    head: tuple[int, str, int, str, str, str] | None = None
    entry: tuple[int, int, str, str, str, str, str, str, str, str | None, str | None] | None = None
    hash: str = ""
    end: Counts | None = None


@dataclass(slots=True)
class Verdict:
    """What a check of a file found.

    Attributes:
        findings: one sentence each; none means that the file is sound.
        notes: what a person should compare or know.
    """

    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.findings


class _Unreadable(Exception):
    """A line that is no line of an export."""


def verify_bundle(lines: Iterable[bytes], *, key: str = "", head: str = "") -> Verdict:
    """Check an exported file.

    Args:
        lines: of the file.
        key: fingerprint that the venue's key must have, as it was noted when the venue was set up.
        head: code of a head that must be in it, as a Z report shows it.
    """
    return _Reading(lines, key, head).judge()


class _Reading:
    """One pass over one file."""

    def __init__(self, lines: Iterable[bytes], key: str, head: str) -> None:
        self._lines = enumerate(lines, 1)
        self._wanted_key = plain_code(key)
        self._wanted_head = plain_code(head)
        self._verdict = Verdict()
        self._heads: dict[int, list[Head]] = {}
        self._newest: Head | None = None
        self._head_count = 0
        self._entry_count = 0
        self._last_seq = 0
        self._end: Counts | None = None

    def judge(self) -> Verdict:
        findings = self._verdict.findings
        try:
            front = self._read_front()
            self._verdict.notes.append(_name(front))
            first_row = self._read_heads(front)
            findings += islice(walk(self._rows(first_row), self._heads), FINDINGS_MAX)
            self._judge_end()
        except _Unreadable as error:
            findings.append(str(error))
        return self._verdict

    def _read_front(self) -> Front:
        number, line = next(self._lines, (1, b""))
        try:
            front = msgspec.json.decode(line, type=Front)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise _Unreadable("this is no export of an audit log") from error
        if front.format != FORMAT:
            raise _Unreadable(f"line {number}: this version can't read the format {front.format}")
        return front

    def _next_line(self) -> Line | None:
        """The next line; None behind the end of the file."""
        number, text = next(self._lines, (0, b""))
        if not text:
            return None
        try:
            line = _LINE.decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise _Unreadable(f"line {number} can't be read: {error}") from error
        if (line.head is not None) + (line.entry is not None) + (line.end is not None) != 1:
            raise _Unreadable(f"line {number} is neither a head, an entry nor the end")
        return line

    def _read_heads(self, front: Front) -> Line | None:
        """Take in all heads; returns the first line that is none."""
        keys = {name: _key(text) for name, text in front.keys.items()}
        findings = self._verdict.findings
        while (line := self._next_line()) is not None and line.head is not None:
            head = Head(*line.head)
            self._head_count += 1
            public_key = keys.get(head.key, b"")
            if fingerprint_of(public_key) != head.key:
                finding = f"{describe(head)} is signed by key {head.key}, which is not in the list"
            elif not head.is_signed_by(public_key):
                finding = f"the signature of {describe(head)} is forged or spoilt"
            else:
                self._heads.setdefault(head.seq, []).append(head)
                self._newest = head
                continue
            if len(findings) < FINDINGS_MAX:
                findings.append(finding)
        return line

    def _rows(self, line: Line | None) -> Iterator[tuple[Any, ...]]:
        while line is not None and line.entry is not None:
            self._entry_count += 1
            self._last_seq = line.entry[0]
            yield (*line.entry, line.hash)
            line = self._next_line()
        if line is not None and line.head is not None:
            raise _Unreadable("a head stands behind the entries")
        self._end = None if line is None else line.end

    def _judge_end(self) -> None:
        findings = self._verdict.findings
        counted = Counts(heads=self._head_count, entries=self._entry_count)
        if self._end is None:
            findings.append("the file is cut off: its last line is missing")
        elif self._end != counted:
            findings.append(
                f"lines are missing: it says {self._end.entries} entries and {self._end.heads} "
                f"heads, but has {counted.entries} and {counted.heads}"
            )
        if self._newest is None:
            findings.append("nothing in it is signed, so nothing proves where it ends")
            return
        self._judge_newest(self._newest)
        if self._wanted_head:
            self._judge_wanted_head()

    def _judge_newest(self, newest: Head) -> None:
        findings, notes = self._verdict.findings, self._verdict.notes
        if newest.occasion != EXPORT or newest.seq != self._last_seq:
            findings.append(
                f"its end is not signed: behind {describe(newest)}, which covers entry "
                f"{newest.seq}, anything may have been removed"
            )
        notes.append(
            f"The newest head is {newest.code} of {moment_text(newest.at_ms)}, over entry "
            f"{newest.seq}, signed by key {newest.key}."
        )
        if not self._wanted_key:
            notes.append("Whether that key is the venue's, only you can say: compare it, or --key.")
        elif plain_code(newest.key) != self._wanted_key:
            findings.append(f"it is signed by another key: {newest.key}")

    def _judge_wanted_head(self) -> None:
        for some in self._heads.values():
            for head in some:
                if plain_code(head.code) == self._wanted_head:
                    self._verdict.notes.append(f"It has {describe(head)}, over entry {head.seq}.")
                    return
        self._verdict.findings.append(
            "the head that you asked for is not in it: what it covers was removed or rewritten, "
            "or it is another venue's"
        )


def _key(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _name(front: Front) -> str:
    venue = localized(front.venue, "en") or "a venue without a name"
    return f"Audit log of {venue}, exported at {front.exported_at}."


_LINE = msgspec.json.Decoder(Line)
