"""Holds: no two take the same money, each ends once, and nobody spends what another holds."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from venue_suite.database import Database, View, Work
from venue_suite.domain.errors import NotFound
from venue_suite.ledger import (
    HoldEnded,
    Leg,
    NotEnough,
    available_minor,
    capture_hold,
    demand_available,
    expire_holds,
    find_account,
    place_hold,
    post,
    release_hold,
    reverse_transaction,
    set_account_active,
)
from venue_suite.ledger.checks import CHECKS
from venue_suite.ledger.errors import AccountClosed
from venue_suite.ledger.holds import list_due_holds, read_hold
from venue_suite.testing import MovableClock

CARD = "stored/card/7"
CASH = "tender/cash"
REVENUE = "revenue/ticket/adult"
DAY = "2026-11-28"


def top_up(work: Work, amount_minor: int, card: str = CARD) -> int:
    """Cash in, value on the card."""
    return post(
        work,
        "top_up",
        business_day=DAY,
        currency="CNY",
        reference=card,
        legs=[Leg(CASH, amount_minor), Leg(card, -amount_minor)],
    )


def hold(work: Work, amount_minor: int, account: str = CARD, minutes: int | None = None) -> int:
    expires_at = None if minutes is None else work.now + timedelta(minutes=minutes)
    return place_hold(
        work,
        account,
        amount_minor,
        currency="CNY",
        reference="order/1",
        expires_at=expires_at,
    )


def capture(work: Work, number: int, amount_minor: int | None = None) -> int:
    taken = read_hold(work, number).amount_minor if amount_minor is None else amount_minor
    legs = [Leg(REVENUE, -taken, 1)]
    return capture_hold(
        work, number, legs, kind="sale", business_day=DAY, amount_minor=amount_minor
    )


def money(view: View, account: str = CARD) -> tuple[int, int]:
    """(what it has, what of it is available)."""
    found = find_account(view, account)
    assert found is not None
    return found.has_minor, found.available_minor


def violations(view: View) -> list[str]:
    return [sentence for check in CHECKS for sentence in check.find(view)]


async def test_hold_is_captured_whole(database: Database) -> None:
    await database.write(top_up, 5000)
    number = await database.write(hold, 3000)
    assert await database.read(money) == (5000, 2000)
    await database.write(capture, number)
    assert await database.read(money) == (2000, 2000)
    assert await database.read(money, REVENUE) == (3000, 3000)
    assert (await database.read(read_hold, number)).state == "captured"
    assert await database.read(violations) == []


async def test_part_is_captured_and_the_rest_is_free(database: Database) -> None:
    await database.write(top_up, 5000)
    number = await database.write(hold, 3000)
    await database.write(capture, number, 1000)
    assert await database.read(money) == (4000, 4000)
    found = await database.read(read_hold, number)
    assert (found.state, found.captured_minor) == ("captured", 1000)


async def test_asset_is_held_in_its_own_direction(database: Database) -> None:
    await database.write(top_up, 5000)
    number = await database.write(hold, 5000, CASH)
    assert await database.read(money, CASH) == (5000, 0)
    with pytest.raises(NotEnough):
        await database.write(hold, 1, CASH)

    def bank(work: Work) -> None:
        capture_hold(work, number, [Leg("tender/bank", 5000)], kind="banking", business_day=DAY)

    await database.write(bank)
    assert await database.read(money, CASH) == (0, 0)
    assert await database.read(money, "tender/bank") == (5000, 5000)


async def test_refusal_says_what_is_there_and_takes_nothing(database: Database) -> None:
    await database.write(top_up, 5000)
    await database.write(hold, 4000)
    with pytest.raises(NotEnough) as caught:
        await database.write(hold, 1001)
    assert str(caught.value) == "stored/card/7 has ¥10.00 available; ¥10.01 is wanted."
    assert await database.read(money) == (5000, 1000)
    with pytest.raises(NotEnough, match=r"has ¥0[.]00 available"):
        await database.write(hold, 1, "stored/card/never-used")


@pytest.mark.parametrize("amount", [0, -1, 1.5, True])
async def test_odd_amount_is_a_fault_of_the_service(database: Database, amount: Any) -> None:
    await database.write(top_up, 5000)
    with pytest.raises(ValueError, match="can't be held"):
        await database.write(hold, amount)
    number = await database.write(hold, 100)
    with pytest.raises(ValueError, match="can't be held"):
        await database.write(capture, number, amount)
    with pytest.raises(NotEnough):
        await database.write(capture, number, 101)


async def test_other_currency_is_a_fault_of_the_service(database: Database) -> None:
    await database.write(top_up, 5000)
    with pytest.raises(ValueError, match="keeps CNY, not JPY"):
        await database.write(
            lambda work: place_hold(work, CARD, 1, currency="JPY", reference="order/1")
        )


async def test_legs_that_take_another_amount_are_refused_whole(database: Database) -> None:
    await database.write(top_up, 5000)
    number = await database.write(hold, 3000)
    with pytest.raises(ValueError, match="not balanced"):
        await database.write(
            lambda work: capture_hold(
                work, number, [Leg(REVENUE, -2999)], kind="sale", business_day=DAY
            )
        )
    assert await database.read(money) == (5000, 2000)
    assert (await database.read(read_hold, number)).state == "open"


ENDS: list[Callable[[Work, int], object]] = [capture, release_hold]


@pytest.mark.parametrize("first", ENDS)
@pytest.mark.parametrize("second", ENDS)
async def test_hold_ends_once(
    database: Database,
    first: Callable[[Work, int], object],
    second: Callable[[Work, int], object],
) -> None:
    await database.write(top_up, 5000)
    number = await database.write(hold, 3000)
    await database.write(first, number)
    before = await database.read(money)
    with pytest.raises(HoldEnded, match=f"The hold {number} has already ended"):
        await database.write(second, number)
    assert await database.read(money) == before
    assert await database.read(violations) == []


async def test_hold_ends_by_the_clock(database: Database, clock: MovableClock) -> None:
    await database.write(top_up, 5000)
    number = await database.write(hold, 3000, CARD, 10)
    assert await database.write(expire_holds) == 0
    clock.advance(601)
    for end in ENDS:
        with pytest.raises(HoldEnded, match="expired"):
            await database.write(end, number)
    assert await database.read(list_due_holds) == [number]
    assert await database.write(expire_holds) == 1
    assert await database.write(expire_holds) == 0
    assert await database.read(money) == (5000, 5000)
    assert (await database.read(read_hold, number)).state == "expired"
    assert await database.read(violations) == []


async def test_new_hold_need_not_wait_for_the_clockwork(
    database: Database, clock: MovableClock
) -> None:
    await database.write(top_up, 5000)
    first = await database.write(hold, 5000, CARD, 10)
    clock.advance(601)
    await database.write(hold, 5000)
    assert (await database.read(read_hold, first)).state == "expired"
    assert await database.read(money) == (5000, 0)


async def test_clock_that_steps_back_ends_nothing_early(
    database: Database, clock: MovableClock
) -> None:
    await database.write(top_up, 5000)
    number = await database.write(hold, 3000, CARD, 10)
    clock.advance(-3600)
    assert await database.write(expire_holds) == 0
    await database.write(capture, number)
    assert await database.read(money) == (2000, 2000)


async def test_nobody_spends_what_another_holds(database: Database) -> None:
    """Neither a service that asks first, nor one that forgets to."""
    await database.write(top_up, 5000)
    await database.write(hold, 4000)
    with pytest.raises(NotEnough):
        await database.read(demand_available, CARD, 1001, "CNY")
    await database.read(demand_available, CARD, 1000, "CNY")

    def spend(work: Work, amount_minor: int) -> None:
        legs = [Leg(CARD, amount_minor), Leg(REVENUE, -amount_minor)]
        post(work, "sale", business_day=DAY, currency="CNY", reference="order/2", legs=legs)

    with pytest.raises(Exception, match="ledger_balance holds no more than it has"):
        await database.write(spend, 1001)
    await database.write(spend, 1000)
    assert await database.read(money) == (4000, 0)
    assert await database.read(violations) == []


async def test_reversal_takes_nothing_that_others_hold(database: Database) -> None:
    paid = await database.write(top_up, 5000)
    number = await database.write(hold, 1)

    def reverse(work: Work) -> int:
        return reverse_transaction(work, paid, business_day=DAY, reason="wrong card")

    with pytest.raises(NotEnough, match=r"has ¥49[.]99 available"):
        await database.write(reverse)
    await database.write(release_hold, number)
    await database.write(reverse)
    assert await database.read(money) == (0, 0)


async def test_account_with_holds_stays_open(database: Database) -> None:
    await database.write(top_up, 5000)
    number = await database.write(hold, 5000)
    with pytest.raises(Exception, match=r"can.t be closed"):
        await database.write(set_account_active, CARD, False)
    await database.write(capture, number)
    await database.write(set_account_active, CARD, False)
    for attempt in (hold, top_up):
        with pytest.raises(AccountClosed, match="stored/card/7 is closed"):
            await database.write(attempt, 1)
    await database.write(set_account_active, CARD, True)
    await database.write(top_up, 1)


async def test_unknown_hold(database: Database) -> None:
    for end in ENDS:
        with pytest.raises(NotFound, match="Hold 99 does not exist"):
            await database.write(end, 99)


async def test_hold_is_told(database: Database) -> None:
    told: list[Any] = []
    database.on_commit(told.extend)
    await database.write(top_up, 5000)
    await database.write(release_hold, await database.write(hold, 3000))
    assert [(fact.kind, fact.subject) for fact in told] == [
        ("ledger.hold_placed", "hold/1"),
        ("ledger.hold_ended", "hold/1"),
    ]


async def test_many_at_once_take_each_fen_once(database: Database) -> None:
    """Two hundred tasks want 40 fen each of 5,000: 125 get it, whatever the batches are."""
    await database.write(top_up, 5000)
    replies = await asyncio.gather(
        *(database.commit(hold, 40) for _ in range(200)), return_exceptions=True
    )
    refused = [reply for reply in replies if isinstance(reply, BaseException)]
    assert {type(one) for one in refused} == {NotEnough}
    assert len(refused) == 75
    assert await database.read(money) == (5000, 0)
    assert await database.read(violations) == []


async def test_tasks_that_hold_capture_and_release_leave_the_books_right(
    database: Database,
) -> None:
    """Forty tasks on three cards, each with its own chance; at the end every fen is somewhere."""
    cards = [f"stored/card/{number}" for number in (1, 2, 3)]
    for card in cards:
        await database.write(top_up, 10_000, card)
    spent = dict.fromkeys(cards, 0)

    async def use(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(8):
            card, amount = chance.choice(cards), chance.randint(1, 900)
            try:
                number = await database.write(hold, amount, card)
            except NotEnough:
                continue
            if chance.random() < 0.4:
                await database.write(release_hold, number)
                continue
            part = chance.randint(1, amount)
            ends = [database.write(capture, number, part) for _ in range(2)]
            replies = await asyncio.gather(*ends, return_exceptions=True)
            assert sum(isinstance(reply, HoldEnded) for reply in replies) == 1
            spent[card] += part

    await asyncio.gather(*(use(seed) for seed in range(40)))
    for card in cards:
        left = 10_000 - spent[card]
        assert await database.read(money, card) == (left, left)
        assert await database.read(available_minor, card) == left
    assert await database.read(violations) == []
