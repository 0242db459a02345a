"""Pairing: by invitation and by code, for real over TLS; and those who try to get in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.venue_suite.trust_world import (
    Impostor,
    SecureVenue,
    make_impostor_file,
    secure_venue,
)
from venue_suite.client import ServerRefused, VenueClient
from venue_suite.domain.errors import ServerNotOurs
from venue_suite.testing import MovableClock
from venue_suite.trust import certificates as x
from venue_suite.trust import shapes
from venue_suite.trust.authority import load_or_make_authority
from venue_suite.trust.code import NONCE_BYTES, commit, derive_code
from venue_suite.trust.credentials import Credentials, load_credentials
from venue_suite.trust.invitations import InvitationUnreadable, read_invitation
from venue_suite.trust.pairing_client import (
    PairingRefused,
    pair_by_code,
    pair_by_invitation,
)
from venue_suite.trust.tls import make_provisional_context, make_server_context
from venue_suite.wire import Me


@pytest.fixture
async def secure(
    bare_copy: Path, tmp_path: Path, clock: MovableClock
) -> AsyncIterator[SecureVenue]:
    """A bare venue that speaks TLS."""
    async with secure_venue(bare_copy, tmp_path / "stations", clock) as world:
        yield world


async def invite(
    manager: VenueClient, name: str = "kiosk-2", *, replace: bool = False
) -> shapes.Invitation:
    """An invitation by a manager."""
    wanted = shapes.Invite(name=name, kind="kiosk", replace=replace)
    return await manager.post(
        "/stations/invite", wanted, shapes.Invitation, operation_id=manager.make_operation_id()
    )


async def use(text: str, secure: SecureVenue, folder: str = "kiosk-2") -> Credentials:
    """Pair with an invitation, as `venue pair` does."""
    seams = secure.clock.seams
    place = secure.stations / folder / "station"
    return await pair_by_invitation(read_invitation(text), place, seams)


async def post(client: VenueClient, path: str, body: object) -> shapes.StationName:
    """A manager's word."""
    operation_id = client.make_operation_id()
    return await client.post(path, body, shapes.StationName, operation_id=operation_id)


def refusal_of(caught: pytest.ExceptionInfo[ServerRefused]) -> str:
    """The code of a refusal."""
    return caught.value.code


# --- by invitation ------------------------------------------------------------------------


async def test_invited_device_is_a_station_at_once(secure: SecureVenue) -> None:
    told = await invite(await secure.manager())
    known = await use(told.text, secure)
    assert (known.about.name, known.about.kind) == ("kiosk-2", "kiosk")
    assert known.hint == told.authority
    assert known.own_file.stat().st_mode & 0o777 == 0o600
    assert (await (await secure.station("kiosk-2")).get("/me", Me)).code == "kiosk-2"


async def test_invitation_counts_once(secure: SecureVenue) -> None:
    """Replayed, and shown by two stations at the same moment."""
    manager = await secure.manager()
    told = await invite(manager)
    both = await asyncio.gather(
        use(told.text, secure, "a"), use(told.text, secure, "b"), return_exceptions=True
    )
    refused = [one for one in both if isinstance(one, ServerRefused)]
    assert [one.code for one in refused] == ["invitation_used"]
    with pytest.raises(ServerRefused) as caught:
        await use(told.text, secure, "c")
    assert refusal_of(caught) == "invitation_used"
    assert load_credentials(secure.stations / "c" / "station") is None


async def test_lost_answer_to_an_invitation_is_asked_for_again(secure: SecureVenue) -> None:
    """The same request under the same id gets the same certificate; another key gets none."""
    told = read_invitation((await invite(await secure.manager())).text)
    stranger = await secure.stranger()
    key = x.make_request(x.make_key())
    wanted = shapes.UseInvitation(token=told.token.hex(), request=key)
    replies = [
        await stranger.post("/stations/pair", wanted, shapes.Enrolment, operation_id="p1")
        for _ in range(2)
    ]
    assert replies[0] == replies[1]
    stolen = shapes.UseInvitation(token=wanted.token, request=x.make_request(x.make_key()))
    with pytest.raises(ServerRefused) as caught:
        await stranger.post("/stations/pair", stolen, shapes.Enrolment, operation_id="p1")
    assert refusal_of(caught) == "operation_reused"


async def test_invitation_ends_after_ten_minutes_or_with_the_next_one(secure: SecureVenue) -> None:
    manager = await secure.manager()
    first = await invite(manager)
    second = await invite(manager)
    with pytest.raises(ServerRefused):
        await use(first.text, secure)
    secure.clock.advance(601)
    with pytest.raises(ServerRefused) as caught:
        await use(second.text, secure)
    assert refusal_of(caught) == "invitation_used"


async def test_invitation_for_a_name_in_use_needs_the_word_replace(secure: SecureVenue) -> None:
    manager = await secure.manager()
    with pytest.raises(ServerRefused) as caught:
        await invite(manager, "kiosk-1")
    assert refusal_of(caught) == "already_exists"
    told = await invite(manager, "kiosk-1", replace=True)
    await use(told.text, secure, "kiosk-1")
    assert (await (await secure.station("kiosk-1")).get("/me", Me)).code == "kiosk-1"
    with pytest.raises(ServerRefused) as caught:
        await invite(manager, "gate-1", replace=True)
    assert "is a gate" in str(caught.value)


async def test_impostor_at_the_invited_address_hears_nothing(
    secure: SecureVenue, tmp_path: Path
) -> None:
    told = read_invitation((await invite(await secure.manager())).text)
    async with Impostor(make_impostor_file(tmp_path / "rogue", secure.clock.now())) as impostor:
        address = impostor.address.removeprefix("https://")
        lured = type(told)(
            told.authority_key, told.token, told.expires_at, told.kind, address, told.name
        )
        with pytest.raises(ServerNotOurs):
            await pair_by_invitation(lured, tmp_path / "station", secure.clock.seams)
        assert impostor.connections == 0  # the handshake itself failed
        assert impostor.heard == b""


async def test_token_is_stored_nowhere(secure: SecureVenue) -> None:
    told = await invite(await secure.manager())
    token = read_invitation(told.text).token
    files = [file for file in secure.folder.rglob("*") if file.is_file()]
    stored = await asyncio.to_thread(lambda: b"".join(file.read_bytes() for file in files))
    assert token not in stored
    assert token.hex().encode() not in stored
    assert told.text.encode() not in stored


@pytest.mark.parametrize("cut", [0, 3, 20, 60, 100])
async def test_part_of_an_invitation_is_none(secure: SecureVenue, cut: int) -> None:
    text = (await invite(await secure.manager())).text
    with pytest.raises(InvitationUnreadable):
        read_invitation(text[:cut])
    assert read_invitation(f" {text[:50]}\n{text[50:]} ").name == "kiosk-2"
    with pytest.raises(InvitationUnreadable):
        read_invitation("VSP1" + "A" * cut)


# --- by code ------------------------------------------------------------------------------


class Asking:
    """A station that asks to be let in, in the background."""

    def __init__(self, secure: SecureVenue, address: str = "", name: str = "kiosk-2") -> None:
        self._shown: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.folder = secure.stations / name / "station"
        self.task = asyncio.create_task(
            pair_by_code(
                address or secure.address,
                name,
                "kiosk",
                self.folder,
                self._shown.set_result,
                secure.clock.seams,
            )
        )

    async def code(self) -> str:
        """What the station shows."""
        return await asyncio.wait_for(asyncio.shield(self._shown), 5)


async def waiting_of(manager: VenueClient) -> list[shapes.WaitingCard]:
    """Who waits, as managers see it."""
    return (await manager.get("/stations", shapes.StationsOverview)).waiting


async def test_confirmed_code_makes_a_station(secure: SecureVenue) -> None:
    manager = await secure.manager()
    asking = Asking(secure)
    code = await asking.code()
    (card,) = await waiting_of(manager)
    assert (card.code, card.name, card.is_known) == (code, "kiosk-2", False)
    wanted = shapes.Confirm(waiting_id=card.id, code=f"{code[:3]} {code[3:]}")
    for _ in range(2):  # two managers, or one who is impatient
        assert (await post(manager, "/stations/confirm", wanted)).name == "kiosk-2"
    known = await asyncio.wait_for(asking.task, 5)
    assert known.about.name == "kiosk-2"
    assert (await (await secure.station("kiosk-2")).get("/me", Me)).code == "kiosk-2"
    overview = await manager.get("/stations", shapes.StationsOverview)
    assert [one.name for one in overview.stations if one.certificate_until] == ["kiosk-2"]
    assert overview.waiting == []


async def test_rejected_station_is_told(secure: SecureVenue) -> None:
    manager = await secure.manager()
    asking = Asking(secure)
    await asking.code()
    (card,) = await waiting_of(manager)
    await post(manager, "/stations/reject", shapes.Reject(waiting_id=card.id))
    with pytest.raises(PairingRefused, match="rejected"):
        await asyncio.wait_for(asking.task, 5)
    wanted = shapes.Confirm(waiting_id=card.id, code=card.code)
    with pytest.raises(ServerRefused) as caught:
        await post(manager, "/stations/confirm", wanted)
    assert refusal_of(caught) == "pairing_over"
    assert load_credentials(asking.folder) is None


async def test_other_code_is_never_confirmed(secure: SecureVenue) -> None:
    manager = await secure.manager()
    asking = Asking(secure)
    code = await asking.code()
    (card,) = await waiting_of(manager)
    for wrong in (f"{(int(code) + 1) % 10**6:06}", "", "12345", code + "0"):
        wanted = shapes.Confirm(waiting_id=card.id, code=wrong)
        with pytest.raises(ServerRefused) as caught:
            await post(manager, "/stations/confirm", wanted)
        assert refusal_of(caught) == "code_differs"
    secure.clock.advance(601)
    with pytest.raises(ServerRefused) as caught:
        await post(manager, "/stations/confirm", shapes.Confirm(waiting_id=card.id, code=code))
    assert refusal_of(caught) == "pairing_over"
    with pytest.raises(PairingRefused, match="expired"):
        await asyncio.wait_for(asking.task, 5)


class ManInTheMiddle:
    """Speaks to the station as a venue of its own, and to the venue as a station of its own."""

    def __init__(self, folder: Path, venue: VenueClient, seams_now: MovableClock) -> None:
        self._venue = venue
        self._own = load_or_make_authority(folder, seams_now.now())
        self._own.keep_server(["127.0.0.1"], seams_now.now())
        self._context = make_server_context(folder / "server.pem", self._own.pem)
        self._key, self._nonce = x.make_key(), b"n" * NONCE_BYTES
        self._runner: web.AppRunner | None = None
        self._handle = ""
        self.address = ""

    async def __aenter__(self) -> ManInTheMiddle:
        app = web.Application()
        app.router.add_post("/api/v1/stations/pair/begin", self._begin)
        app.router.add_post("/api/v1/stations/pair/reveal", self._reveal)
        app.router.add_post("/api/v1/stations/pair/look", self._look)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._context)
        await site.start()
        self.address = f"https://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _begin(self, request: web.Request) -> web.Response:
        said = await request.json()
        begun = await self._venue.post(
            "/stations/pair/begin",
            said
            | {
                "request": x.make_request(self._key),
                "commitment": commit(self._nonce, self._key.public_key()).hex(),
            },
            shapes.Begun,
            operation_id="m1",
        )
        self._handle = begun.handle
        # The venue's own nonce, and an authority whose key it has: the best that it can do.
        told = {"handle": begun.handle, "nonce": begun.nonce, "authority": self._own.pem}
        return web.json_response(told | {"expires_at": begun.expires_at.isoformat()})

    async def _reveal(self, _: web.Request) -> web.Response:
        wanted = shapes.Reveal(handle=self._handle, nonce=self._nonce.hex())
        state = await self._venue.post(
            "/stations/pair/reveal", wanted, shapes.PairingState, operation_id="m2"
        )
        return web.json_response({"state": state.state})

    async def _look(self, _: web.Request) -> web.Response:
        return web.json_response({"state": "waiting"})


async def test_man_in_the_middle_makes_the_codes_differ(
    secure: SecureVenue, tmp_path: Path
) -> None:
    manager = await secure.manager()
    bad = VenueClient(secure.address, tls=make_provisional_context())
    async with bad, ManInTheMiddle(tmp_path / "bad", bad, secure.clock) as middle:
        asking = Asking(secure, middle.address)
        shown = await asking.code()
        (card,) = await waiting_of(manager)
        assert card.code != shown
        with pytest.raises(ServerRefused) as caught:
            await post(manager, "/stations/confirm", shapes.Confirm(waiting_id=card.id, code=shown))
        assert refusal_of(caught) == "code_differs"
        asking.task.cancel()
        await asyncio.gather(asking.task, return_exceptions=True)
    assert load_credentials(asking.folder) is None


async def test_who_committed_to_one_nonce_can_not_open_another(secure: SecureVenue) -> None:
    """Else whoever stands between could look for one that makes the codes equal."""
    stranger = await secure.stranger()
    key = x.make_key()
    wanted = shapes.Begin(
        name="kiosk-2",
        kind="kiosk",
        request=x.make_request(key),
        commitment=commit(b"1" * NONCE_BYTES, key.public_key()).hex(),
    )
    begun = await stranger.post("/stations/pair/begin", wanted, shapes.Begun, operation_id="b")
    for operation_id, nonce, is_right in (("r1", b"2", False), ("r2", b"1", True)):
        reveal = shapes.Reveal(handle=begun.handle, nonce=(nonce * NONCE_BYTES).hex())
        if is_right:
            state = await stranger.post(
                "/stations/pair/reveal", reveal, shapes.PairingState, operation_id=operation_id
            )
            assert state.state == "waiting"
            continue
        with pytest.raises(ServerRefused) as caught:
            await stranger.post(
                "/stations/pair/reveal", reveal, shapes.PairingState, operation_id=operation_id
            )
        assert refusal_of(caught) == "code_differs"


def test_code_depends_on_every_part() -> None:
    keys = [x.make_key().public_key() for _ in range(3)]
    parts = [b"a" * 32, b"b" * 32, keys[0], keys[1], ("kiosk-2", "kiosk")]
    others = [b"c" * 32, b"d" * 32, keys[2], keys[2], ("kiosk-2k", "iosk")]
    code = derive_code(*parts)  # type: ignore[arg-type]
    assert code == derive_code(*parts)  # type: ignore[arg-type]
    assert len(code) == 6
    for place, other in enumerate(others):
        changed = [*parts[:place], other, *parts[place + 1 :]]
        assert derive_code(*changed) != code  # type: ignore[arg-type]


async def test_few_may_wait_and_nobody_asks_too_often(secure: SecureVenue) -> None:
    manager = await secure.manager()
    askers = []
    for number in (2, 3, 4):
        askers.append(Asking(secure, name=f"kiosk-{number}"))
        await askers[-1].code()
    # One address has two places: its newer askers push out its older ones.
    assert len(await waiting_of(manager)) == 2
    for asker in askers:
        asker.task.cancel()
    await asyncio.gather(*(asker.task for asker in askers), return_exceptions=True)
    stranger = await secure.stranger()
    refusals = []
    for number in range(12):
        wanted = shapes.UseInvitation(token="0" * 32, request=x.make_request(x.make_key()))
        with pytest.raises(ServerRefused) as caught:
            await stranger.post(
                "/stations/pair", wanted, shapes.Enrolment, operation_id=f"t{number}"
            )
        refusals.append(caught.value.http_status)
    assert refusals[0] == 403
    assert refusals[-1] == 429


# --- rights -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("invite", shapes.Invite(name="kiosk-2", kind="kiosk")),
        ("confirm", shapes.Confirm(waiting_id=1, code="123456")),
        ("reject", shapes.Reject(waiting_id=1)),
        ("revoke", shapes.StationName(name="kiosk-1")),
    ],
)
async def test_stations_are_managed_by_managers(
    secure: SecureVenue, path: str, body: object
) -> None:
    await secure.enrol("kiosk-2")
    kiosk = await secure.station("kiosk-2")
    with pytest.raises(ServerRefused) as caught:
        await post(kiosk, f"/stations/{path}", body)
    assert refusal_of(caught) == "not_allowed"
    with pytest.raises(ServerRefused) as caught:
        await kiosk.get("/stations", shapes.StationsOverview)
    assert refusal_of(caught) == "not_allowed"


async def test_request_must_prove_its_key(secure: SecureVenue) -> None:
    told = read_invitation((await invite(await secure.manager())).text)
    stranger = await secure.stranger()
    good = x.make_request(x.make_key())
    lines = good.splitlines()
    # One bit of the signature, which stands at the end.
    digit = "A" if lines[-2][4] != "A" else "B"
    forged = "\n".join([*lines[:-2], lines[-2][:4] + digit + lines[-2][5:], lines[-1]])
    for request in (forged, "x", "-----BEGIN CERTIFICATE REQUEST-----"):
        wanted = shapes.UseInvitation(token=told.token.hex(), request=request)
        with pytest.raises(ServerRefused) as caught:
            await stranger.post("/stations/pair", wanted, shapes.Enrolment, operation_id="1")
        assert refusal_of(caught) == "bad_request"
