"""Verbs of pairing: invitations that are used once, and stations that wait for a manager's word."""

from __future__ import annotations

import hmac
from datetime import timedelta

import msgspec

from venue_suite.audit.entries import write_entry
from venue_suite.database.rows import from_ms
from venue_suite.database.work import View, Work
from venue_suite.domain.digests import hash_secret
from venue_suite.domain.errors import AlreadyExists, NotFound, Refused
from venue_suite.trust.authority import Authority
from venue_suite.trust.certificates import read_request
from venue_suite.trust.code import NONCE_BYTES, commit, derive_code
from venue_suite.trust.invitations import TOKEN_BYTES
from venue_suite.trust.shapes import (
    Begin,
    Begun,
    Confirm,
    Enrolment,
    Invite,
    PairingState,
    Reject,
    Reveal,
    StationName,
    UseInvitation,
)
from venue_suite.trust.stations import check_station, enrol
from venue_suite.trust.tables import InvitationRow, StationRow, WaitingRow

INVITATION_LIFE = timedelta(minutes=10)
WAITING_LIFE = timedelta(minutes=10)
WAITING_MAX = 8
WAITING_PER_ADDRESS_MAX = 2
KEPT_FOR = timedelta(days=1)  # afterwards what was not confirmed is forgotten

BEGUN, WAITING, CONFIRMED, REJECTED, EXPIRED = (
    *("begun", "waiting"),
    *("confirmed", "rejected", "expired"),
)


class InvitationUsed(Refused):
    """An invitation counts once and for ten minutes."""

    code = "invitation_used"
    http_status = 403
    default_template = "This invitation was used already, has expired, or is not from this venue."


class TooManyWaiting(Refused):
    code = "too_many_waiting"
    http_status = 429
    default_template = "Too many stations wait to be confirmed. Confirm or reject some first."


class PairingOver(Refused):
    """What the manager or the station goes on with has ended already."""

    code = "pairing_over"
    default_template = "This pairing is over ({state}). Start it again at the station."


class CodeDiffers(Refused):
    """Somebody may stand between station and server."""

    code = "code_differs"
    default_template = (
        "The codes differ. Reject this station, and pair it by invitation or on another cable."
    )


# --- by invitation ----------------------------------------------------------------------


def make_invitation(work: Work, wanted: Invite) -> tuple[bytes, int]:
    """Open an invitation; an older one for the same name ends. Returns token and expiry (ms).

    Raises:
        AlreadyExists: a station of that name is in service, and it is not to be replaced.
        Refused: the station that is to be replaced is of another kind, or there is none.
    """
    check_station(wanted.name, wanted.kind)
    row = StationRow.get_or_none(StationRow.name == wanted.name)
    if row is None and wanted.replace:
        raise NotFound(what="Station", key=wanted.name)
    if row is not None and row.active and not wanted.replace:
        raise AlreadyExists(what="Station", key=wanted.name)
    if row is not None and row.kind != wanted.kind:
        raise Refused(reason=f"station {row.name} is a {row.kind}, and keeps its history as one")
    _end_invitations(work, wanted.name)
    token = work.seams.random_bytes(TOKEN_BYTES)
    expires_ms = work.now_ms + INVITATION_LIFE // timedelta(milliseconds=1)
    InvitationRow.create(
        token_hash=hash_secret(token.hex()),
        name=wanted.name,
        kind=wanted.kind,
        replaces=wanted.replace,
        made_by=work.actor.code,
        made_at=work.now,
        expires_at=expires_ms,
    )
    _tell(work, "stations.invited", wanted.name, kind=wanted.kind)
    return token, expires_ms


def use_invitation(work: Work, authority: Authority, wanted: UseInvitation) -> Enrolment:
    """Enrol whoever shows the token, once.

    Raises:
        InvitationUsed: it was used, has expired, or never was.
    """
    key = read_request(wanted.request)
    row = InvitationRow.get_or_none(InvitationRow.token_hash == hash_secret(wanted.token))
    if row is None:
        raise InvitationUsed
    # One guarded change decides who of two is first, whatever the engine lets run at once.
    used = (
        InvitationRow.update(used_at=work.now_ms)
        .where(
            InvitationRow.id == row.id,
            InvitationRow.used_at.is_null(),
            InvitationRow.expires_at > from_ms(work.now_ms),
        )
        .execute()
    )
    if used != 1:
        raise InvitationUsed
    return enrol(
        work, authority, row.name, row.kind, key, how="by invitation", replace=row.replaces
    )


def _end_invitations(work: Work, name: str) -> None:
    InvitationRow.update(used_at=work.now_ms).where(
        InvitationRow.name == name, InvitationRow.used_at.is_null()
    ).execute()


# --- by code ----------------------------------------------------------------------------


def begin_pairing(work: Work, authority: Authority, wanted: Begin, address: str) -> Begun:
    """A station asks to be let in, and commits to its nonce.

    Args:
        address: where it asks from.

    Raises:
        TooManyWaiting: others wait already.
    """
    check_station(wanted.name, wanted.kind)
    read_request(wanted.request)
    _make_room(work, address)
    handle, nonce = (work.seams.random_bytes(NONCE_BYTES).hex() for _ in range(2))
    row = WaitingRow.create(
        handle_hash=hash_secret(handle),
        name=wanted.name,
        kind=wanted.kind,
        address=address,
        request=wanted.request,
        commitment=wanted.commitment,
        server_nonce=nonce,
        state=BEGUN,
        begun_at=work.now,
        expires_at=work.now + WAITING_LIFE,
    )
    return Begun(handle=handle, nonce=nonce, authority=authority.pem, expires_at=row.expires_at)


def _make_room(work: Work, address: str) -> None:
    """Few may wait, and one address has few places: its newer ones push its older ones out."""
    WaitingRow.delete().where(
        WaitingRow.expires_at < work.now - KEPT_FOR, WaitingRow.state != CONFIRMED
    ).execute()
    alive = list(_alive(work))
    of_address = [row for row in alive if row.address == address]
    for row in of_address[: max(0, len(of_address) - WAITING_PER_ADDRESS_MAX + 1)]:
        row.delete_instance()
        alive.remove(row)
    if len(alive) >= WAITING_MAX:
        raise TooManyWaiting


def _alive(view: View) -> list[WaitingRow]:
    return list(
        WaitingRow.select()
        .where(WaitingRow.state.in_((BEGUN, WAITING)), WaitingRow.expires_at > view.now)
        .order_by(WaitingRow.id)
    )


def reveal_nonce(work: Work, authority: Authority, wanted: Reveal) -> PairingState:
    """The station opens its commitment; from now on the managers see its code.

    Raises:
        PairingOver: it has expired or was rejected.
        CodeDiffers: this is not what it had committed to.
    """
    row = _find_waiting(work, wanted.handle)
    if row.state != BEGUN:
        return _state(work, row)
    if row.expires_at <= work.now:
        raise PairingOver(state=EXPIRED)
    nonce, key = bytes.fromhex(wanted.nonce), read_request(row.request)
    if not hmac.compare_digest(commit(nonce, key), bytes.fromhex(row.commitment)):
        raise CodeDiffers
    server_nonce, authority_key = bytes.fromhex(row.server_nonce), authority.key.public_key()
    row.code = derive_code(nonce, server_nonce, key, authority_key, (row.name, row.kind))
    row.state = WAITING
    row.save()
    work.record("stations.waiting", f"station/{row.name}", kind=row.kind, address=row.address)
    return _state(work, row)


def look_at_pairing(view: View, handle: str) -> PairingState:
    """How far a pairing is, for the station. Raises NotFound."""
    return _state(view, _find_waiting(view, handle))


def confirm_pairing(work: Work, authority: Authority, wanted: Confirm) -> StationName:
    """A manager says that the station shows this code. Once is enough, twice is the same.

    Raises:
        CodeDiffers: it is not the code that the server derived.
        PairingOver: it has expired or was rejected.
        AlreadyExists: a station of that name is in service, and it is not to be replaced.
    """
    row = _get_waiting(wanted.waiting_id)
    if row.state not in (WAITING, CONFIRMED) or (
        row.state == WAITING and row.expires_at <= work.now
    ):
        raise PairingOver(state=_state(work, row).state)
    code = "".join(char for char in wanted.code if char.isdigit())
    if not hmac.compare_digest(code.encode(), row.code.encode()):
        raise CodeDiffers
    # One guarded change, as with invitations: of two managers at once one confirms.
    is_first = WaitingRow.update(state=CONFIRMED).where(
        WaitingRow.id == row.id, WaitingRow.state == WAITING
    )
    if is_first.execute() == 1:
        key = read_request(row.request)
        row.enrolment = msgspec.to_builtins(
            enrol(work, authority, row.name, row.kind, key, how="by code", replace=wanted.replace)
        )
        row.state = CONFIRMED
        row.save()
    return StationName(name=row.name)


def reject_pairing(work: Work, wanted: Reject) -> StationName:
    """A manager sends a station away. Raises PairingOver: it was confirmed already."""
    row = _get_waiting(wanted.waiting_id)
    if row.state == CONFIRMED:
        raise PairingOver(state=CONFIRMED)
    if row.state != REJECTED:
        row.state = REJECTED
        row.save()
        _tell(work, "stations.rejected", row.name, kind=row.kind, address=row.address)
    return StationName(name=row.name)


def find_waiting(view: View) -> list[WaitingRow]:
    """Those whose code managers can compare, oldest first."""
    return [row for row in _alive(view) if row.state == WAITING]


def find_invited(view: View) -> list[InvitationRow]:
    """Invitations that are open, oldest first."""
    return list(
        InvitationRow.select()
        .where(InvitationRow.used_at.is_null(), InvitationRow.expires_at > view.now)
        .order_by(InvitationRow.id)
    )


def _find_waiting(view: View, handle: str) -> WaitingRow:
    row = WaitingRow.get_or_none(WaitingRow.handle_hash == hash_secret(handle))
    if row is None:
        raise NotFound(what="Pairing", key="-")
    return row


def _get_waiting(waiting_id: int) -> WaitingRow:
    row = WaitingRow.get_or_none(WaitingRow.id == waiting_id)
    if row is None:
        raise NotFound(what="Pairing", key=waiting_id)
    return row


def _state(view: View, row: WaitingRow) -> PairingState:
    if row.state == CONFIRMED:
        return PairingState(state=CONFIRMED, enrolment=msgspec.convert(row.enrolment, Enrolment))
    is_over = row.state in (BEGUN, WAITING) and row.expires_at <= view.now
    return PairingState(state=EXPIRED if is_over else row.state)


def _tell(work: Work, kind: str, name: str, /, **data: str) -> None:
    """On the feed and in the audit log."""
    work.record(kind, f"station/{name}", **data)
    write_entry(work, kind, f"station/{name}", after=data)
