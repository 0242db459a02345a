"""The second factor: literal vectors, and the ways around it that are closed."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.venue_suite.people_world import Vault, ask, refusal
from tests.venue_suite.trust_world import secure_venue
from venue_suite.client import ServerRefused, VenueClient
from venue_suite.database import View
from venue_suite.identity import wire
from venue_suite.identity.rules import RULES_KEY, SignInRules
from venue_suite.identity.sealing import KeyLost, Sealer, load_sealer
from venue_suite.identity.second_factor import code_at, find_step, key_uri, step_at
from venue_suite.settings import put_setting
from venue_suite.testing import PIN, MovableClock, ServedVenue
from venue_suite.wire import Me, Session

PASSWORD = "quiet river lantern"
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.fixture
async def house(bare_copy: Path, clock: MovableClock) -> AsyncIterator[ServedVenue]:
    async with ServedVenue(bare_copy, clock, plugins={"vault": Vault()}) as venue:
        yield venue


@pytest.mark.parametrize(
    ("time_s", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(time_s: int, code: str) -> None:
    at = datetime.fromtimestamp(time_s, UTC)
    assert code_at(RFC_SECRET, step_at(at), digits=8) == code
    assert find_step(RFC_SECRET, code[2:], at) == time_s // 30


def test_a_clock_may_be_one_step_wrong_and_no_more() -> None:
    at = datetime.fromtimestamp(1111111111, UTC)
    step = step_at(at)
    found = [find_step(RFC_SECRET, code_at(RFC_SECRET, step + off), at) for off in range(-3, 4)]
    assert found == [None, None, step - 1, step, step + 1, None, None]
    for garbage in ("", "05047", "0504711", "abcdef", "\ud800", "０５０４７１"):
        assert find_step(RFC_SECRET, garbage, at) is None


def test_uri_is_what_apps_read() -> None:
    assert key_uri("ABC", "C01", "Qinghe & Co") == (
        "otpauth://totp/Qinghe%20%26%20Co:C01?secret=ABC&issuer=Qinghe%20%26%20Co"
    )


def test_sealed_secret_opens_with_its_key_for_its_purpose_only(tmp_path: Path) -> None:
    sealer = load_sealer(tmp_path)
    sealed = sealer.seal(b"secret", "totp/1")
    assert b"secret" not in base64.b64decode(sealed)
    assert sealer.seal(b"secret", "totp/1") != sealed
    assert load_sealer(tmp_path).open(sealed, "totp/1") == b"secret"
    for other, purpose, text in (
        (Sealer(bytes(32)), "totp/1", sealed),
        (sealer, "totp/2", sealed),
        (sealer, "totp/1", sealed[:-8] + "AAAAAAA="),
        (sealer, "totp/1", "no base64"),
    ):
        with pytest.raises(KeyLost):
            other.open(text, purpose)


# --- over HTTP -----------------------------------------------------------------------


def code_now(house: ServedVenue, secret: str, ahead: int = 0) -> str:
    return code_at(secret, step_at(house.clock.now()) + ahead)


async def set_up(house: ServedVenue, role: str = "cashier") -> tuple[VenueClient, str, list[str]]:
    """Somebody with password and second factor: their client, secret, recovery codes."""
    client = house.client(role)
    await ask(client, "/me/password/first", {"pin": PIN, "password": PASSWORD})
    begun = await ask(client, "/me/second-factor/begin", {"secret": PIN})
    confirmed = await ask(
        client, "/me/second-factor/confirm", {"code": code_now(house, begun["secret"])}
    )
    house.clock.advance(30)
    return client, begun["secret"], confirmed["codes"]


async def ticket_of(house: ServedVenue, code: str = "T-CASHIER") -> tuple[VenueClient, str, bool]:
    """The right password; then the ticket, and whether a factor must be set up first."""
    client = house.client()
    wanted = wire.PasswordSignIn(code=code, password=PASSWORD)
    refused = await refusal(client.post("/sign-in/password", wanted, Session, operation_id="-"))
    assert (refused.code, refused.http_status) == ("second_factor_needed", 401)
    return client, str(refused.params["ticket"]), bool(refused.params["enrol"])


async def finish(client: VenueClient, ticket: str, code: str) -> Session:
    wanted = wire.ShowFactor(ticket=ticket, code=code)
    session = await client.post("/sign-in/second-factor", wanted, Session, operation_id="-")
    client.token = session.token
    return session


async def test_password_then_code(house: ServedVenue) -> None:
    _, secret, _ = await set_up(house)
    client, ticket, must_enrol = await ticket_of(house)
    assert not must_enrol
    client.token = ticket
    assert (await refusal(client.get("/me", Me))).code == "not_signed_in"
    client.token = ""
    session = await finish(client, ticket, code_now(house, secret))
    assert (session.me.code, session.recovery_codes) == ("T-CASHIER", [])
    assert (await client.get("/me", Me)).code == "T-CASHIER"
    (mine, *_) = await client.get("/me/sessions", list[wire.SessionLine])
    assert (mine.way, mine.second_factor) == ("password", True)
    # A ticket is used once.
    assert (await refusal(finish(client, ticket, code_now(house, secret)))).code == "not_signed_in"


async def test_code_works_once_also_for_two_at_once(house: ServedVenue) -> None:
    _, secret, _ = await set_up(house)
    tickets = [await ticket_of(house) for _ in range(3)]
    code = code_now(house, secret)
    answers = await asyncio.gather(
        *(finish(client, ticket, code) for client, ticket, _ in tickets), return_exceptions=True
    )
    assert sum(isinstance(answer, Session) for answer in answers) == 1
    assert {a.code for a in answers if isinstance(a, ServerRefused)} == {"wrong_code"}
    # Nor does an older code, whose step the clock's tolerance would still allow.
    client, ticket, _ = await ticket_of(house)
    assert (await refusal(finish(client, ticket, code_now(house, secret, -1)))).code == "wrong_code"


async def test_ticket_ends_after_five_codes_and_five_minutes(house: ServedVenue) -> None:
    _, secret, _ = await set_up(house)
    client, ticket, _ = await ticket_of(house)
    codes = [(await refusal(finish(client, ticket, "000000"))).code for _ in range(6)]
    assert codes == ["wrong_code"] * 5 + ["not_signed_in"]
    assert (await refusal(finish(client, ticket, code_now(house, secret)))).code == "not_signed_in"
    client, ticket, _ = await ticket_of(house)
    house.clock.advance(301)
    assert (await refusal(finish(client, ticket, code_now(house, secret)))).code == "not_signed_in"


async def test_guesses_of_codes_are_blocked_like_guesses_of_pins(house: ServedVenue) -> None:
    """Each ticket costs a sign-in that counts as wrong until its code was right."""
    await set_up(house)
    for _ in range(5):
        await ticket_of(house)
    wanted = wire.PasswordSignIn(code="T-CASHIER", password=PASSWORD)
    refused = await refusal(
        house.client().post("/sign-in/password", wanted, Session, operation_id="-")
    )
    assert refused.code == "sign_in_blocked"


async def test_recovery_code_works_once(house: ServedVenue) -> None:
    _, _, codes = await set_up(house)
    assert len(set(codes)) == 8
    client, ticket, _ = await ticket_of(house)
    await finish(client, ticket, codes[0].lower().replace("-", " "))
    client, ticket, _ = await ticket_of(house)
    assert (await refusal(finish(client, ticket, codes[0]))).code == "wrong_code"
    await finish(client, ticket, codes[1])


async def test_role_that_needs_a_factor_sets_it_up_at_the_sign_in(house: ServedVenue) -> None:
    await ask(house.client("manager"), "/me/password/first", {"pin": PIN, "password": PASSWORD})
    client, ticket, must_enrol = await ticket_of(house, "T-MANAGER")
    assert must_enrol
    assert (await refusal(finish(client, ticket, "000000"))).code == "second_factor_missing"
    begun = await client.post(
        "/sign-in/second-factor/begin",
        wire.BeginFactor(ticket=ticket),
        wire.FactorSecret,
        operation_id="-",
    )
    assert begun.uri.startswith("otpauth://totp/")
    session = await finish(client, ticket, code_now(house, begun.secret))
    assert len(session.recovery_codes) == 8
    assert session.me.code == "T-MANAGER"
    # At a station the PIN is enough, until the venue says otherwise.
    manager = house.client()
    await manager.sign_in("T-MANAGER", PIN)
    await ask(manager, "/staff/rules", {"station_factor_roles": ["manager"]})
    refused = await refusal(house.client().sign_in("T-MANAGER", PIN))
    assert refused.code == "second_factor_needed"


async def test_approvers_show_their_factor_where_the_rules_say_so(house: ServedVenue) -> None:
    manager, secret, _ = await set_up(house, "manager")
    await ask(manager, "/staff/rules", {"station_factor_roles": ["manager"]})
    cashier = house.client("cashier")
    wanted = {"code": "T-MANAGER", "pin": PIN, "operation_id": "op", "permission": "vault.pay"}
    codes = [
        (await refusal(ask(cashier, "/approvals", {**wanted, "factor_code": code}))).code
        for code in ("", "000000", "111111", "222222", "333333", "444444", "555555")
    ]
    assert codes == [*["wrong_code"] * 6, "sign_in_blocked"]
    house.clock.advance(900)
    given = {**wanted, "factor_code": code_now(house, secret)}
    assert (await ask(cashier, "/approvals", given))["approver"] == "T-MANAGER"
    assert (await refusal(ask(cashier, "/approvals", given))).code == "wrong_code"


async def test_step_up_gives_another_token(house: ServedVenue) -> None:
    client, secret, _ = await set_up(house)
    old = client.token
    assert (await refusal(ask(client, "/me/step-up", {"code": "000000"}))).code == "wrong_code"
    answer = await ask(client, "/me/step-up", {"code": code_now(house, secret)})
    assert answer["token"] != old
    assert (await refusal(client.get("/me", Me))).code == "not_signed_in"
    client.token = answer["token"]
    (mine,) = await client.get("/me/sessions", list[wire.SessionLine])
    assert mine.second_factor


async def test_factor_that_works_is_not_replaced_without_a_code_of_it(house: ServedVenue) -> None:
    client, secret, _ = await set_up(house)
    assert (await refusal(ask(client, "/me/second-factor/begin", {"secret": PIN}))).code == (
        "refused"
    )
    refused = await refusal(ask(client, "/me/second-factor/remove", {"code": "123456"}))
    assert refused.code == "wrong_code"
    renewed = await ask(client, "/me/second-factor/recovery", {"code": code_now(house, secret)})
    assert len(renewed["codes"]) == 8
    await ask(client, "/me/second-factor/remove", {"code": renewed["codes"][0]})
    await client.post(
        "/sign-in/password",
        wire.PasswordSignIn(code="T-CASHIER", password=PASSWORD),
        Session,
        operation_id="-",
    )


async def test_manager_takes_a_lost_factor_away(house: ServedVenue) -> None:
    await set_up(house)
    account = await ask(house.client("manager"), "/staff/T-CASHIER/second-factor/remove")
    assert not account["second_factor"]
    wanted = wire.PasswordSignIn(code="T-CASHIER", password=PASSWORD)
    await house.client().post("/sign-in/password", wanted, Session, operation_id="-")


async def test_secret_is_not_in_the_database(house: ServedVenue) -> None:
    _, secret, codes = await set_up(house)

    def dump(view: View) -> str:
        found = ""
        for table in ("staff", "recovery_code", "operation", "feed", "audit_entry"):
            rows = view.connection.execute(f"SELECT * FROM {table}").fetchall()
            found += str([[bytes(v) if isinstance(v, memoryview) else v for v in r] for r in rows])
        return found

    stored = await house.server.database.read(dump)
    assert "T-CASHIER" in stored
    for text in (secret, codes[0], codes[0].replace("-", ""), PASSWORD):
        assert text not in stored


async def test_pin_from_no_station_is_a_browsers(
    bare_copy: Path, tmp_path: Path, clock: MovableClock
) -> None:
    """Over TLS a PIN is worth what it is at a window only where a station proves itself."""
    async with secure_venue(bare_copy, tmp_path, clock) as world:
        await world.venue.server.database.write(put_setting, RULES_KEY, SignInRules())
        await world.enrol("window-1", "console")
        await (await world.station("window-1")).sign_in("T-MANAGER", PIN, "window-1")
        refused = await refusal((await world.stranger()).sign_in("T-MANAGER", PIN))
        assert refused.code == "second_factor_needed"
        cashier = await world.stranger()
        await cashier.sign_in("T-CASHIER", PIN)
        clock.advance(20 * 60)
        assert (await refusal(cashier.get("/me", Me))).code == "not_signed_in"


async def test_hammering_from_no_station_does_not_block_a_window(
    bare_copy: Path, tmp_path: Path, clock: MovableClock
) -> None:
    async with secure_venue(bare_copy, tmp_path, clock) as world:
        await world.enrol("window-1", "console")
        stranger = await world.stranger()
        codes = [(await refusal(stranger.sign_in("T-CASHIER", "111112"))).code for _ in range(7)]
        assert codes == ["wrong_pin"] * 5 + ["sign_in_blocked"] * 2
        await (await world.station("window-1")).sign_in("T-CASHIER", PIN, "window-1")
