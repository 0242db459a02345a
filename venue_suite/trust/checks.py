"""What must hold of stations, for `venue verify`."""

from __future__ import annotations

from collections.abc import Iterator

from venue_suite.database.work import View
from venue_suite.identity.tables import SessionRow
from venue_suite.trust.tables import CertificateRow, StationRow


def check_revoked(view: View) -> Iterator[str]:
    """A station out of service has no certificate and no session that still counts."""
    out_of_service = StationRow.select().where(~StationRow.active).order_by(StationRow.id)
    for row in out_of_service:
        alive = CertificateRow.select().where(
            CertificateRow.station == row, CertificateRow.ended_at.is_null()
        )
        if alive.exists():
            yield f"station {row.name} is out of service, but has a certificate that counts"
        sessions = SessionRow.select().where(
            SessionRow.station == row.name, SessionRow.ended_at.is_null()
        )
        if sessions.exists():
            yield f"station {row.name} is out of service, but a session there has not ended"
