"""Pairing as the station does it: by invitation, or by a code that a manager confirms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from venue_suite.client import ServerRefused, VenueClient
from venue_suite.domain.errors import Refused, ServerAway, ServerNotOurs
from venue_suite.seams import Seams
from venue_suite.trust import certificates as x
from venue_suite.trust import shapes
from venue_suite.trust.code import NONCE_BYTES, commit, derive_code
from venue_suite.trust.credentials import Credentials, keep_credentials
from venue_suite.trust.invitations import InvitationText
from venue_suite.trust.tls import make_invited_context, make_provisional_context

LOOK_EVERY_S = 1.0
WAIT_S = 660.0  # a little more than the server lets a station wait
WAITING, CONFIRMED = "waiting", "confirmed"


class PairingRefused(Refused):
    """The manager said no, or nobody said anything in time."""

    code = "pairing_refused"
    default_template = "The venue did not take this station: {state}."


async def pair_by_invitation(
    invitation: InvitationText, folder: Path, seams: Seams | None = None
) -> Credentials:
    """Become the station that an invitation is for.

    The server is checked against the authority's key in the invitation before anything is said.

    Args:
        folder: where the credentials go.

    Raises:
        ServerNotOurs: whoever answers is not the venue that invited.
        ServerRefused: the invitation was used or has expired.
        ServerAway, KeysUnusable: as they say.
    """
    seams = seams or Seams()
    key = x.make_key()
    address = f"https://{invitation.address}"
    context = make_invited_context(invitation.authority_key)
    async with VenueClient(address, seams=seams, tls=context) as client:
        enrolment = await client.post(
            "/stations/pair",
            shapes.UseInvitation(token=invitation.token.hex(), request=x.make_request(key)),
            shapes.Enrolment,
            operation_id=client.make_operation_id(),
        )
    authority = _authority_key(enrolment.authority, address)
    if x.public_bytes(authority) != invitation.authority_key:
        raise ServerNotOurs(address=address, reason="it names another authority than it proves")
    return await asyncio.to_thread(keep_credentials, folder, key, enrolment, address)


async def pair_by_code(
    address: str,
    name: str,
    kind: str,
    folder: Path,
    show: Callable[[str], None],
    seams: Seams | None = None,
) -> Credentials:
    """Ask to be let in, show the code, and wait for a manager's word.

    Whoever calls this must ask the person at the station whether a manager really confirmed the
    code: a false server would say so by itself.

    Args:
        show: takes the six digits.

    Raises:
        PairingRefused: the manager said no, or ten minutes are over.
        ServerNotOurs: the server is not the one whose keys are in the code.
        ServerAway, ServerRefused, KeysUnusable: as they say.
    """
    seams = seams or Seams()
    key, nonce = x.make_key(), seams.random_bytes(NONCE_BYTES)
    async with VenueClient(address, seams=seams, tls=make_provisional_context()) as client:
        begun = await client.post(
            "/stations/pair/begin",
            shapes.Begin(
                name=name,
                kind=kind,  # type: ignore[arg-type]  # the server checks it
                request=x.make_request(key),
                commitment=commit(nonce, key.public_key()).hex(),
            ),
            shapes.Begun,
            operation_id=client.make_operation_id(),
        )
        authority = _authority_key(begun.authority, address)
        server_nonce = _nonce(begun.nonce, address)
        await client.post(
            "/stations/pair/reveal",
            shapes.Reveal(handle=begun.handle, nonce=nonce.hex()),
            shapes.PairingState,
            operation_id=client.make_operation_id(),
        )
        show(derive_code(nonce, server_nonce, key.public_key(), authority, (name, kind)))
        try:
            async with asyncio.timeout(WAIT_S):
                enrolment = await _wait_for_word(client, begun.handle)
        except TimeoutError:
            raise PairingRefused(state="expired") from None
    if _authority_key(enrolment.authority, address) != authority:
        raise ServerNotOurs(address=address, reason="it names another authority than in the code")
    return await asyncio.to_thread(keep_credentials, folder, key, enrolment, address)


async def _wait_for_word(client: VenueClient, handle: str) -> shapes.Enrolment:
    while True:
        try:
            state = await client.post(
                "/stations/pair/look",
                shapes.Look(handle=handle),
                shapes.PairingState,
                operation_id=client.make_operation_id(),
            )
        except ServerAway:  # the manager may take longer than the network holds
            await asyncio.sleep(LOOK_EVERY_S)
            continue
        except ServerRefused as refusal:
            if refusal.http_status != 429:
                raise
            await asyncio.sleep(LOOK_EVERY_S)
            continue
        if state.state == CONFIRMED and state.enrolment is not None:
            return state.enrolment
        if state.state != WAITING:
            raise PairingRefused(state=state.state)
        await asyncio.sleep(LOOK_EVERY_S)


def _authority_key(pem: str, address: str) -> x.PublicKey:
    try:
        return x.certified_key(x.read_certificate(pem).certificate)
    except ValueError as error:
        raise ServerNotOurs(address=address, reason="it shows no authority") from error


def _nonce(text: str, address: str) -> bytes:
    try:
        nonce = bytes.fromhex(text)
    except ValueError:
        nonce = b""
    if len(nonce) != NONCE_BYTES:
        raise ServerNotOurs(address=address, reason="it does not pair as it should")
    return nonce
