"""Payment by code through the real server and a simulated provider that errs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from venue_devices.simulated.qr_server import QrServer
from venue_plugins.sales import wire

from tests.plugins.sales.house import want
from venue_suite.client import ServerRefused, VenueClient
from venue_suite.config import DeviceConfig
from venue_suite.testing import MovableClock, ServedVenue

ADULT = 1
NOTICED_S = 15.0


@pytest.fixture
def provider() -> Iterator[QrServer]:
    server = QrServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def venue(
    venue_folder: Path, clock: MovableClock, provider: QrServer
) -> AsyncIterator[ServedVenue]:
    """The sample venue with a provider."""
    url = f"http://127.0.0.1:{provider.port}"
    devices = {"qr": DeviceConfig(driver="simulated_qr", settings={"url": url})}
    async with ServedVenue(venue_folder, clock, {"devices": devices}) as served:
        yield served


async def post(client: VenueClient, order: wire.Order, verb: str, body: Any = None) -> Any:
    shape = wire.PrintSheet if verb == "print" else wire.Order
    path = f"/sales/orders/{order.id}/{verb}"
    return await client.post(path, body or {}, shape, operation_id=client.make_operation_id())


async def place(client: VenueClient) -> wire.Order:
    events = await client.get("/sales/events", list[wire.EventCard])
    (windows,) = [one for one in events if one.kind == "exhibition"]
    body = wire.PlaceOrder(
        performance_id=windows.next_performance_id, wanted=[want(ADULT)], language="en"
    )
    return await client.post(
        "/sales/orders", body, wire.Order, operation_id=client.make_operation_id()
    )


async def until(
    client: VenueClient, order: wire.Order, holds: Callable[[wire.Order], bool]
) -> wire.Order:
    """Look at the order until something holds."""
    seen = order
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(NOTICED_S):
            while not holds(seen):
                await asyncio.sleep(0.05)
                seen = await client.get(f"/sales/orders/{order.id}", wire.Order)
    assert holds(seen), (seen.state, seen.payments)
    return seen


def is_declined(order: wire.Order) -> bool:
    return [one.state for one in order.payments] == ["declined"]


def reference(provider: QrServer) -> str:
    (waiting,) = provider.book.waiting()
    return waiting.reference


async def test_code_is_shown_paid_and_printed(kiosk: VenueClient, provider: QrServer) -> None:
    order = await place(kiosk)
    shown = await post(kiosk, order, "qr")
    assert shown.payments[0].qr_text.startswith(provider.base_url)
    again = await post(kiosk, order, "qr")
    assert again.payments == shown.payments
    provider.answer(reference(provider), accepts=True)
    paid = await until(kiosk, order, lambda one: one.state == "paid")
    assert paid.paid_minor == paid.total_minor
    assert len((await post(kiosk, order, "print")).sheets) == 2


async def test_declined_code_leaves_the_order_held(kiosk: VenueClient, provider: QrServer) -> None:
    order = await place(kiosk)
    await post(kiosk, order, "qr")
    provider.answer(reference(provider), accepts=False)
    seen = await until(kiosk, order, is_declined)
    assert seen.state == "held"
    assert len((await post(kiosk, order, "qr")).payments) == 2


async def test_code_is_taken_back_before_the_order_is_released(
    kiosk: VenueClient, provider: QrServer
) -> None:
    order = await place(kiosk)
    await post(kiosk, order, "qr")
    released = await post(kiosk, order, "release")
    assert released.state == "released"
    assert released.payments[0].state == "cancelled"
    assert provider.book.waiting() == []


async def test_visitor_who_pays_while_leaving_has_bought(
    kiosk: VenueClient, provider: QrServer
) -> None:
    order = await place(kiosk)
    await post(kiosk, order, "qr")
    provider.answer(reference(provider), accepts=True)
    with pytest.raises(ServerRefused) as refused:
        await post(kiosk, order, "release")
    assert refused.value.code == "wrong_state"
    assert (await kiosk.get(f"/sales/orders/{order.id}", wire.Order)).state == "paid"


async def test_release_waits_for_the_providers_word(kiosk: VenueClient, provider: QrServer) -> None:
    order = await place(kiosk)
    await post(kiosk, order, "qr")
    provider.faults.state_unknown = True
    with pytest.raises(ServerRefused) as refused:
        await post(kiosk, order, "release")
    assert (refused.value.code, refused.value.http_status) == ("payment_unknown", 409)
    seen = await kiosk.get(f"/sales/orders/{order.id}", wire.Order)
    assert (seen.state, seen.payments[0].state) == ("held", "unknown")


async def test_malformed_release_takes_no_code_back(
    venue: ServedVenue, kiosk: VenueClient, provider: QrServer
) -> None:
    order = await place(kiosk)
    await post(kiosk, order, "qr")
    for verb in ("release", "qr/cancel"):
        with pytest.raises(ServerRefused) as refused:
            await kiosk.post(
                f"/sales/orders/{order.id}/{verb}", {}, wire.Order, operation_id="", retry=False
            )
        assert refused.value.code == "operation_id_missing"
    assert len(provider.book.waiting()) == 1


async def test_lost_answers_of_the_provider_cost_nobody_twice(
    kiosk: VenueClient, provider: QrServer
) -> None:
    order = await place(kiosk)
    provider.faults.answers_lost = 1
    with pytest.raises(ServerRefused) as refused:
        await post(kiosk, order, "qr")
    assert (refused.value.code, refused.value.http_status) == ("device_unavailable", 503)
    shown = await post(kiosk, order, "qr")
    assert [one.state for one in shown.payments] == ["waiting"]
    provider.answer(reference(provider), accepts=True)
    provider.faults.answers_lost = 1
    paid = await until(kiosk, order, lambda one: one.state == "paid")
    assert paid.paid_minor == paid.total_minor


async def test_cashier_takes_cash_while_the_provider_is_away(
    venue: ServedVenue, kiosk: VenueClient, provider: QrServer
) -> None:
    cashier = venue.client("cashier")
    order = await place(kiosk)
    provider.faults.answers_lost = 1
    with pytest.raises(ServerRefused):
        await post(kiosk, order, "qr")
    paid = await post(cashier, order, "cash", wire.PayCash(received_minor=order.total_minor))
    assert (paid.state, [one.state for one in paid.payments]) == ("paid", ["cancelled", "paid"])


async def test_paid_in_the_last_moment_of_the_hold(
    venue: ServedVenue, kiosk: VenueClient, provider: QrServer
) -> None:
    order = await place(kiosk)
    await post(kiosk, order, "qr")
    provider.answer(reference(provider), accepts=True)
    venue.clock.advance(601)
    assert (await until(kiosk, order, lambda one: one.state != "held")).state == "paid"


async def test_hold_and_code_end_together(
    venue: ServedVenue, kiosk: VenueClient, provider: QrServer
) -> None:
    order = await place(kiosk)
    await post(kiosk, order, "qr")
    venue.clock.advance(601)
    seen = await until(kiosk, order, lambda one: one.state != "held")
    assert (seen.state, seen.payments[0].state) == ("expired", "cancelled")
    assert provider.book.waiting() == []
    with pytest.raises(ServerRefused) as refused:
        await post(kiosk, order, "qr")
    assert refused.value.code == "hold_expired"
