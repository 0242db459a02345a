"""Who is who: PINs, blocking, sessions, stations, and what a guesser learns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from venue_suite.client import ServerRefused, VenueClient
from venue_suite.database import Database, Work
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.domain.digests import hash_secret
from venue_suite.domain.errors import Refused
from venue_suite.identity import hashing
from venue_suite.identity import services as identity
from venue_suite.identity.hashing import PinTooWeak
from venue_suite.identity.tables import SessionRow, StaffRow
from venue_suite.testing import PIN, ServedVenue, token_of
from venue_suite.trust import stations
from venue_suite.trust.tables import StationRow
from venue_suite.wire import Me

CODE = "T-CASHIER"


async def refused(client: VenueClient, code: str, pin: str) -> str:
    """The code of the refusal of a sign-in."""
    with pytest.raises(ServerRefused) as caught:
        await client.sign_in(code, pin)
    return caught.value.code


async def test_right_pin_opens_a_session(bare: ServedVenue) -> None:
    client = bare.client()
    session = await client.sign_in("t-cashier", PIN, station="console-1")
    assert session.me.code == CODE
    assert "jotter.jot" in session.me.permissions
    assert "*" not in session.me.permissions
    assert len(bytes.fromhex(session.token)) == 32
    assert (await client.get("/me", Me)).code == CODE
    assert (await bare.client().sign_in(CODE, PIN)).token != session.token


@pytest.mark.parametrize(
    ("code", "pin"),
    [
        (CODE, "000000"),
        (CODE, ""),
        (CODE, PIN[:-1]),
        (CODE, PIN + "0"),
        (CODE, " " + PIN),
        ("NOBODY", PIN),
        ("", ""),
        ("kiosk-1", token_of("kiosk")[:64]),
        ("' OR 1=1 --", PIN),
        ("\t", "\u200b"),
    ],
)
async def test_wrong_pin_and_unknown_code_sound_the_same(
    bare: ServedVenue, code: str, pin: str
) -> None:
    with pytest.raises(ServerRefused) as caught:
        await bare.client().sign_in(code, pin)
    assert caught.value.code == "wrong_pin"
    assert caught.value.http_status == 401
    assert str(caught.value) == "Number or PIN is not right."


async def test_unknown_code_costs_the_same_work(
    bare: ServedVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[str] = []

    def count(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def work(*arguments: object) -> object:
            worked.append(name)
            return real(*arguments)

        return work

    for name in ("hash", "verify"):
        real = getattr(hashing._HASHER, name)
        monkeypatch.setattr(type(hashing._HASHER), name, count(name, real))
    await refused(bare.client(), CODE, "000000")
    await refused(bare.client(), "NOBODY", "000000")
    assert worked == ["verify", "verify"]


async def test_five_wrong_pins_block_even_the_right_one(bare: ServedVenue) -> None:
    client = bare.client()
    for _ in range(5):
        assert await refused(client, CODE, "000000") == "wrong_pin"
    assert await refused(client, CODE, PIN) == "sign_in_blocked"
    # Somebody else is not concerned.
    await bare.client().sign_in("T-USHER", PIN)
    bare.clock.advance(6)
    await client.sign_in(CODE, PIN)
    # The count begins anew.
    for _ in range(4):
        assert await refused(bare.client(), CODE, "000000") == "wrong_pin"
    await client.sign_in(CODE, PIN)


async def test_block_doubles_up_to_a_quarter_of_an_hour(bare: ServedVenue) -> None:
    client = bare.client()
    for _ in range(4):
        await refused(client, CODE, "000000")
    waits = []
    for _ in range(11):
        assert await refused(client, CODE, "000000") == "wrong_pin"
        with pytest.raises(ServerRefused) as caught:
            await client.sign_in(CODE, PIN)
        assert caught.value.http_status == 429
        waits.append(int(str(caught.value.params["wait_s"])))
        bare.clock.advance(waits[-1] + 1)
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]
    await client.sign_in(CODE, PIN)


async def test_guesses_at_once_are_not_checked_at_once(bare: ServedVenue) -> None:
    """A hundred connections do not give a hundred guesses."""
    client = bare.client()
    codes = await asyncio.gather(*(refused(client, CODE, f"{n:06}") for n in range(40)))
    assert codes.count("wrong_pin") == 5
    assert codes.count("sign_in_blocked") == 35


async def test_colleagues_may_sign_in_at_once(bare: ServedVenue) -> None:
    sessions = await asyncio.gather(*(bare.client().sign_in(CODE, PIN) for _ in range(4)))
    assert len({session.token for session in sessions}) == 4


async def test_sign_out_ends_the_session_at_once(bare: ServedVenue) -> None:
    client = bare.client()
    token = (await client.sign_in(CODE, PIN)).token
    await client.get("/me", Me)
    await client.post("/sign-out", {}, object, operation_id="A")
    with pytest.raises(ServerRefused, match="sign in first"):
        await client.get("/me", Me)
    other = bare.client()
    other.token = token
    with pytest.raises(ServerRefused, match="sign in first"):
        await other.get("/me", Me)


async def test_sign_out_wins_against_a_question_under_way(
    bare: ServedVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look-up that began before the end of the session must not bring it back to mind."""
    client = bare.client()
    token = (await client.sign_in(CODE, PIN)).token
    bare.clock.advance(60)  # so that the session has to be looked up
    database, real = bare.server.database, bare.server.database.read
    ended = asyncio.Event()
    slow = [hash_secret(token)]

    async def read_slowly(query, *arguments):  # type: ignore[no-untyped-def]
        found = await real(query, *arguments)
        if slow and slow[0] in arguments:
            slow.clear()
            await ended.wait()
        return found

    monkeypatch.setattr(database, "read", read_slowly)
    asking = asyncio.create_task(client.get("/me", Me))
    await asyncio.sleep(0.05)
    leaving = bare.client()
    leaving.token = token
    await leaving.post("/sign-out", {}, object, operation_id="A")
    assert not slow
    assert not asking.done()
    ended.set()
    await asking
    with pytest.raises(ServerRefused, match="sign in first"):
        await client.get("/me", Me)


async def test_session_ends_by_itself(bare: ServedVenue) -> None:
    client = bare.client("cashier")
    bare.clock.advance(11.9 * 3600)
    await client.get("/me", Me)
    bare.clock.advance(0.1 * 3600 + 60)
    with pytest.raises(ServerRefused, match="sign in first"):
        await client.get("/me", Me)


async def test_station_that_is_switched_off_is_nobody(bare: ServedVenue) -> None:
    kiosk = bare.client("kiosk")
    await kiosk.get("/me", Me)

    def switch_off(work: Work) -> None:
        StationRow.update(active=False).where(StationRow.name == "kiosk-1").execute()
        StaffRow.update(active=False).where(StaffRow.code == CODE).execute()

    await bare.server.database.write(switch_off)
    bare.clock.advance(31)
    for client in (kiosk, bare.client("cashier")):
        with pytest.raises(ServerRefused, match="sign in first"):
            await client.get("/me", Me)
    assert await refused(bare.client(), CODE, PIN) == "wrong_pin"


async def test_token_and_pin_are_stored_nowhere(bare: ServedVenue) -> None:
    token = (await bare.client().sign_in(CODE, PIN)).token
    await asyncio.to_thread((bare.server.config.data_path / "x").touch)
    folder = bare.server.config.data_path
    stored = b"".join(file.read_bytes() for file in folder.glob("venue.db*"))
    for secret in (token, PIN, token_of("kiosk")):
        assert secret.encode() not in stored


@pytest.mark.parametrize("field", ["code", "pin", "station"])
async def test_endless_text_is_refused(bare: ServedVenue, field: str) -> None:
    body = {"code": "x", "pin": "y", "station": "z", field: "x" * 65}
    async with (
        aiohttp.ClientSession(bare.address) as http,
        http.post("/api/v1/sign-in", json=body) as response,
    ):
        assert response.status == 400


# --- the services -------------------------------------------------------------------


@pytest.mark.parametrize("pin", ["", "1", "13579", "abcdef", "13 579", "１３５７９２", "-13579"])
def test_pin_has_six_digits_or_more(pin: str) -> None:
    with pytest.raises(PinTooWeak, match="a PIN has at least 6 digits"):
        identity.hash_pin(pin)


@pytest.mark.parametrize("pin", ["000000", "77777777", "123456", "987654", "0123456789"])
def test_pin_is_not_what_everybody_tries_first(pin: str) -> None:
    with pytest.raises(PinTooWeak, match="all the same or follow each other"):
        identity.hash_pin(pin)


def test_pin_hash_is_slow_and_salted() -> None:
    first, second = identity.hash_pin("135792"), identity.hash_pin("135792")
    assert first != second
    assert first.startswith("$argon2id$")
    assert identity.pin_matches("135792", first)
    assert not identity.pin_matches("135793", first)
    assert not identity.pin_matches("135792", "no hash")


async def test_people_are_added_once_with_a_known_role(database: Database) -> None:
    await database.write(identity.add_staff, "c01", "Lin", "cashier", "h")
    with pytest.raises(identity.AlreadyExists, match="Staff C01 exists already"):
        await database.write(identity.add_staff, "C01", "Wu", "usher", "h")
    with pytest.raises(Refused, match="there is no role king"):
        await database.write(identity.add_staff, "C02", "Wu", "king", "h")
    with pytest.raises(Refused, match="needs a code"):
        await database.write(identity.add_staff, " ", "Wu", "usher", "h")
    await database.write(stations.add_station, "kiosk-1", "kiosk", "key")
    with pytest.raises(identity.AlreadyExists, match="Station kiosk-1 exists already"):
        await database.write(stations.add_station, "kiosk-1", "gate", "other")
    with pytest.raises(Refused, match="needs a name"):
        await database.write(stations.add_station, "", "gate", "third")


async def test_sessions_are_counted_per_sign_in(tmp_path: Path) -> None:
    database = Database(tmp_path / "venue.db")
    database.open(KERNEL_MIGRATIONS)
    await database.write(identity.add_staff, "c01", "Lin", "cashier", "h")
    known = await database.write(identity.begin_sign_in, "c01")
    assert known is not None
    assert await database.write(identity.open_session, known.staff_id, "t1", "") == "C01"
    await database.write(identity.open_session, known.staff_id, "t2", "")
    await database.write(identity.end_session, hash_secret("t1"))
    await database.write(identity.end_session, hash_secret("unknown"))

    def ended(view: object) -> list[bool]:
        return [row.ended_at is not None for row in SessionRow.select().order_by(SessionRow.id)]

    assert await database.read(ended) == [True, False]
    database.close()
