"""The database remembers which authority its stations trust: keys that were lost are noticed."""

from __future__ import annotations

from venue_suite.audit.entries import write_entry
from venue_suite.database.work import Work
from venue_suite.domain.errors import VenueError
from venue_suite.settings import put_setting, read_setting
from venue_suite.trust.tables import CertificateRow

AUTHORITY_KEY = "station_authority"
LOST = "authority lost"


class AuthorityChanged(VenueError):
    """The keys in the folder are not those that the stations' certificates are from."""

    code = "authority_changed"
    http_status = 503
    exit_status = 6
    default_template = (
        "The keys in {path} are not those that this venue's stations were paired with. Put the "
        "folder keys back from the backup; or run venue station new-authority, and pair all "
        "stations anew."
    )


def remember_authority(work: Work, key_hash: str, path: object) -> None:
    """Keep which authority the stations trust.

    Raises:
        AuthorityChanged: it was another one until now, and stations count on that.
    """
    known = read_setting(work, AUTHORITY_KEY, str, "")
    if known == key_hash:
        return
    alive = CertificateRow.select().where(
        CertificateRow.ended_at.is_null(), CertificateRow.expires_at > work.now
    )
    if known and alive.exists():
        raise AuthorityChanged(path=path)
    put_setting(work, AUTHORITY_KEY, key_hash)


def forget_authority(work: Work) -> int:
    """The authority's key is lost: end all certificates, so that the next start makes a new one.
    Returns how many ended."""
    ended: int = (
        CertificateRow.update(ended_at=work.now_ms, end_reason=LOST)
        .where(CertificateRow.ended_at.is_null())
        .execute()
    )
    put_setting(work, AUTHORITY_KEY, "")
    work.record("stations.authority_lost", "venue", certificates=ended)
    write_entry(work, "stations.authority_lost", "venue", after={"certificates": ended})
    return ended
