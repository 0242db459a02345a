"""`venue verify` finds what is wrong: each violation is planted, and named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from venue_plugins.sales.checks import CHECKS
from venue_plugins.sales.plugin import plugin
from venue_plugins.sales.services import payments
from venue_plugins.sales.tables import (
    LineRow,
    OrderRow,
    PaymentRow,
    PerformanceRow,
    SeatClaimRow,
    TicketRow,
)

from tests.plugins.sales.house import ADULT, BLOCKED_SEAT, SLOT, TONIGHT, House, want
from venue_suite.database import Work
from venue_suite.ledger import Leg, post

PAID, HELD, GONE = 1, 2, 3  # the orders of `busy`


@pytest.fixture
async def busy(house: House) -> House:
    """A house with an order of every kind: paid on seats 1 and 2, held on 3, released, a slot."""
    await house.sell(want(ADULT, seats=[1, 2]))
    await house.place(want(ADULT, seats=[3]))
    gone = await house.place(want(ADULT, seats=[4]))
    house.clock.turn(seconds=1)
    await house.sell(want(ADULT, 2), performance=SLOT)
    code = await house.place(want(ADULT), performance=SLOT)
    await house.commit(payments.begin_qr, code.id)
    assert gone.id == GONE
    await house.database.write(
        lambda work: (
            OrderRow.update(expires_at=work.now_ms - 1).where(OrderRow.id == GONE).execute()
        )
    )
    assert await house.expire() == 1
    assert await house.violations() == []
    return house


def _unclaim(work: Work) -> None:
    SeatClaimRow.delete().where(SeatClaimRow.seat == 1).execute()


def _claim_for_nobody(work: Work) -> None:
    SeatClaimRow.create(performance=TONIGHT, seat=10, state="held", order=GONE)


def _claim_elsewhere(work: Work) -> None:
    SeatClaimRow.update(performance=2).where(SeatClaimRow.seat == 1).execute()


def _sell_unpaid(work: Work) -> None:
    SeatClaimRow.update(state="sold").where(SeatClaimRow.seat == 3).execute()


def _hold_paid(work: Work) -> None:
    SeatClaimRow.update(state="held").where(SeatClaimRow.seat == 1).execute()


def _seat_in_the_gallery(work: Work) -> None:
    order = OrderRow.get(OrderRow.performance == SLOT)
    LineRow.update(seat=12).where(LineRow.order == order).execute()


def _no_seat_in_the_hall(work: Work) -> None:
    LineRow.update(seat=None).where(LineRow.order == GONE).execute()


def _unblock(work: Work) -> None:
    SeatClaimRow.delete().where(
        (SeatClaimRow.seat == BLOCKED_SEAT) & (SeatClaimRow.performance == TONIGHT)
    ).execute()


def _lose_ticket(work: Work) -> None:
    TicketRow.delete().where(TicketRow.id == 1).execute()


def _ticket_for_nothing(work: Work) -> None:
    line = LineRow.get(LineRow.order == HELD)
    TicketRow.create(
        id=999,
        line=line,
        order=HELD,
        generation=1,
        state="valid",
        print_state="waiting",
        issued_at=work.now,
    )


def _ticket_of_another(work: Work) -> None:
    TicketRow.update(order=4).where(TicketRow.id == 1).execute()


def _two_codes(work: Work) -> None:
    (open_now,) = PaymentRow.select().where(PaymentRow.state == "asked")
    PaymentRow.create(
        order=open_now.order,
        reference="other",
        tender="qr",
        state="unknown",
        amount_minor=1,
        received_minor=0,
        change_minor=0,
        qr_text="",
        at=work.now,
        ask_at=work.now,
    )


def _post_again(work: Work) -> None:
    _post(work, "sale", Leg("receivable/orders", 20000), Leg("revenue/ticket/adult", -20000, 2))


def _post_unpaid(work: Work) -> None:
    post(
        work,
        "sale",
        business_day="2026-11-27",
        currency="CNY",
        reference=f"order/{HELD}",
        legs=[Leg("receivable/orders", 0), Leg("revenue/ticket/adult", 0, 1)],
    )


def _take_twice(work: Work) -> None:
    _post(work, "payment", Leg("tender/cash", 20000, 1), Leg("receivable/orders", -20000))


def _post(work: Work, kind: str, *legs: Leg) -> None:
    post(
        work,
        kind,
        business_day="2026-11-27",
        currency="CNY",
        reference=f"order/{PAID}",
        legs=list(legs),
    )


def _set(row: type, key: int, **values: object) -> Callable[[Work], None]:
    def plant(work: Work) -> None:
        row.update(**values).where(row.id == key).execute()  # type: ignore[attr-defined]

    return plant


@pytest.mark.parametrize(
    ("check", "plant", "sentence"),
    [
        ("stock", _set(PerformanceRow, TONIGHT, sold=3), "performance 1: sold 3, tickets"),
        ("stock", _set(PerformanceRow, TONIGHT, held=0), "performance 1: held 0, orders"),
        ("stock", _set(PerformanceRow, TONIGHT, blocked=0), "performance 1: blocked 0, seats"),
        ("stock", _unblock, "performance 1: blocked 1, seats say otherwise"),
        ("seats", _claim_for_nobody, "seat 10 is held without a matching order"),
        ("seats", _claim_elsewhere, "performance 2: seat 1 is sold without a matching order"),
        ("seats", _sell_unpaid, "seat 3 is sold without a matching order"),
        ("seats", _hold_paid, "seat 1 is held without a matching order"),
        ("seats", _unclaim, "order 1: line 1 has a seat that it does not claim"),
        ("seats", _seat_in_the_gallery, "has no seat of its performance's plan"),
        ("seats", _no_seat_in_the_hall, "order 3: line 4 has no seat of its performance's plan"),
        ("tickets", _lose_ticket, "order 1 is paid, but line 1 has ticket None"),
        ("tickets", _ticket_for_nothing, "order 2 is held, but line 3 has ticket"),
        ("tickets", _ticket_of_another, "order 1 is paid, but line 1 has ticket 1"),
        ("orders", _set(OrderRow, PAID, total_minor=1), "explanation does not add up to 1"),
        ("orders", _set(OrderRow, PAID, prices=[]), "order 1: its explanation does not add up"),
        ("orders", _set(LineRow, 1, net_minor=1), "order 1: its lines do not add up to 20000"),
        ("orders", _set(LineRow, 3, order=GONE), "order 2 is held and has no places"),
        ("orders", _set(OrderRow, HELD, expires_at=None), "order 2 is held, but its hold"),
        ("orders", _set(OrderRow, PAID, expires_at=1), "order 1 is paid, but its hold"),
        ("payments", _set(PaymentRow, 1, amount_minor=9), "but 9 was paid for it"),
        ("payments", _set(PaymentRow, 1, state="declined"), "but 0 was paid for it"),
        ("payments", _set(PaymentRow, 1, late=True), "20000 is owed back, the ledger owes another"),
        ("payments", _set(OrderRow, PAID, state="released"), "but 20000 was paid for it"),
        ("payments", _take_twice, "order 1: 20000 came in, the ledger took another sum"),
        ("payments", _post_again, "order 1 is paid, but its sale in the ledger is another"),
        ("payments", _post_unpaid, "order 2 is held, but its sale in the ledger is another"),
        ("payments", _two_codes, "order 5 has 2 open payments"),
    ],
)
async def test_planted_violation_is_found_and_named(
    busy: House, check: str, plant: Callable[[Work], None], sentence: str
) -> None:
    await busy.database.write(plant)
    (asked,) = [one for one in CHECKS if one.name == f"sales.{check}"]
    found = await busy.database.read(lambda view: list(asked.find(view)))
    assert [one for one in found if sentence in one] != [], found


async def test_overfull_performance_is_refused_by_the_database_itself(busy: House) -> None:
    with pytest.raises(Exception, match=r"(?i)check constraint"):
        await busy.database.write(
            lambda work: (
                PerformanceRow.update(sold=99).where(PerformanceRow.id == TONIGHT).execute()
            )
        )


@pytest.mark.sqlite
async def test_capacity_that_was_taken_away_is_found(busy: House) -> None:
    """The database would refuse it; a restored or mended file may hold it."""

    def plant(work: Work) -> None:
        work.connection.execute("PRAGMA ignore_check_constraints = ON")
        PerformanceRow.update(capacity=3).where(PerformanceRow.id == TONIGHT).execute()
        work.connection.execute("PRAGMA ignore_check_constraints = OFF")

    await busy.database.write(plant)
    assert "performance 1: more than its capacity of 3 is out" in await busy.violations()


def test_hook_venue_register_checks() -> None:
    checks = plugin.venue_register_checks()
    assert [check.name for check in checks] == [check.name for check in CHECKS]
    assert all(check.name.startswith("sales.") and check.summary for check in checks)
