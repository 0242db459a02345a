"""What the kernel itself tells, in words for the live line."""

from __future__ import annotations

from collections.abc import Callable

from venue_suite.domain.facts import Fact
from venue_terminal.declarations import Note

CALLED_STAFF = "station.called_staff"


def kernel_note(say: Callable[..., str], fact: Fact) -> Note | None:
    """`kiosk-2 calls for help (P-02)`; None for other facts. `say` is `Console.say`."""
    if fact.kind != CALLED_STAFF:
        return None
    station = fact.subject.partition("/")[2]
    code = str(fact.data.get("code") or "")
    if code:
        return Note(say("{station} calls for help ({code})", station=station, code=code), "careful")
    return Note(say("{station} calls for help", station=station), "careful")
