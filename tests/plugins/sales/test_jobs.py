"""What the server does by itself: codes are made, followed and taken back, holds end."""

from __future__ import annotations

from typing import Any

import pytest
from venue_plugins.sales import jobs, wire
from venue_plugins.sales.plugin import plugin
from venue_plugins.sales.services import open_codes, orders, payments, reading

from tests.plugins.sales.house import (
    ADULT,
    CASHIER,
    HOLD_S,
    MATINEE,
    OPEN_DAY,
    SLOT,
    TONIGHT,
    FakeProvider,
    House,
    want,
)
from venue_suite.domain.errors import DeviceUnavailable
from venue_suite.ports import PaymentState


async def begin(house: House) -> tuple[wire.Order, int]:
    order = await house.place(want(ADULT))
    payment: int = await house.commit(payments.begin_qr, order.id)
    return order, payment


async def show(house: House) -> tuple[wire.Order, int]:
    """An order whose code is on the visitor's screen."""
    order, payment = await begin(house)
    await jobs.make_code(house.context, payment)
    house.provider.calls.clear()
    return order, payment


async def look(house: House, order: wire.Order) -> tuple[str, str]:
    """(state of the order, state of its last payment)."""
    seen = await house.read(reading.read_order, order.id)
    return seen.state, seen.payments[-1].state


async def cancel(house: House, order: wire.Order) -> None:
    found = await house.read(open_codes.find_open, order.id)
    await jobs.cancel_code(house.context, found)


async def follow(house: House, rounds: int = 1) -> None:
    for _ in range(rounds):
        await jobs.follow_payments(house.context)
        house.clock.turn(seconds=0.5)


def test_hook_venue_register_jobs() -> None:
    declared = {job.name: job.every_s for job in plugin.venue_register_jobs()}
    assert declared == {"expire_holds": 1.0, "follow_payments": 0.5}


# --- making -------------------------------------------------------------------------------------


async def test_code_is_made_and_shown(house: House) -> None:
    order, payment = await begin(house)
    await jobs.make_code(house.context, payment)
    seen = await house.read(reading.read_order, order.id)
    assert seen.payments[0].state == "waiting"
    assert seen.payments[0].qr_text.startswith("https://pay.invalid/")
    await jobs.make_code(house.context, payment)  # the station asks again
    assert [call[0] for call in house.provider.calls] == ["create"]


async def test_lost_answer_leaves_a_payment_that_may_be_asked_for_again(house: House) -> None:
    order, payment = await begin(house)
    house.provider.away = True
    with pytest.raises(DeviceUnavailable):
        await jobs.make_code(house.context, payment)
    assert await look(house, order) == ("held", "unknown")
    house.provider.away = False
    assert await house.commit(payments.begin_qr, order.id) == payment
    await jobs.make_code(house.context, payment)
    assert await look(house, order) == ("held", "waiting")
    references = {call[1] for call in house.provider.calls}
    assert len(references) == 1  # the provider gives one reference one code
    assert len(house.provider.states) == 1


async def test_no_code_is_made_for_a_payment_that_is_void(house: House) -> None:
    """A station repeats its question with the same operation, after cash was taken."""
    order, payment = await begin(house)
    await house.pay(order, actor=CASHIER)
    await jobs.make_code(house.context, payment)
    assert house.provider.calls == []


async def test_code_that_comes_after_its_payment_was_void_is_taken_back(house: House) -> None:
    order, payment = await begin(house)
    provider = house.provider

    class Slow(FakeProvider):
        async def call(self, device: str, method: str, *args: Any, timeout_s: float) -> Any:
            answer = await provider.call(device, method, *args, timeout_s=timeout_s)
            if method == "create":  # meanwhile the visitor pays at the counter
                await house.pay(order, actor=CASHIER)
            return answer

    house.provider = Slow(states=provider.states)
    await jobs.make_code(house.context, payment)
    assert list(provider.states.values()) == [PaymentState.CANCELLED]
    seen = await house.read(reading.read_order, order.id)
    assert [(one.state, one.qr_text) for one in seen.payments] == [("cancelled", ""), ("paid", "")]
    assert await house.violations() == []


async def test_code_that_was_made_twice_at_once_is_not_taken_back(house: House) -> None:
    order, payment = await begin(house)
    provider = house.provider

    class Twice(FakeProvider):
        async def call(self, device: str, method: str, *args: Any, timeout_s: float) -> Any:
            text = await provider.call(device, method, *args, timeout_s=timeout_s)
            await house.commit(open_codes.note_code, payment, text)  # the other call was faster
            return text

    house.provider = Twice()
    await jobs.make_code(house.context, payment)
    assert await look(house, order) == ("held", "waiting")
    assert [call[0] for call in provider.calls] == ["create"]


async def test_venue_without_a_provider_says_so(house: House) -> None:
    house.provider.absent = True
    with pytest.raises(jobs.NoProvider):
        jobs.provider_of(house.context)


# --- following ----------------------------------------------------------------------------------


async def test_paid_code_is_noticed(house: House) -> None:
    order, _ = await show(house)
    await follow(house, 3)
    assert await look(house, order) == ("held", "waiting")
    house.provider.pay()
    await follow(house)
    assert await look(house, order) == ("paid", "paid")
    assert await house.violations() == []


async def test_declined_code_is_noticed(house: House) -> None:
    order, _ = await show(house)
    house.provider.says = "declined"
    await follow(house)
    assert await look(house, order) == ("held", "declined")
    await follow(house, 5)
    assert len(house.provider.calls) == 1  # a final word is not asked for again


async def test_following_a_waiting_code_writes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await show(house)
    monkeypatch.setattr(house.database, "write", None)
    await follow(house, 10)
    assert [call[0] for call in house.provider.calls] == ["query"] * 10


async def test_one_lost_answer_alarms_nobody_two_do(house: House) -> None:
    order, _ = await show(house)
    house.provider.away = True
    await follow(house)
    assert await look(house, order) == ("held", "waiting")
    house.clock.turn(seconds=1)
    await follow(house)
    assert await look(house, order) == ("held", "unknown")
    assert house.told("sales.payment_changed")[-1].data["state"] == "unknown"
    house.provider.away = False
    house.clock.turn(seconds=60)
    await follow(house)
    assert await look(house, order) == ("held", "waiting")
    house.provider.away = True
    await follow(house)
    assert await look(house, order) == ("held", "waiting")  # the count begins anew


async def test_provider_that_is_away_is_asked_more_and_more_rarely(house: House) -> None:
    await show(house)
    house.provider.away = True
    for _ in range(600):  # five minutes
        await follow(house)
    assert 7 <= len(house.provider.calls) <= 12
    asked = len(house.provider.calls)
    house.clock.turn(seconds=60)
    await follow(house)
    assert len(house.provider.calls) == asked + 1  # but never given up


async def test_one_missing_answer_ends_the_round(house: House) -> None:
    """Each question to a provider that is away takes seconds; the others wait for the next."""
    first, _ = await show(house)
    second, _ = await show(house)
    house.provider.away = True
    await follow(house)
    assert len(house.provider.calls) == 1
    await follow(house)
    assert len({call[1] for call in house.provider.calls}) == 2
    house.provider.away = False
    house.provider.pay()
    house.clock.turn(seconds=5)
    await follow(house)
    assert await look(house, first) == await look(house, second) == ("paid", "paid")


async def test_one_unknown_payment_does_not_keep_the_others_waiting(house: House) -> None:
    odd, payment = await show(house)
    fine, _ = await show(house)
    house.provider.states.pop((await house.read(open_codes.read_payment, payment)).reference)
    house.provider.pay()
    await follow(house, 2)
    assert await look(house, fine) == ("paid", "paid")
    assert (await look(house, odd))[0] == "held"
    another, _ = await show(house)
    house.clock.turn(seconds=60)
    house.provider.pay()
    await follow(house)  # the odd one is due as well, and ends the round: it comes last
    assert await look(house, another) == ("paid", "paid")


@pytest.mark.parametrize("says", ["unknown", "perhaps"])
async def test_word_that_says_nothing_is_no_answer(house: House, says: str) -> None:
    order, _ = await show(house)
    house.provider.says = says
    await follow(house)
    house.clock.turn(seconds=1)
    await follow(house)
    assert await look(house, order) == ("held", "unknown")


async def test_code_that_nobody_saw_is_left_alone_until_the_hold_is_over(house: House) -> None:
    """Its station is about to ask for it, also after this server was restarted in between."""
    order, payment = await begin(house)
    await follow(house, 5)
    assert house.provider.calls == []
    await jobs.make_code(house.context, payment)
    assert await look(house, order) == ("held", "waiting")


# --- taking back --------------------------------------------------------------------------------


async def test_code_is_taken_back(house: House) -> None:
    order, _ = await show(house)
    await cancel(house, order)
    assert await look(house, order) == ("held", "cancelled")
    assert (await house.commit(orders.release_order, order.id)).state == "released"


async def test_visitor_may_be_faster_than_taking_back(house: House) -> None:
    order, _ = await show(house)
    house.provider.pay()
    await cancel(house, order)
    assert await look(house, order) == ("paid", "paid")
    assert await house.violations() == []


@pytest.mark.parametrize("says", ["", "waiting"], ids=["no answer", "not final"])
async def test_code_that_could_not_be_taken_back_is_unknown(house: House, says: str) -> None:
    order, _ = await show(house)
    house.provider.away, house.provider.says = not says, says
    await cancel(house, order)
    assert await look(house, order) == ("held", "unknown")


async def test_code_that_nobody_saw_is_void_without_the_provider(house: House) -> None:
    order, _ = await begin(house)
    house.provider.away = True
    await cancel(house, order)
    assert await look(house, order) == ("held", "cancelled")


# --- the end of the hold ------------------------------------------------------------------------


async def test_code_is_taken_back_when_the_hold_is_over_and_then_the_places(house: House) -> None:
    order, _ = await show(house)
    house.clock.turn(seconds=HOLD_S)
    await jobs.expire_holds(house.context)
    assert await look(house, order) == ("held", "waiting")
    await follow(house)
    assert house.provider.calls[-1][0] == "cancel"
    await jobs.expire_holds(house.context)
    assert await look(house, order) == ("expired", "cancelled")
    assert await house.violations() == []


async def test_payment_in_the_last_second_is_a_sale(house: House) -> None:
    order, _ = await show(house)
    house.provider.pay()
    house.clock.turn(seconds=HOLD_S + 30)
    await jobs.expire_holds(house.context)
    await follow(house)
    assert await look(house, order) == ("paid", "paid")
    assert await house.violations() == []


async def test_places_wait_as_long_as_the_provider_is_away(house: House) -> None:
    order, _ = await show(house)
    house.provider.away = True
    for _ in range(20):
        house.clock.turn(minutes=5)
        await follow(house)
        await jobs.expire_holds(house.context)
    assert await look(house, order) == ("held", "unknown")
    house.provider.away = False
    house.clock.turn(minutes=5)
    await follow(house)
    await jobs.expire_holds(house.context)
    assert await look(house, order) == ("expired", "cancelled")


async def test_code_that_nobody_saw_holds_no_place_longer(house: House) -> None:
    order, _ = await begin(house)
    house.provider.away = True
    house.clock.turn(seconds=HOLD_S)
    await follow(house)
    await jobs.expire_holds(house.context)
    assert await look(house, order) == ("expired", "cancelled")


async def test_more_holds_than_one_batch_end(house: House) -> None:
    for performance, count in ((SLOT, 40), (OPEN_DAY, 40), (TONIGHT, 23), (MATINEE, 23)):
        for _ in range(count):
            await house.place(want(ADULT), performance=performance)
    house.clock.turn(seconds=HOLD_S)
    await jobs.expire_holds(house.context)
    assert len(house.told("sales.order_released")) == 126
    assert await house.violations() == []


async def test_expiring_nothing_writes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.place(want(ADULT))
    monkeypatch.setattr(house.database, "write", None)
    await jobs.expire_holds(house.context)
