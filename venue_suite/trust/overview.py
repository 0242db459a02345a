"""What managers see of the stations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import peewee

from venue_suite.database.rows import from_ms
from venue_suite.database.statements import Statement
from venue_suite.database.work import View
from venue_suite.trust import pairing, shapes
from venue_suite.trust.tables import CertificateRow, StationRow

_CERTIFIED_UNTIL = Statement(
    lambda: (
        CertificateRow.select(
            CertificateRow.station, peewee.fn.MAX(CertificateRow.expires_at).coerce(False)
        )
        .where(CertificateRow.ended_at.is_null())
        .group_by(CertificateRow.station)
    )
)


def read_overview(
    view: View, seen_s: Mapping[str, float], authority: str
) -> shapes.StationsOverview:
    """Stations by name, those that wait and open invitations, oldest first.

    Args:
        seen_s: station -> when it last asked something (seconds since 1970).
        authority: of the authority's key, for people.
    """
    rows = list(StationRow.select().order_by(StationRow.name))
    until = _certified_until(view)
    known = {row.name for row in rows if row.active}
    return shapes.StationsOverview(
        stations=[
            shapes.StationCard(
                name=row.name,
                kind=row.kind,
                state="active" if row.active else "revoked",
                added_at=row.added_at,
                certificate_until=until.get(row.id),
                seen_at=_moment(seen_s.get(row.name)),
            )
            for row in rows
        ],
        waiting=[
            shapes.WaitingCard(
                id=row.id,
                name=row.name,
                kind=row.kind,
                code=row.code,
                address=row.address,
                expires_at=row.expires_at,
                is_known=row.name in known,
            )
            for row in pairing.find_waiting(view)
        ],
        invited=[
            shapes.InvitedCard(
                name=row.name, kind=row.kind, made_by=row.made_by, expires_at=row.expires_at
            )
            for row in pairing.find_invited(view)
        ],
        authority=authority,
    )


def _certified_until(view: View) -> dict[int, datetime]:
    """Station -> when its newest certificate ends."""
    return {station: from_ms(until_ms) for station, until_ms in view.all(_CERTIFIED_UNTIL)}


def _moment(at_s: float | None) -> datetime | None:
    return None if at_s is None else datetime.fromtimestamp(at_s, UTC)
