"""Stations and server over real TLS: who is let in, who is hung up on, and who hears nothing."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from tests.venue_suite.trust_world import (
    SECURE,
    Impostor,
    SecureVenue,
    make_impostor_file,
    secure_venue,
)
from venue_suite.client import ServerRefused, VenueClient
from venue_suite.config import Config, StationConfig
from venue_suite.database import Work
from venue_suite.domain.errors import NotPaired, ServerAway, ServerNotOurs, TlsNeeded
from venue_suite.station_access import StationAccess
from venue_suite.testing import PIN, MovableClock, token_of
from venue_suite.trust import certificates as x
from venue_suite.trust import site
from venue_suite.trust.checks import check_revoked
from venue_suite.trust.desk import TrustDesk
from venue_suite.trust.key_files import KeysUnusable
from venue_suite.trust.own_authority import AuthorityChanged, forget_authority
from venue_suite.trust.shapes import StationName, StationsOverview
from venue_suite.trust.stations import revoke_station
from venue_suite.trust.tables import StationRow
from venue_suite.wire import Me


@pytest.fixture
async def secure(
    bare_copy: Path, tmp_path: Path, clock: MovableClock
) -> AsyncIterator[SecureVenue]:
    """A bare venue that speaks TLS."""
    async with secure_venue(bare_copy, tmp_path / "stations", clock) as world:
        yield world


async def code_of_refusal(client: VenueClient, path: str = "/me") -> str:
    """With which code the server refuses a client."""
    with pytest.raises(ServerRefused) as caught:
        await client.get(path, Me)
    return caught.value.code


# --- who is let in ----------------------------------------------------------------------


async def test_station_is_known_by_its_certificate(secure: SecureVenue) -> None:
    await secure.enrol("kiosk-2")
    me = await (await secure.station("kiosk-2")).get("/me", Me)
    assert (me.kind, me.code, me.station_kind) == ("station", "kiosk-2", "kiosk")


async def test_bearer_key_of_a_station_counts_for_nothing_over_tls(secure: SecureVenue) -> None:
    """A stolen key: without a certificate, and on the connection of another station."""
    await secure.enrol("kiosk-2")
    for client in (await secure.stranger(), await secure.station("kiosk-2")):
        client.token = token_of("kiosk")
        assert await code_of_refusal(client) == "not_signed_in"


async def test_nobody_without_certificate_and_session(secure: SecureVenue) -> None:
    stranger = await secure.stranger()
    assert (await stranger.get_venue()).currency == "CNY"
    assert await code_of_refusal(stranger) == "not_signed_in"
    assert await code_of_refusal(stranger, "/plugins") == "not_signed_in"


async def test_stolen_session_counts_only_where_it_was_opened(secure: SecureVenue) -> None:
    for name in ("window-1", "window-2"):
        await secure.enrol(name, "console")
    window, other = await secure.station("window-1"), await secure.station("window-2")
    await window.sign_in("T-CASHIER", PIN, "window-1")
    assert (await window.get("/me", Me)).code == "T-CASHIER"
    browser = await secure.stranger()
    for thief in (other, browser):
        thief.token = window.token
        assert await code_of_refusal(thief) == "not_signed_in"
    # And the other way round: a browser's session is none at a station.
    browser.token = ""
    await browser.sign_in("T-CASHIER", PIN)
    other.token = browser.token
    assert await code_of_refusal(other) == "not_signed_in"
    assert (await browser.get("/me", Me)).code == "T-CASHIER"


async def test_nobody_signs_in_at_a_station_that_they_are_not(secure: SecureVenue) -> None:
    await secure.enrol("window-1", "console")
    for client in (await secure.stranger(), await secure.station("window-1")):
        with pytest.raises(ServerRefused) as caught:
            await client.sign_in("T-CASHIER", PIN, "kiosk-1")
        assert caught.value.code == "station_unproven"


async def test_tls_1_2_is_refused(secure: SecureVenue) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    port = secure.venue.server.port
    with pytest.raises(OSError):  # noqa: PT011 - an alert, or a hang-up: the engines differ
        await asyncio.open_connection("127.0.0.1", port, ssl=context)
    context.maximum_version = ssl.TLSVersion.TLSv1_3
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"
    writer.close()


async def test_plain_http_gets_no_answer(secure: SecureVenue) -> None:
    async with VenueClient(secure.address.replace("https", "http")) as client:
        with pytest.raises(ServerAway):
            await client.get_venue()


async def test_certificate_of_another_venue_is_refused_in_the_handshake(
    secure: SecureVenue, tmp_path: Path
) -> None:
    """A station with a certificate that another authority signed, which trusts this server."""
    make_impostor_file(tmp_path / "other", secure.clock.now())
    await secure.enrol("kiosk-2")
    station = secure.stations / "kiosk-2" / "station" / "station.pem"
    station.write_text((tmp_path / "other" / "server.pem").read_text())
    client = await secure.station("kiosk-2")
    with pytest.raises(ServerAway):
        await client.get("/me", Me)


# --- who hears nothing --------------------------------------------------------------------


async def test_impostor_with_a_valid_looking_certificate_hears_not_one_byte(
    secure: SecureVenue, tmp_path: Path
) -> None:
    """Same names, same kind of certificate, an authority of its own."""
    await secure.enrol("kiosk-2")
    file = make_impostor_file(tmp_path / "rogue", secure.clock.now())
    async with Impostor(file) as impostor:
        access = StationAccess(_config(secure, "kiosk-2"), secure.clock.seams)
        async with await access.open(impostor.address) as client:
            client.token = "secret"
            for _ in range(2):
                with pytest.raises(ServerNotOurs, match="is not the one of this station's venue"):
                    await client.get("/me", Me)
            with pytest.raises(ServerNotOurs):
                await client.post("/stations/call", {}, Me, operation_id="1")
            with pytest.raises(ServerNotOurs):
                async with aclosing(client.follow_feed()) as feed:  # type: ignore[type-var]
                    await anext(feed)
        await asyncio.sleep(0.05)
        assert impostor.heard == b""
        # The counter counts: somebody who does not look is heard.
        careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
        async with VenueClient(impostor.address, tls=careless) as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.get_venue(), 0.2)
        assert b"GET /api/v1/venue" in impostor.heard


async def test_station_of_this_venue_can_not_pretend_to_be_its_server(secure: SecureVenue) -> None:
    await secure.enrol("kiosk-2")
    stolen = await secure.enrol("kiosk-3")
    async with Impostor(stolen.own_file) as impostor:
        access = StationAccess(_config(secure, "kiosk-2"), secure.clock.seams)
        async with await access.open(impostor.address) as client:
            with pytest.raises(ServerNotOurs):
                await client.get_venue()
        assert impostor.heard == b""


async def test_old_certificate_of_the_server_is_refused(secure: SecureVenue) -> None:
    """Somebody kept the server's files of last season: they are worth nothing any more."""
    await secure.enrol("kiosk-2")
    async with Impostor(secure.folder / "keys" / "server.pem") as impostor:
        secure.clock.advance(91 * 86400)
        access = StationAccess(_config(secure, "kiosk-2"), secure.clock.seams)
        async with await access.open(impostor.address) as client:
            with pytest.raises(ServerNotOurs, match="ended on"):
                await client.get_venue()
        assert impostor.heard == b""


async def test_station_with_a_stopped_clock_still_knows_its_server(secure: SecureVenue) -> None:
    await secure.enrol("kiosk-2")
    broken = MovableClock()
    broken.advance(-50 * 365 * 86400)
    access = StationAccess(_config(secure, "kiosk-2"), broken.seams)
    async with await access.open(secure.address) as client:
        assert (await client.get("/me", Me)).code == "kiosk-2"


async def test_station_does_not_go_over_to_plain_http(secure: SecureVenue, tmp_path: Path) -> None:
    access = StationAccess(Config(data_dir=str(tmp_path), station=StationConfig(key="k")))
    with pytest.raises(TlsNeeded, match="without TLS"):
        await access.open("http://192.0.2.7:8470")
    with pytest.raises(NotPaired, match="venue pair"):
        await access.open(secure.address)
    plain = await access.open("http://127.0.0.1:8470")
    assert plain.token == "k"
    await plain.close()


def _config(secure: SecureVenue, name: str) -> Config:
    return Config(data_dir=str(secure.stations / name))


# --- who is hung up on --------------------------------------------------------------------


async def test_revoked_station_is_cut_off_within_a_second(secure: SecureVenue) -> None:
    """Its followed feed, its kept connection, its sessions and its certificate."""
    for name in ("window-1", "window-2"):
        await secure.enrol(name, "console")
    victim, other = await secure.station("window-1"), await secure.station("window-2")
    cashier = await secure.station("window-1")
    await cashier.sign_in("T-CASHIER", PIN, "window-1")
    await victim.get("/me", Me)
    ended: dict[str, float] = {}
    loop = asyncio.get_running_loop()

    async def follow(name: str, client: VenueClient) -> None:
        try:
            async with aclosing(client.follow_feed()) as feed:  # type: ignore[type-var]
                async for _ in feed:
                    pass
        except ServerAway:
            ended[name] = loop.time()

    feeds = [
        asyncio.create_task(follow(name, client))
        for name, client in (("victim", victim), ("cashier", cashier), ("other", other))
    ]
    await asyncio.sleep(0.2)
    assert not ended
    manager = await secure.manager()
    began = loop.time()
    await manager.post(
        "/stations/revoke", StationName(name="window-1"), StationName, operation_id="r1"
    )
    await asyncio.wait(feeds[:2], timeout=1)
    assert set(ended) == {"victim", "cashier"}
    assert max(ended.values()) - began < 1
    assert await code_of_refusal(victim) == "station_revoked"
    assert await code_of_refusal(cashier) == "station_revoked"
    assert (await other.get("/me", Me)).code == "window-2"
    for feed in feeds:
        feed.cancel()
    await asyncio.gather(*feeds, return_exceptions=True)


async def test_kept_connection_of_a_revoked_station_is_closed(secure: SecureVenue) -> None:
    await secure.enrol("kiosk-2")
    own = secure.stations / "kiosk-2" / "station" / "station.pem"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(own)
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", secure.venue.server.port, ssl=context
    )
    writer.write(b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200" in await reader.readline()
    await secure.venue.server.database.write(revoke_station, StationName(name="kiosk-2"))
    async with asyncio.timeout(1):
        with contextlib.suppress(ConnectionError):
            while await reader.read(4096):
                pass
    writer.close()


async def test_replaced_device_is_dead_and_the_new_one_has_name_and_history(
    secure: SecureVenue,
) -> None:
    await secure.enrol("window-1", "console")
    old = await secure.station("window-1")
    await old.sign_in("T-CASHIER", PIN, "window-1")
    token = old.token
    manager = await secure.manager()
    before = await manager.get("/stations", StationsOverview)
    await secure.enrol("window-1", "console", replace=True)
    assert await code_of_refusal(old) == "station_revoked"
    new = await secure.station("window-1")
    assert (await new.get("/me", Me)).code == "window-1"
    new.token = token
    assert await code_of_refusal(new) == "not_signed_in"
    after = await manager.get("/stations", StationsOverview)
    added = [{one.name: one.added_at for one in told.stations} for told in (before, after)]
    assert added[0] == added[1]


# --- time -----------------------------------------------------------------------------------


async def test_expired_certificate_is_renewed_by_itself_up_to_thirty_days(
    secure: SecureVenue,
) -> None:
    first = await secure.enrol("kiosk-2")
    secure.clock.advance((400 + 29) * 86400)
    await asyncio.to_thread(_refresh_server, secure)
    client = await secure.station("kiosk-2")
    assert (await client.get("/me", Me)).code == "kiosk-2"
    known = await StationAccess(_config(secure, "kiosk-2")).credentials()
    assert known is not None
    assert known.leaf.serial != first.leaf.serial
    assert known.leaf.expires_at > secure.clock.now() + timedelta(days=399)


async def test_certificate_that_ended_long_ago_is_not_renewed(secure: SecureVenue) -> None:
    await secure.enrol("kiosk-2")
    secure.clock.advance((400 + 31) * 86400)
    await asyncio.to_thread(_refresh_server, secure)
    client = await secure.station("kiosk-2")
    assert await code_of_refusal(client) == "certificate_expired"


async def test_certificate_is_renewed_at_two_thirds_without_a_break(secure: SecureVenue) -> None:
    first = await secure.enrol("kiosk-2")
    own = first.own_file
    old = own.read_text()
    client = await secure.station("kiosk-2")
    secure.clock.advance(266 * 86400)
    await asyncio.to_thread(_refresh_server, secure)
    await client.get("/me", Me)
    assert await _serial(secure) == first.leaf.serial
    secure.clock.advance(86400)
    await client.get("/me", Me)
    assert client._renewing is not None
    await client._renewing
    assert await _serial(secure) != first.leaf.serial
    assert (await client.get("/me", Me)).code == "kiosk-2"
    # The old one goes on for a week, in case that the answer was lost; then it is over.
    own.write_text(old)
    async with await StationAccess(_config(secure, "kiosk-2"), MovableClock().seams).open(
        secure.address
    ) as late:
        assert (await late.get("/me", Me)).code == "kiosk-2"
        assert await _serial(secure) == first.leaf.serial
        secure.clock.advance(7 * 86400 + 1)
        assert (await late.get("/me", Me)).code == "kiosk-2"
        assert await _serial(secure) != first.leaf.serial


async def _serial(secure: SecureVenue) -> str:
    known = await StationAccess(_config(secure, "kiosk-2")).credentials()
    assert known is not None
    return known.leaf.serial


def _refresh_server(secure: SecureVenue) -> None:
    """What the server's job does every ten minutes."""
    assert secure.venue.server.desk is not None
    secure.venue.server.desk.refresh()


async def test_server_renews_its_certificate_without_a_restart(secure: SecureVenue) -> None:
    kept = await secure.stranger()
    await kept.get_venue()
    before = await _shown_serial(secure)
    secure.clock.advance(59 * 86400)
    await asyncio.to_thread(_refresh_server, secure)
    assert await _shown_serial(secure) == before
    secure.clock.advance(2 * 86400)
    await asyncio.to_thread(_refresh_server, secure)
    assert await _shown_serial(secure) != before
    await kept.get_venue()  # a connection that is open goes on
    await (await secure.stranger()).get_venue()


async def _shown_serial(secure: SecureVenue) -> int:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", secure.venue.server.port, ssl=context)
    der = writer.get_extra_info("ssl_object").getpeercert(True)
    writer.close()
    return x.x509.load_der_x509_certificate(der).serial_number


async def test_browser_can_trust_the_authority(secure: SecureVenue) -> None:
    """What any other program does with the certificate of the authority: names and all."""
    stranger = await secure.stranger()
    pem = (await stranger.get_bytes("/stations/authority")).decode()
    context = ssl.create_default_context(cadata=pem)
    context.verify_flags |= 0x200000  # the test's clock is not the machine's
    async with (
        aiohttp.ClientSession() as http,
        http.get(secure.address + "/api/v1/venue", ssl=context) as response,
    ):
        assert response.status == 200


# --- keys that were lost, hand-shakers that dawdle, planted violations ---------------------


async def test_lost_keys_are_noticed(secure: SecureVenue) -> None:
    """A new authority would cut every station off: better to say it and start nothing."""
    await secure.enrol("kiosk-2")
    keys = secure.folder / "keys"
    database = secure.venue.server.database
    desk = TrustDesk(SECURE, keys, secure.clock.seams)
    await asyncio.to_thread(desk.prepare)
    await desk.compare(database)
    (keys / "venue-ca.key").rename(keys / "aside")
    with pytest.raises(KeysUnusable, match=r"venue-ca\.key is missing"):
        await asyncio.to_thread(TrustDesk(SECURE, keys, secure.clock.seams).prepare)
    (keys / "venue-ca.pem").unlink()
    other = TrustDesk(SECURE, keys, secure.clock.seams)
    await asyncio.to_thread(other.prepare)
    with pytest.raises(AuthorityChanged, match="pair all stations anew"):
        await other.compare(database)
    assert await database.write(forget_authority) == 1
    await other.compare(database)
    assert await code_of_refusal(await secure.station("kiosk-2")) == "station_revoked"


async def test_connection_without_a_handshake_is_hung_up_on(
    bare_copy: Path, tmp_path: Path, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "HANDSHAKE_TIMEOUT_S", 0.2)
    async with secure_venue(bare_copy, tmp_path / "stations", clock) as secure:
        reader, writer = await asyncio.open_connection("127.0.0.1", secure.venue.server.port)
        async with asyncio.timeout(2):
            assert await reader.read() == b""
        writer.close()


async def test_revoked_station_with_a_living_key_is_found(secure: SecureVenue) -> None:
    await secure.enrol("kiosk-2")
    database = secure.venue.server.database

    def plant(work: Work) -> None:
        StationRow.update(active=False).where(StationRow.name == "kiosk-2").execute()

    assert await database.read(lambda view: list(check_revoked(view))) == []
    await database.write(plant)
    found = await database.read(lambda view: list(check_revoked(view)))
    assert found == ["station kiosk-2 is out of service, but has a certificate that counts"]
