"""Verbs on stations: added, enrolled with a certificate, renewed, revoked."""

from __future__ import annotations

from datetime import timedelta

from venue_suite.audit.entries import write_entry
from venue_suite.database.rows import from_ms, to_ms
from venue_suite.database.statements import Statement, param
from venue_suite.database.work import View, Work
from venue_suite.domain.digests import hash_secret
from venue_suite.domain.errors import AlreadyExists, NotFound, NotSignedIn, Refused
from venue_suite.identity.tables import SessionRow
from venue_suite.trust.authority import Authority
from venue_suite.trust.certificates import Leaf, PublicKey, read_request
from venue_suite.trust.shapes import AddStation, Enrolment, StationName
from venue_suite.trust.tables import CertificateRow, StationRow

STATION_KINDS = ("kiosk", "console", "gate")
RENEWAL_GRACE = timedelta(days=30)  # so long a station may have been dark beyond its certificate
OLD_CERTIFICATE_LIFE = timedelta(days=7)  # so long the old one goes on after a renewal

REPLACED, REVOKED = "replaced", "revoked"

_FIND_CERTIFICATE = Statement(
    lambda: (
        CertificateRow.select(
            StationRow.name,
            StationRow.kind,
            StationRow.active,
            CertificateRow.expires_at,
            CertificateRow.ended_at,
        )
        .join(StationRow)
        .where(CertificateRow.fingerprint == param("fingerprint"))
    )
)


class CertificateExpired(NotSignedIn):
    """The station's certificate has ended; it may ask for a new one for thirty more days."""

    code = "certificate_expired"
    default_template = "This station's certificate has expired and must be renewed."


class StationRevoked(NotSignedIn):
    """The station was taken out of service, or another device took its place."""

    code = "station_revoked"
    default_template = (
        "This station was taken out of service, or replaced by another one. Pair it again."
    )


class RenewalTooLate(NotSignedIn):
    code = "renewal_too_late"
    default_template = "This station's certificate ended too long ago. Pair it again."


def find_station(view: View, fingerprint: str) -> tuple[str, str, int]:
    """The station of a certificate: name, kind, and when the certificate ends (ms since 1970).

    Raises:
        StationRevoked: nobody's (any more).
        CertificateExpired: it is over.
    """
    row = view.one(_FIND_CERTIFICATE, fingerprint=fingerprint)
    if row is None or not row[2] or row[4] is not None:
        raise StationRevoked
    name, kind, _, expires_ms, _ = row
    if expires_ms <= view.now_ms:
        raise CertificateExpired
    return name, kind, expires_ms


def add_station(work: Work, name: str, kind: str, key: str) -> None:
    """Add one station with the key that it will show to a server without TLS.

    Raises:
        Refused: there is no such kind, or the name is none.
        AlreadyExists: the name is taken.
    """
    check_station(name, kind)
    if StationRow.get_or_none(StationRow.name == name) is not None:
        raise AlreadyExists(what="Station", key=name)
    StationRow.create(name=name, kind=kind, key_hash=hash_secret(key), added_at=work.now)
    _tell(work, "stations.added", name, kind=kind)


def enrol_by_manager(work: Work, authority: Authority, wanted: AddStation) -> Enrolment:
    """Give a certificate to a station on this machine, or one whose request a manager carries."""
    key = read_request(wanted.request)
    return enrol(
        work, authority, wanted.name, wanted.kind, key, how="by hand", replace=wanted.replace
    )


def enrol(
    work: Work,
    authority: Authority,
    name: str,
    kind: str,
    key: PublicKey,
    *,
    how: str,
    replace: bool,
) -> Enrolment:
    """Make whoever holds `key` the station of this name.

    Args:
        how: for the books: `by invitation`, `by code`, `by hand`.
        replace: a station of this name that is in service gives its place up.

    Raises:
        AlreadyExists: it is in service, and `replace` was not wanted.
        Refused: a station of this name is of another kind, or there is no such kind or name.
    """
    check_station(name, kind)
    row = StationRow.get_or_none(StationRow.name == name)
    if row is None:
        nobodys = hash_secret(work.seams.random_bytes(32).hex())
        row = StationRow.create(name=name, kind=kind, key_hash=nobodys, added_at=work.now)
    else:
        _take_place(work, row, kind, replace=replace)
    leaf = _certify(work, authority, row, key)
    _tell(work, "stations.paired", name, kind=kind, how=how, certificate=leaf.fingerprint[:16])
    return leaf_to_enrolment(row, leaf.pem, authority)


def renew_station(work: Work, authority: Authority, fingerprint: str, request: str) -> Enrolment:
    """A new certificate for a station that proved to hold the old one.

    The old one goes on for a week: the answer may be lost on the way.

    Raises:
        StationRevoked: the old one is nobody's (any more).
        RenewalTooLate: it ended more than thirty days ago.
    """
    key = read_request(request)
    old = (
        CertificateRow.select(CertificateRow, StationRow)
        .join(StationRow)
        .where(CertificateRow.fingerprint == fingerprint)
        .first()
    )
    if old is None or old.ended_at is not None or not old.station.active:
        raise StationRevoked
    if old.expires_at + RENEWAL_GRACE < work.now:
        raise RenewalTooLate
    soon = to_ms(work.now + OLD_CERTIFICATE_LIFE)
    CertificateRow.update(expires_at=soon).where(
        CertificateRow.station == old.station,
        CertificateRow.ended_at.is_null(),
        CertificateRow.expires_at > from_ms(soon),
    ).execute()
    leaf = _certify(work, authority, old.station, key)
    _tell(work, "stations.renewed", old.station.name, certificate=leaf.fingerprint[:16])
    return leaf_to_enrolment(old.station, leaf.pem, authority)


def revoke_station(work: Work, wanted: StationName) -> StationName:
    """Take a station out of service at once, with all sessions that were opened there.

    Raises:
        NotFound: there is no such station.
    """
    row = StationRow.get_or_none(StationRow.name == wanted.name)
    if row is None:
        raise NotFound(what="Station", key=wanted.name)
    if row.active:
        row.active = False
        row.save()
        _end(work, row, REVOKED)
        _tell(work, "stations.revoked", row.name, kind=row.kind)
    return wanted


def check_station(name: str, kind: str) -> None:
    """Raises Refused: there is no such kind, or the name is none."""
    if kind not in STATION_KINDS:
        raise Refused(reason=f"there is no kind {kind}; there are {', '.join(STATION_KINDS)}")
    if not name.strip():
        raise Refused(reason="a station needs a name")
    if name != name.strip() or not name.isprintable():
        raise Refused(reason="a station's name has no spaces at its ends and only what prints")


def leaf_to_enrolment(row: StationRow, certificate: str, authority: Authority) -> Enrolment:
    """What the station gets."""
    return Enrolment(name=row.name, kind=row.kind, certificate=certificate, authority=authority.pem)


def _take_place(work: Work, row: StationRow, kind: str, *, replace: bool) -> None:
    """The row's former device, if there is one, is no station any more."""
    if row.active and not replace:
        raise AlreadyExists(what="Station", key=row.name)
    if row.kind != kind:
        raise Refused(reason=f"station {row.name} is a {row.kind}, and keeps its history as one")
    was_active = row.active
    row.active = True
    row.key_hash = hash_secret(work.seams.random_bytes(32).hex())
    row.save()
    _end(work, row, REPLACED)
    if was_active:
        _tell(work, "stations.replaced", row.name, kind=row.kind)


def _certify(work: Work, authority: Authority, row: StationRow, key: PublicKey) -> Leaf:
    leaf = authority.issue_station(key, row.id, work.now)
    CertificateRow.create(
        station=row,
        fingerprint=leaf.fingerprint,
        serial=leaf.serial,
        issued_at=work.now,
        expires_at=leaf.expires_at,
    )
    return leaf


def _end(work: Work, row: StationRow, reason: str) -> None:
    CertificateRow.update(ended_at=work.now_ms, end_reason=reason).where(
        CertificateRow.station == row, CertificateRow.ended_at.is_null()
    ).execute()
    SessionRow.update(ended_at=work.now_ms).where(
        SessionRow.station == row.name, SessionRow.ended_at.is_null()
    ).execute()


def _tell(work: Work, kind: str, name: str, /, **data: str) -> None:
    """On the feed and in the audit log."""
    work.record(kind, f"station/{name}", **data)
    write_entry(work, kind, f"station/{name}", after=data)
