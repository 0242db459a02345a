"""What the kernel itself tells, in words for the live line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venue_suite.domain.facts import Fact
from venue_terminal.hookspecs import Note

if TYPE_CHECKING:
    from venue_terminal.console import Console

CALLED_STAFF = "station.called_staff"


def kernel_note(console: Console, fact: Fact) -> Note | None:
    """`kiosk-2 calls for help (P-02)`; None for other facts."""
    if fact.kind != CALLED_STAFF:
        return None
    station = fact.subject.partition("/")[2]
    code = str(fact.data.get("code") or "")
    if code:
        return Note(
            console.say("{station} calls for help ({code})", station=station, code=code), "careful"
        )
    return Note(console.say("{station} calls for help", station=station), "careful")
