"""What the kernel itself tells, in words for the live line."""

from __future__ import annotations

from collections.abc import Callable

from venue_suite.domain.facts import Fact
from venue_suite.texts import N_
from venue_terminal.declarations import Note

CALLED_STAFF = "station.called_staff"
STATION_FACTS = {
    "stations.waiting": (N_("{station} asks to be paired"), "careful"),
    "stations.paired": (N_("{station} is paired"), "fine"),
    "stations.rejected": (N_("{station} was not let in"), "careful"),
    "stations.revoked": (N_("{station} was taken out of service"), "careful"),
    "stations.replaced": (N_("{station} is another device now"), "careful"),
}


def kernel_note(say: Callable[..., str], fact: Fact) -> Note | None:
    """`kiosk-2 calls for help (P-02)`; None for other facts. `say` is `Console.say`."""
    station = fact.subject.partition("/")[2]
    if fact.kind in STATION_FACTS:
        words, role = STATION_FACTS[fact.kind]
        return Note(say(words, station=station), role)
    if fact.kind != CALLED_STAFF:
        return None
    code = str(fact.data.get("code") or "")
    if code:
        return Note(say("{station} calls for help ({code})", station=station, code=code), "careful")
    return Note(say("{station} calls for help", station=station), "careful")
