"""Manager overrides: nothing gets through without both people, and never twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.venue_suite.people_world import Vault, approve, ask, paid, refusal
from venue_suite.audit.entries import read_rows
from venue_suite.client import VenueClient
from venue_suite.database import View, Work
from venue_suite.identity import services as identity
from venue_suite.identity.tables import StaffRow
from venue_suite.testing import PIN, MovableClock, ServedVenue

PAY = "/vault/pay"


@pytest.fixture
async def house(bare_copy: Path, clock: MovableClock) -> AsyncIterator[ServedVenue]:
    async with ServedVenue(bare_copy, clock, plugins={"vault": Vault()}) as venue:
        yield venue


@pytest.fixture
def cashier(house: ServedVenue) -> VenueClient:
    return house.client("cashier")


async def add_people(venue: ServedVenue, *people: tuple[str, str]) -> None:
    def add(work: Work) -> None:
        pin_hash = StaffRow.get(StaffRow.code == "T-MANAGER").pin_hash
        for code, role in people:
            identity.add_staff(work, code, code, role, pin_hash)

    await venue.server.database.write(add)


async def test_second_person_lets_one_operation_through(
    house: ServedVenue, cashier: VenueClient
) -> None:
    refused = await refusal(ask(cashier, PAY, {"amount_minor": 500}, "op-1"))
    assert refused.code == "not_allowed"
    assert refused.params == {"permission": "vault.pay", "amount_minor": 500}
    token = await approve(cashier, "op-1", amount_minor=500)
    done = await ask(cashier, PAY, {"amount_minor": 500}, "op-1", token)
    assert done == {"total_minor": 500, "approver": "T-MANAGER"}
    # The same again, with and without the word: what was answered then, done once.
    assert await ask(cashier, PAY, {"amount_minor": 500}, "op-1", token) == done
    assert await ask(cashier, PAY, {"amount_minor": 500}, "op-1") == done
    assert await paid(house) == 500
    # And nothing else came of it.
    assert (await refusal(ask(cashier, PAY, {"amount_minor": 500}, "op-2"))).code == "not_allowed"


async def test_facts_and_audit_name_both(house: ServedVenue, cashier: VenueClient) -> None:
    token = await approve(cashier, "op-1", amount_minor=7)
    facts: list[tuple[str, dict[str, object]]] = []
    house.server.database.on_commit(
        lambda some: facts.extend((one.kind, dict(one.data)) for one in some)
    )
    await ask(cashier, PAY, {"amount_minor": 7}, "op-1", token)
    told = dict(facts)
    assert told["vault.paid"] == {"amount": 7, "approver": "T-MANAGER"}
    assert told["identity.approval_used"]["by"] == "T-CASHIER"
    assert told["identity.approval_used"]["operation_id"] == "op-1"

    def entries(view: View) -> list[tuple[object, ...]]:
        return [row[2:7] for row in read_rows(view, 1, 1000)]

    found = await house.server.database.read(entries)
    assert ("staff/T-CASHIER", "", "console-1", "", "approval.give") in found
    assert (
        "staff/T-CASHIER", "staff/T-MANAGER", "console-1", "op-1", "approval.use",
    ) in found  # fmt: skip


@pytest.mark.parametrize(
    ("approved", "body", "operation_id", "code"),
    [
        (("op-1", "vault.pay", 500), {"amount_minor": 501}, "op-1", "not_allowed"),
        (("op-1", "vault.pay", 500), {"amount_minor": 499}, "op-1", "not_allowed"),
        (("op-1", "vault.pay", None), {"amount_minor": 500}, "op-1", "not_allowed"),
        (("op-1", "vault.open", 500), {"amount_minor": 500}, "op-1", "not_allowed"),
        (("op-9", "vault.pay", 500), {"amount_minor": 500}, "op-1", "approval_invalid"),
    ],
)
async def test_word_is_for_exactly_this(
    house: ServedVenue,
    cashier: VenueClient,
    approved: tuple[str, str, int | None],
    body: dict[str, int],
    operation_id: str,
    code: str,
) -> None:
    token = await approve(cashier, *approved)
    refused = await refusal(ask(cashier, PAY, body, operation_id, token))
    assert refused.code == code
    assert await paid(house) == 0


async def test_word_that_was_not_needed_stays_good_after_a_refusal(
    house: ServedVenue, cashier: VenueClient
) -> None:
    """A refused operation rolls the use of its approval back."""
    token = await approve(cashier, "op-1", amount_minor=500)
    await refusal(ask(cashier, PAY, {"amount_minor": 1}, "op-1", token))
    await ask(cashier, PAY, {"amount_minor": 500}, "op-1", token)
    assert await paid(house) == 500


async def test_word_is_good_for_a_minute(house: ServedVenue, cashier: VenueClient) -> None:
    token = await approve(cashier, "op-1", amount_minor=5)
    other = await approve(cashier, "op-2", amount_minor=5)
    house.clock.advance(58)
    await ask(cashier, PAY, {"amount_minor": 5}, "op-1", token)
    house.clock.advance(3)
    refused = await refusal(ask(cashier, PAY, {"amount_minor": 5}, "op-2", other))
    assert (refused.code, refused.params["reason"]) == ("approval_invalid", "its minute is over")
    house.clock.advance(-3600)
    refused = await refusal(ask(cashier, PAY, {"amount_minor": 5}, "op-2", other))
    assert refused.code == "approval_invalid"
    assert await paid(house) == 5


async def test_word_is_of_no_use_to_others_and_elsewhere(
    house: ServedVenue, cashier: VenueClient
) -> None:
    token = await approve(cashier, "op-1", amount_minor=5)
    refused = await refusal(ask(house.client("usher"), PAY, {"amount_minor": 5}, "op-1", token))
    assert refused.params["reason"] == "it was given to somebody else"
    elsewhere = house.client()
    await elsewhere.sign_in("T-CASHIER", PIN, station="console-2")
    refused = await refusal(ask(elsewhere, PAY, {"amount_minor": 5}, "op-1", token))
    assert refused.params["reason"] == "it was given at another station"
    refused = await refusal(ask(cashier, PAY, {"amount_minor": 5}, "op-1", "made up"))
    assert refused.params["reason"] == "nobody gave it"
    assert await paid(house) == 0


async def test_nobody_approves_for_themselves(house: ServedVenue, cashier: VenueClient) -> None:
    for code in ("T-CASHIER", " t-cashier "):
        refused = await refusal(approve(cashier, "op-1", code=code))
        assert refused.code == "approval_by_oneself"


async def test_who_lacks_the_right_can_not_give_it(
    house: ServedVenue, cashier: VenueClient
) -> None:
    refused = await refusal(approve(cashier, "op-1", code="T-USHER"))
    assert refused.code == "approver_not_allowed"
    assert refused.params == {"approver": "T-USHER", "permission": "vault.pay"}
    refused = await refusal(approve(cashier, "op-1", "no.such", code="T-USHER"))
    assert refused.code == "approver_not_allowed"


async def test_wrong_pin_of_an_approver_counts(house: ServedVenue, cashier: VenueClient) -> None:
    codes = [(await refusal(approve(cashier, "op-1", pin="111112"))).code for _ in range(7)]
    assert codes == ["wrong_pin"] * 5 + ["sign_in_blocked"] * 2
    codes = [(await refusal(approve(cashier, "op", code="NOBODY"))).code for _ in range(7)]
    assert codes == ["wrong_pin"] * 5 + ["sign_in_blocked"] * 2


async def test_two_managers_at_once_do_it_once(house: ServedVenue, cashier: VenueClient) -> None:
    await add_people(house, ("SECOND", "manager"))
    first, second = await asyncio.gather(
        approve(cashier, "op-1", amount_minor=5),
        approve(cashier, "op-1", amount_minor=5, code="SECOND"),
    )
    answers = await asyncio.gather(
        *(ask(cashier, PAY, {"amount_minor": 5}, "op-1", token) for token in (first, second) * 4)
    )
    assert all(answer == answers[0] for answer in answers)
    assert await paid(house) == 5


async def test_one_word_for_many_requests_at_once_is_used_once(
    house: ServedVenue, cashier: VenueClient
) -> None:
    token = await approve(cashier, "op-1", amount_minor=5)
    bodies = [{"amount_minor": 5, "event": number} for number in range(8)]
    answers = await asyncio.gather(
        *(ask(cashier, PAY, body, "op-1", token) for body in bodies), return_exceptions=True
    )
    assert sum(not isinstance(answer, Exception) for answer in answers) == 1
    assert await paid(house) == 5


async def test_approver_who_is_switched_off_has_no_word(
    house: ServedVenue, cashier: VenueClient
) -> None:
    await add_people(house, ("SECOND", "manager"))
    token = await approve(cashier, "op-1", amount_minor=5, code="SECOND")
    await ask(house.client("manager"), "/staff/SECOND", {"active": False})
    refused = await refusal(ask(cashier, PAY, {"amount_minor": 5}, "op-1", token))
    assert refused.code == "approval_invalid"
    assert await paid(house) == 0


async def test_approver_who_is_demoted_meanwhile_has_no_word(
    house: ServedVenue, cashier: VenueClient
) -> None:
    await add_people(house, ("SECOND", "manager"))
    token = await approve(cashier, "op-1", amount_minor=5, code="SECOND")
    await ask(house.client("manager"), "/staff/SECOND", {"role": "usher"})
    refused = await refusal(ask(cashier, PAY, {"amount_minor": 5}, "op-1", token))
    assert refused.code == "approver_not_allowed"
    assert await paid(house) == 0


# --- doors ----------------------------------------------------------------------------


async def test_word_opens_the_door_of_its_route(house: ServedVenue, cashier: VenueClient) -> None:
    assert (await refusal(ask(cashier, "/vault/open", None, "op-1"))).code == "not_allowed"
    token = await approve(cashier, "op-1", "vault.open")
    done = await ask(cashier, "/vault/open", None, "op-1", token)
    assert done == {"total_minor": 1, "approver": "T-MANAGER"}
    assert await ask(cashier, "/vault/open", None, "op-1", token) == done
    assert await ask(cashier, "/vault/open", None, "op-1") == done
    # Other content under the same id is not what was done.
    usher = house.client("usher")
    assert (await refusal(ask(usher, "/vault/open", None, "op-1"))).code == "not_allowed"
    assert await paid(house) == 1


@pytest.mark.parametrize("permission", ["vault.pay", "vault.enter"])
async def test_word_for_something_else_opens_no_door(
    house: ServedVenue, cashier: VenueClient, permission: str
) -> None:
    token = await approve(cashier, "op-1", permission)
    refused = await refusal(ask(cashier, "/vault/open", None, "op-1", token))
    assert refused.code == "approval_invalid"
    assert await paid(house) == 0


async def test_what_writes_nothing_shows_nothing(house: ServedVenue, cashier: VenueClient) -> None:
    """An approval is used up by writing; an answer that used none up is withheld."""
    token = await approve(cashier, "op-1", "vault.open")
    for _ in range(2):
        refused = await refusal(ask(cashier, "/vault/peek", None, "op-1", token))
        assert refused.code == "not_allowed"
    headers = {"Authorization": f"Bearer {cashier.token}", "Approval": token}
    headers["Idempotency-Key"] = "op-1"
    http = cashier._session()
    async with http.get(f"{house.address}/api/v1/vault/peek", headers=headers) as response:
        assert response.status == 403


async def test_used_word_opens_no_other_door(house: ServedVenue, cashier: VenueClient) -> None:
    token = await approve(cashier, "op-1", "vault.open")
    await ask(cashier, "/vault/open", None, "op-1", token)
    refused = await refusal(ask(cashier, "/vault/peek", None, "op-1", token))
    assert refused.params == {"reason": "it was used already"}


async def test_word_without_the_session_is_nothing(
    house: ServedVenue, cashier: VenueClient
) -> None:
    token = await approve(cashier, "op-1", "vault.open")
    stranger = house.client()
    assert (await refusal(ask(stranger, "/vault/open", None, "op-1", token))).code == (
        "not_signed_in"
    )
    kiosk = house.client("kiosk")
    refused = await refusal(ask(kiosk, "/vault/open", None, "op-1", token))
    assert refused.code == "approval_invalid"


async def test_who_lacks_the_right_learns_nothing_of_the_body(
    house: ServedVenue, cashier: VenueClient
) -> None:
    for body in ([], {"unknown": 1}, "x" * 2000):
        refused = await refusal(
            cashier.post("/vault/open", body, object, operation_id="op-1", approval="made up")
        )
        assert refused.code == "not_allowed"


async def test_kiosk_is_helped_too(house: ServedVenue) -> None:
    """A manager at a kiosk: the station acts, the manager stands beside it."""
    kiosk = house.client("kiosk")
    token = await approve(kiosk, "op-1", "vault.open")
    done = await ask(kiosk, "/vault/open", None, "op-1", token)
    assert done["approver"] == "T-MANAGER"


async def test_token_is_stored_nowhere(house: ServedVenue, cashier: VenueClient) -> None:
    token = await approve(cashier, "op-1", amount_minor=5)
    await ask(cashier, PAY, {"amount_minor": 5}, "op-1", token)

    def dump(view: View) -> str:
        rows = view.connection.execute("SELECT * FROM approval").fetchall()
        return str([[str(value) for value in row] for row in rows])

    stored = await house.server.database.read(dump)
    assert "op-1" in stored
    assert token not in stored
