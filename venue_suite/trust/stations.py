"""Verbs on stations."""

from __future__ import annotations

from venue_suite.database.work import Work
from venue_suite.domain.digests import hash_secret
from venue_suite.domain.errors import AlreadyExists, Refused
from venue_suite.trust.tables import StationRow

STATION_KINDS = ("kiosk", "console", "gate")


def add_station(work: Work, name: str, kind: str, key: str) -> None:
    """Add one station with the key it will show.

    Raises:
        Refused: there is no such kind, or no name.
        AlreadyExists: the name is taken.
    """
    if kind not in STATION_KINDS:
        raise Refused(reason=f"there is no kind {kind}; there are {', '.join(STATION_KINDS)}")
    if not name.strip():
        raise Refused(reason="a station needs a name")
    if StationRow.get_or_none(StationRow.name == name) is not None:
        raise AlreadyExists(what="Station", key=name)
    StationRow.create(name=name, kind=kind, key_hash=hash_secret(key), added_at=work.now)
    work.record("identity.station_added", f"station/{name}", kind=kind)
