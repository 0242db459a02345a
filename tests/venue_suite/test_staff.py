"""Staff accounts over HTTP: added, changed, switched off; PINs, passwords and sessions."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.venue_suite.people_world import Vault, ask, refusal
from venue_suite.audit.entries import read_rows
from venue_suite.client import VenueClient
from venue_suite.commands import run
from venue_suite.database import View
from venue_suite.database.kernel_rows import OperationRow
from venue_suite.identity import wire
from venue_suite.identity.hashing import PasswordTooWeak, check_password, hash_password, pin_matches
from venue_suite.identity.rules import SignInRules
from venue_suite.paging import Page
from venue_suite.testing import PIN, MovableClock, ServedVenue
from venue_suite.wire import Me, Session

PASSWORD = "quiet river lantern"
NEW_PIN = "801246"


@pytest.fixture
async def house(bare_copy: Path, clock: MovableClock) -> AsyncIterator[ServedVenue]:
    async with ServedVenue(bare_copy, clock, plugins={"vault": Vault()}) as venue:
        yield venue


@pytest.fixture
def manager(house: ServedVenue) -> VenueClient:
    return house.client("manager")


@pytest.fixture
def cashier(house: ServedVenue) -> VenueClient:
    return house.client("cashier")


async def signed_in(house: ServedVenue, code: str, pin: str = PIN, at: str = "") -> VenueClient:
    client = house.client()
    await client.sign_in(code, pin, at)
    return client


async def by_password(house: ServedVenue, code: str, password: str = PASSWORD) -> VenueClient:
    client = house.client()
    wanted = wire.PasswordSignIn(code=code, password=password)
    session = await client.post("/sign-in/password", wanted, Session, operation_id="-")
    client.token = session.token
    return client


async def test_somebody_comes_changes_and_goes(house: ServedVenue, manager: VenueClient) -> None:
    body = {"code": " n-1 ", "name": " 林  小满 ", "role": "cashier", "pin": PIN}
    account = await ask(manager, "/staff", body, "op-1")
    assert (account["code"], account["name"], account["has_pin"]) == ("N-1", "林 小满", True)
    assert await ask(manager, "/staff", body, "op-1") == account
    assert (await refusal(ask(manager, "/staff", body))).code == "already_exists"
    client = await signed_in(house, "N-1")
    changed = await ask(manager, "/staff/N-1", {"name": "Lin", "role": "usher"})
    assert (changed["name"], changed["role"], changed["sessions"]) == ("Lin", "usher", 1)
    assert (await client.get("/me", Me)).name == "Lin"
    off = await ask(manager, "/staff/n-1", {"active": False})
    assert (off["active"], off["sessions"]) == (False, 0)
    assert (await refusal(client.get("/me", Me))).code == "not_signed_in"
    assert (await refusal(house.client().sign_in("N-1", PIN))).code == "wrong_pin"
    await ask(manager, "/staff/N-1", {"active": True})
    assert (await refusal(client.get("/me", Me))).code == "not_signed_in"
    await signed_in(house, "N-1")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"pin": "12345"}, "pin_too_weak"),
        ({"pin": "123456"}, "pin_too_weak"),
        ({"code": ""}, "refused"),
        ({"code": "李"}, "refused"),
        ({"code": "A B"}, "refused"),
        ({"code": "A/B"}, "refused"),
        ({"code": "x" * 33}, "refused"),
        ({"name": " "}, "refused"),
        ({"name": "a\u202eb"}, "refused"),
        ({"role": "console"}, "refused"),
        ({"salary": 5}, "bad_request"),
    ],
)
async def test_odd_accounts_are_refused(
    manager: VenueClient, change: dict[str, Any], code: str
) -> None:
    body = {"code": "N1", "name": "Lin", "role": "cashier", "pin": PIN, **change}
    assert (await refusal(ask(manager, "/staff", body))).code == code


async def test_lists_come_in_pages(manager: VenueClient) -> None:
    for number in range(5):
        body = {"code": f"P{number}", "name": "Lin", "role": "usher"}
        await ask(manager, "/staff", body)
    await ask(manager, "/staff/P0", {"active": False})
    codes: list[str] = []
    after = ""
    while True:
        page = await manager.get("/staff", Page[wire.StaffAccount], limit=3, after=after)
        codes += [one.code for one in page.items]
        after = page.next
        if not after:
            break
    assert codes == ["P0", "P1", "P2", "P3", "P4", "T-CASHIER", "T-MANAGER", "T-USHER"]
    off = await manager.get("/staff", Page[wire.StaffAccount], active="false")
    assert [one.code for one in off.items] == ["P0"]
    assert (await refusal(manager.get("/staff/NOBODY", object))).code == "not_found"


async def test_new_pin_of_somebody_else_ends_their_sessions(
    house: ServedVenue, manager: VenueClient
) -> None:
    cashier = house.client("cashier")
    await cashier.get("/me", Me)
    await ask(manager, "/staff/T-CASHIER/pin", {"pin": NEW_PIN}, "op-1")
    assert (await refusal(cashier.get("/me", Me))).code == "not_signed_in"
    assert (await refusal(house.client().sign_in("T-CASHIER", PIN))).code == "wrong_pin"
    await signed_in(house, "T-CASHIER", NEW_PIN)
    # The same id with another PIN is another request.
    refused = await refusal(ask(manager, "/staff/T-CASHIER/pin", {"pin": "975310"}, "op-1"))
    assert refused.code == "operation_reused"


async def test_own_pin_needs_the_old_one(house: ServedVenue) -> None:
    cashier = house.client("cashier")
    other = await signed_in(house, "T-CASHIER")
    refused = await refusal(ask(cashier, "/me/pin", {"old": "111112", "new": NEW_PIN}))
    assert refused.code == "wrong_pin"
    refused = await refusal(ask(cashier, "/me/pin", {"old": PIN, "new": "111111"}))
    assert refused.code == "pin_too_weak"
    await ask(cashier, "/me/pin", {"old": PIN, "new": NEW_PIN}, "op-1")
    # The answer was lost: asked again with the same id, it is the same answer.
    await ask(cashier, "/me/pin", {"old": PIN, "new": NEW_PIN}, "op-1")
    await cashier.get("/me", Me)
    assert (await refusal(other.get("/me", Me))).code == "not_signed_in"
    await signed_in(house, "T-CASHIER", NEW_PIN)


async def test_guesses_at_the_old_pin_are_counted(house: ServedVenue) -> None:
    """Whoever finds a console that was left open can't try PINs there without end."""
    cashier = house.client("cashier")
    codes = [
        (await refusal(ask(cashier, "/me/pin", {"old": f"11111{n}", "new": NEW_PIN}))).code
        for n in range(2, 9)
    ]
    assert codes == ["wrong_pin"] * 5 + ["sign_in_blocked"] * 2


async def test_password_for_browsers(house: ServedVenue, manager: VenueClient) -> None:
    cashier = house.client("cashier")
    assert (await refusal(by_password(house, "T-CASHIER", ""))).code == "wrong_pin"
    first = {"pin": PIN, "password": PASSWORD}
    await ask(cashier, "/me/password/first", first)
    assert (await refusal(ask(cashier, "/me/password/first", first))).code == "refused"
    browser = await by_password(house, "t-cashier")
    assert (await refusal(by_password(house, "T-CASHIER", PIN))).code == "wrong_pin"
    assert (await refusal(house.client().sign_in("T-CASHIER", PASSWORD))).code == "wrong_pin"
    body = {"old": PASSWORD, "new": "T-Cashier 12345"}
    assert (await refusal(ask(browser, "/me/password", body))).code == "password_too_weak"
    await ask(browser, "/me/password", {"old": PASSWORD, "new": "seven paper boats"})
    assert (await refusal(by_password(house, "T-CASHIER"))).code == "wrong_pin"
    again = await by_password(house, "T-CASHIER", "seven paper boats")
    await ask(manager, "/staff/T-CASHIER/password", {"password": "eight paper boats"})
    assert (await refusal(again.get("/me", Me))).code == "not_signed_in"
    await by_password(house, "T-CASHIER", "eight paper boats")


@pytest.mark.parametrize(
    ("password", "own"),
    [
        ("", ()),
        ("elevenchars", ()),
        ("aaaaaaaaaaaaaaaa", ()),
        ("abababababababab", ()),
        ("T-CASHIER-2026", ("T-CASHIER", "Lin")),
        ("linxiaoman1234", ("C01", "Lin Xiaoman")),
        ("周若岚周若岚周若岚周若岚", ("C03", "周若岚")),
    ],
)
def test_weak_passwords_are_refused(password: str, own: tuple[str, ...]) -> None:
    with pytest.raises(PasswordTooWeak):
        check_password(password, *own)


@pytest.mark.parametrize("password", [PASSWORD, "长风破浪会有时直挂云帆济沧海", "x" * 8 + "yzab c"])
def test_good_passwords_are_taken(password: str) -> None:
    kept = hash_password(password, "C01", "Lin Xiaoman")
    assert kept.startswith("$argon2id$")
    assert pin_matches(password, kept)
    assert not pin_matches(password[:-1], kept)
    assert not pin_matches("", "")


async def test_kept_fingerprints_do_not_give_pins_away(
    house: ServedVenue, manager: VenueClient
) -> None:
    """With the database in hand, all PINs of six digits can be hashed in a second."""
    body = msgspec.json.encode({"pin": NEW_PIN})
    await ask(manager, "/staff/T-CASHIER/pin", {"pin": NEW_PIN}, "op-1")

    def kept(view: View) -> bytes:
        return bytes(OperationRow.get(OperationRow.operation_id == "op-1").fingerprint)

    content = msgspec.json.encode(("POST", "/api/v1/staff/T-CASHIER/pin", "staff", "T-MANAGER"))
    fingerprint = await house.server.database.read(kept)
    assert fingerprint != hashlib.sha256(content + b"\n" + body).digest()


# --- sessions ----------------------------------------------------------------------------


async def test_sessions_are_listed_and_ended(house: ServedVenue, manager: VenueClient) -> None:
    cashier = house.client("cashier")
    one = await signed_in(house, "T-CASHIER", at="console-2")
    two = await signed_in(house, "T-CASHIER", at="console-3")
    lines = await cashier.get("/me/sessions", list[wire.SessionLine])
    assert [line.station for line in lines] == ["console-3", "console-2", "console-1"]
    assert lines[0].address == "127.0.0.1"
    seen = await manager.get("/staff/T-CASHIER/sessions", list[wire.SessionLine])
    assert [line.id for line in seen] == [line.id for line in lines]
    ended = await ask(manager, "/staff/T-CASHIER/sessions/end", {"ids": [lines[1].id]})
    assert ended == {"count": 1}
    assert (await refusal(one.get("/me", Me))).code == "not_signed_in"
    await two.get("/me", Me)
    assert await ask(cashier, "/me/sessions/end") == {"count": 1}
    assert (await refusal(two.get("/me", Me))).code == "not_signed_in"
    await cashier.get("/me", Me)
    # Not somebody else's, by guessing a number.
    (theirs,) = await manager.get("/me/sessions", list[wire.SessionLine])
    assert await ask(cashier, "/me/sessions/end", {"ids": [theirs.id]}) == {"count": 0}
    await manager.get("/me", Me)


async def test_session_idles_out_but_not_in_use(house: ServedVenue, manager: VenueClient) -> None:
    await ask(manager, "/staff/rules", {"station_idle_minutes": 60})
    client = await signed_in(house, "T-CASHIER")
    for _ in range(5):
        house.clock.advance(50 * 60)
        await client.get("/me", Me)
        # What writes the use down runs beside the request.
        await house.server.database.write(lambda work: None)
    house.clock.advance(61 * 60)
    assert (await refusal(client.get("/me", Me))).code == "not_signed_in"
    # Sessions from before the rule go on by the old one.
    await house.client("usher").get("/me", Me)


async def test_browser_sessions_are_short(house: ServedVenue) -> None:
    cashier = house.client("cashier")
    await ask(cashier, "/me/password/first", {"pin": PIN, "password": PASSWORD})
    browser = await by_password(house, "T-CASHIER")
    house.clock.advance(14 * 60)
    await browser.get("/me", Me)
    await house.server.database.write(lambda work: None)
    house.clock.advance(16 * 60)
    assert (await refusal(browser.get("/me", Me))).code == "not_signed_in"


async def test_session_ends_in_any_case(house: ServedVenue, manager: VenueClient) -> None:
    await ask(manager, "/staff/rules", {"station_idle_minutes": 0, "station_hours": 2})
    client = await signed_in(house, "T-CASHIER")
    house.clock.advance(2 * 3600 - 60)
    await client.get("/me", Me)
    house.clock.advance(61)
    assert (await refusal(client.get("/me", Me))).code == "not_signed_in"


async def test_rules_are_kept_and_checked(manager: VenueClient) -> None:
    rules = SignInRules(station_idle_minutes=30, factor_roles=["finance"])
    assert await manager.post("/staff/rules", rules, SignInRules, operation_id="r") == rules
    assert await manager.get("/staff/rules", SignInRules) == rules
    for odd, code in (
        ({"station_hours": 0}, "bad_request"),
        ({"browser_idle_minutes": -1}, "bad_request"),
        ({"factor_roles": ["king"]}, "refused"),
        ({"factor_roles": ["kiosk"]}, "refused"),
    ):
        assert (await refusal(ask(manager, "/staff/rules", odd))).code == code


async def test_stations_have_no_account(house: ServedVenue) -> None:
    kiosk = house.client("kiosk")
    assert (await refusal(kiosk.get("/me/sessions", object))).code == "refused"
    body = {"old": PIN, "new": NEW_PIN}
    assert (await refusal(ask(kiosk, "/me/pin", body))).code == "refused"
    assert (await refusal(ask(kiosk, "/me/step-up", {"code": "1"}))).code == "refused"


async def test_every_change_is_in_the_audit_log(house: ServedVenue, manager: VenueClient) -> None:
    await ask(manager, "/staff", {"code": "N1", "name": "Lin", "role": "usher", "pin": PIN})
    await ask(manager, "/staff/N1", {"role": "cashier"})
    await ask(manager, "/staff/N1/pin", {"pin": NEW_PIN})
    await signed_in(house, "N1", NEW_PIN)
    await ask(manager, "/staff/N1/sessions/end")
    await ask(manager, "/roles/usher/grants", {"permission": "vault.pay", "allowed": True})
    await ask(manager, "/staff/rules", {"station_hours": 9})

    def entries(view: View) -> list[tuple[Any, ...]]:
        return [(row[6], row[7], row[2]) for row in read_rows(view, 1, 1000)]

    found = await house.server.database.read(entries)
    assert found[-6:] == [
        ("staff.add", "staff/N1", "staff/T-MANAGER"),
        ("staff.change", "staff/N1", "staff/T-MANAGER"),
        ("staff.set_pin", "staff/N1", "staff/T-MANAGER"),
        ("staff.end_sessions", "staff/N1", "staff/T-MANAGER"),
        ("role.change", "role/usher", "staff/T-MANAGER"),
        ("staff.change_rules", "staff/rules", "staff/T-MANAGER"),
    ]

    def text(view: View) -> str:
        return str(read_rows(view, 1, 1000))

    stored = await house.server.database.read(text)
    assert NEW_PIN not in stored
    assert "$argon2id$" not in stored


@pytest.mark.sqlite
async def test_commands_reach_the_running_server(house: ServedVenue, cashier: VenueClient) -> None:
    """On the server's machine, without anybody's PIN; counts at once."""
    folder = str(house.server.config.data_path)
    await cashier.get("/me", Me)
    done = await asyncio.to_thread(run, ["--data", folder, "staff", "deactivate", "T-CASHIER"])
    assert done == 0
    assert (await refusal(cashier.get("/me", Me))).code == "not_signed_in"
