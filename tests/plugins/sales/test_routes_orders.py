"""The sales API through the real server: who may do what, and how refusals look."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from venue_plugins.sales import wire

from tests.plugins.sales.house import want
from venue_suite.client import ServerRefused, VenueClient
from venue_suite.paging import Page
from venue_suite.testing import ServedVenue, token_of
from venue_suite.trust.stations import add_station

ADULT = 1


async def next_show(client: VenueClient) -> wire.PerformanceDetail:
    """A performance with seats."""
    events = await client.get("/sales/events", list[wire.EventCard])
    (event,) = [one for one in events if one.title["en"] == "The Camellia Tale"]
    path = f"/sales/performances/{event.next_performance_id}"
    return await client.get(path, wire.PerformanceDetail)


async def post(client: VenueClient, path: str, body: Any, shape: Any = wire.Order) -> Any:
    return await client.post(path, body, shape, operation_id=client.make_operation_id())


async def place(client: VenueClient, count: int = 1, seats: tuple[int, ...] = ()) -> wire.Order:
    detail = await next_show(client)
    body = wire.PlaceOrder(performance_id=detail.card.id, wanted=[want(ADULT, count, seats)])
    order: wire.Order = await post(client, "/sales/orders", body)
    return order


async def send(
    venue: ServedVenue,
    method: str,
    path: str,
    *,
    role: str = "",
    data: bytes = b"{}",
    **headers: str,
) -> tuple[int, dict[str, Any]]:
    """One bare request; returns its status and JSON."""
    if role:
        headers["Authorization"] = f"Bearer {token_of(role)}"
    if method == "POST":
        headers["Content-Type"] = "application/json"
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession() as http,
        http.request(
            method, f"{venue.address}/api/v1{path}", data=data, headers=headers
        ) as response,
    ):
        return response.status, await response.json(content_type=None)


# --- rights -------------------------------------------------------------------------------------


async def test_kiosk_takes_no_cash_and_reprints_nothing(
    kiosk: VenueClient, cashier: VenueClient, manager: VenueClient
) -> None:
    order = await place(kiosk)
    with pytest.raises(ServerRefused) as refused:
        await post(kiosk, f"/sales/orders/{order.id}/cash", wire.PayCash(received_minor=10**6))
    assert refused.value.code == "not_allowed"
    paid = await post(cashier, f"/sales/orders/{order.id}/cash", wire.PayCash(received_minor=10**6))
    assert paid.state == "paid"
    path = f"/sales/orders/{order.id}/print"
    again = wire.StartPrint(reprint=True)
    for client in (kiosk, cashier):
        with pytest.raises(ServerRefused) as refused:
            await post(client, path, again, wire.PrintSheet)
        assert (refused.value.code, refused.value.http_status) == ("not_allowed", 403)
    assert len((await post(manager, path, again, wire.PrintSheet)).sheets) == 2


async def test_orders_of_another_kiosk_are_not_there(venue: ServedVenue) -> None:
    await venue.server.database.write(add_station, "kiosk-2", "kiosk", "key-of-kiosk-2")
    mine, other = venue.client("kiosk"), VenueClient(venue.address, "key-of-kiosk-2")
    try:
        order = await place(mine)
        own = f"/sales/orders/{order.id}"
        assert (await mine.get(own, wire.Order)).id == order.id
        with pytest.raises(ServerRefused) as refused:
            await other.get(own, wire.Order)
        assert (refused.value.code, refused.value.http_status) == ("not_found", 404)
        bodies = {
            "change": wire.ChangeOrder(wanted=[want(ADULT, 2)]),
            "release": {},
            "qr": {},
            "qr/cancel": {},
            "print": wire.StartPrint(),
            "print-result": wire.PrintResult(results={}),
        }
        for verb, body in bodies.items():
            with pytest.raises(ServerRefused) as refused:
                await post(other, f"{own}/{verb}", body)
            assert refused.value.code == "not_found", verb
        with pytest.raises(ServerRefused) as refused:
            await other.get("/sales/orders", Page[wire.Order], find=order.number)
        assert refused.value.code == "not_allowed"
        assert (await mine.get(own, wire.Order)).state == "held"
    finally:
        await other.close()


async def test_staff_find_the_orders_of_all(kiosk: VenueClient, cashier: VenueClient) -> None:
    order = await place(kiosk)
    found = (await cashier.get("/sales/orders", Page[wire.Order], find=order.pickup_code)).items
    assert [one.id for one in found] == [order.id]
    assert (await cashier.get(f"/sales/orders/{order.id}", wire.Order)).station == "kiosk-1"


# --- a sale -------------------------------------------------------------------------------------


async def test_sale_at_the_counter_from_plan_to_paper(cashier: VenueClient) -> None:
    detail = await next_show(cashier)
    plan = await cashier.get(f"/sales/performances/{detail.card.id}/seats", wire.SeatPlan)
    free = [seat.id for seat in plan.seats if seat.state == "free" and seat.kind == "seat"][:2]
    order = await place(cashier, seats=tuple(free))
    assert (order.staff, order.station) == ("T-CASHIER", "console-1")
    own = f"/sales/orders/{order.id}"
    changed = await post(cashier, f"{own}/change", wire.ChangeOrder(wanted=[want(ADULT, 3)]))
    assert len(changed.lines) == 3
    cash = wire.PayCash(received_minor=changed.total_minor + 500)
    paid = await post(cashier, f"{own}/cash", cash)
    assert paid.payments[0].change_minor == 500
    sheets = await post(cashier, f"{own}/print", wire.StartPrint(), wire.PrintSheet)
    results = {sheet.job_id: "printed" for sheet in sheets.sheets}
    printed = await post(cashier, f"{own}/print-result", wire.PrintResult(results=results))
    assert {line.print_state for line in printed.lines} == {"printed"}
    assert printed.receipt_state == "printed"
    again = await post(cashier, f"{own}/print", wire.StartPrint(), wire.PrintSheet)
    assert again.sheets == []


async def test_screens_hear_of_it(venue: ServedVenue, manager: VenueClient) -> None:
    following = manager.follow_feed(kinds="sales.")
    assert (await anext(following)).kind == "feed.caught_up"
    await place(venue.client("cashier"))
    kinds = [(await anext(following)).kind for _ in range(3)]
    assert kinds == ["sales.seats_changed", "sales.places_changed", "sales.order_placed"]
    await following.aclose()


async def test_day_is_asked_in_venue_time(kiosk: VenueClient) -> None:
    path = "/sales/performances"
    cards = await kiosk.get(path, list[wire.PerformanceCard], day="2026-11-29")
    assert cards
    for card in cards:
        hour = card.starts_at.hour  # UTC; Shanghai is eight hours ahead
        day = card.starts_at.day if hour < 16 else card.starts_at.day + 1
        assert day == 29
    with pytest.raises(ServerRefused) as refused:
        await kiosk.get(path, list[wire.PerformanceCard], day="soon")
    assert (refused.value.code, refused.value.http_status) == ("bad_request", 400)


# --- refusals -----------------------------------------------------------------------------------


async def test_refusals_have_a_code_a_status_and_values(
    kiosk: VenueClient, cashier: VenueClient
) -> None:
    detail = await next_show(kiosk)
    order = await place(kiosk, 2)
    own = f"/sales/orders/{order.id}"
    seat = order.lines[0].seat_id

    def wanting(*wanted: wire.Wanted, performance: int = detail.card.id) -> wire.PlaceOrder:
        return wire.PlaceOrder(performance_id=performance, wanted=list(wanted))

    over = wanting(want(ADULT), performance=1)
    strange = wire.PrintResult(results={"x": "printed"})
    cases: list[tuple[VenueClient, str, object, int, str]] = [
        (kiosk, "/sales/orders", wanting(want(ADULT, 1, [seat])), 409, "seat_taken"),
        (kiosk, "/sales/orders", wanting(want(ADULT, 99)), 409, "too_many_places"),
        (kiosk, "/sales/orders", wanting(want(999)), 409, "ticket_type_not_sold"),
        (kiosk, "/sales/orders", wanting(), 400, "bad_request"),
        (kiosk, "/sales/orders", wanting(want(ADULT), performance=10**9), 404, "not_found"),
        (
            kiosk,
            "/sales/orders",
            over,
            409,
            "performance_not_on_sale",
        ),
        (cashier, f"{own}/cash", wire.PayCash(received_minor=1), 409, "payment_short"),
        (kiosk, f"{own}/qr", {}, 503, "no_qr_provider"),
        (kiosk, f"{own}/print", wire.StartPrint(), 409, "wrong_state"),
        (
            kiosk,
            f"{own}/print-result",
            strange,
            404,
            "printer_job_unknown",
        ),
        (kiosk, "/sales/orders/999999/change", wire.ChangeOrder(wanted=[]), 404, "not_found"),
    ]
    for client, path, body, status, code in cases:
        with pytest.raises(ServerRefused) as refused:
            await post(client, path, body)
        assert (refused.value.http_status, refused.value.code) == (status, code), path
        assert refused.value.template.format(**refused.value.params)
    unchanged = await kiosk.get(own, wire.Order)
    assert unchanged == order


async def test_hold_that_ran_out_is_refused_and_its_seats_come_back(
    venue: ServedVenue, kiosk: VenueClient, cashier: VenueClient
) -> None:
    order = await place(kiosk)
    own = f"/sales/orders/{order.id}"
    venue.clock.advance(600)
    with pytest.raises(ServerRefused) as refused:
        await post(cashier, f"{own}/cash", wire.PayCash(received_minor=10**6))
    assert (refused.value.http_status, refused.value.code) == (409, "hold_expired")
    for _ in range(100):
        if (await kiosk.get(own, wire.Order)).state == "expired":
            break
        await asyncio.sleep(0.05)
    assert (await kiosk.get(own, wire.Order)).state == "expired"


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("", b""),
        ("", b"[]"),
        ("", b"{"),
        ("", b"\xff"),
        ("", b'{"performance_id": "1", "wanted": []}'),
        ("", b'{"performance_id": 1, "wanted": [], "price_minor": 1}'),
        ("", b'{"performance_id": -1, "wanted": [{"ticket_type_id": 1, "count": 1}]}'),
        ("", b'{"performance_id": 9223372036854775808, "wanted": []}'),
        ("", b'{"performance_id": 1, "wanted": [{"ticket_type_id": 1e3, "count": 1}]}'),
        ("", b'{"performance_id": 1, "wanted": [], "language": "' + b"x" * 65 + b'"}'),
        ("/1/cash", b'{"received_minor": -1}'),
        ("/1/cash", b'{"received_minor": 9223372036854775808}'),
        ("/1/cash", b'{"received_minor": 1.5}'),
        ("/1/cash", b"{}"),
        ("/1/print", b'{"reprint": 1}'),
        ("/1/print-result", b'{"results": {"ticket-1-1": 5}}'),
        ("/1/print-result", b'{"results": {"ticket-1-1": "torn"}}'),
    ],
)
async def test_malformed_requests_are_refused_and_change_nothing(
    venue: ServedVenue, path: str, data: bytes
) -> None:
    status, problem = await send(
        venue, "POST", f"/sales/orders{path}", role="manager", data=data, Idempotency_Key="op-1"
    )
    assert (status, problem["code"]) == (400, "bad_request"), problem
    assert problem["title"]


async def test_operations_are_named_and_used_for_one_thing(venue: ServedVenue) -> None:
    path = "/sales/orders"
    body = b'{"performance_id": 400, "wanted": [{"ticket_type_id": 1, "count": 1}]}'
    other = body.replace(b'"count": 1', b'"count": 2')
    status, problem = await send(venue, "POST", path, role="kiosk", data=body)
    assert (status, problem["code"]) == (400, "operation_id_missing")
    asked: dict[str, Any] = {"role": "kiosk", "Idempotency_Key": "op-1"}
    first = await send(venue, "POST", path, data=body, **asked)
    assert first[0] == 200
    assert await send(venue, "POST", path, data=body, **asked) == first
    status, problem = await send(venue, "POST", path, data=other, **asked)
    assert (status, problem["code"]) == (422, "operation_reused")
    # Nobody gets another's answer by naming the same operation.
    asked["role"] = "cashier"
    status, problem = await send(venue, "POST", path, data=body, **asked)
    assert (status, problem["code"]) == (422, "operation_reused")
