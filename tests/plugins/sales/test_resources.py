"""Halls, ticket types and prices as people maintain them: over the API of the sample venue."""

from __future__ import annotations

from typing import Any

import pytest
from venue_plugins.sales import wire

from venue_suite.client import ServerRefused, VenueClient
from venue_suite.resources.wire import AnyPage, AnyRecord, Removed, ResourceCard
from venue_suite.testing import ServedVenue


async def change(client: VenueClient, path: str, record: AnyRecord, **values: Any) -> AnyRecord:
    body = {"version": record.version, "values": values}
    operation_id = client.make_operation_id()
    return await client.post(
        f"{path}/{record.id}/change", body, AnyRecord, operation_id=operation_id
    )


async def codes_of(call: Any) -> dict[str, list[str]]:
    with pytest.raises(ServerRefused) as refused:
        await call
    fields: dict[str, list[dict[str, Any]]] = refused.value.params["fields"]  # type: ignore[assignment]
    return {name: [one["code"] for one in some] for name, some in fields.items()}


async def make(client: VenueClient, path: str, **values: Any) -> AnyRecord:
    operation_id = client.make_operation_id()
    return await client.post(path, {"values": values}, AnyRecord, operation_id=operation_id)


async def test_hook_venue_register_resources_of_sales(manager: VenueClient) -> None:
    cards = await manager.get("/resources", list[ResourceCard])
    mine = {card.name: card for card in cards if card.owner == "sales"}
    assert set(mine) == {"ticket_types", "prices", "price_lists", "halls"}
    assert not mine["price_lists"].may.create
    for card in mine.values():
        for field in card.fields:
            assert set(field.label) == {"zh", "en"}


async def test_changed_price_is_sold_at_once_and_placed_orders_keep_theirs(
    manager: VenueClient, cashier: VenueClient
) -> None:
    performances = await cashier.get("/sales/performances", list[wire.PerformanceCard])
    place = next(one for one in performances if one.seating == "open" and one.places_left > 9)
    detail = await cashier.get(f"/sales/performances/{place.id}", wire.PerformanceDetail)
    kind = detail.ticket_types[0]
    listed_minor = kind.prices_minor["open"]

    async def buy() -> wire.Order:
        wanted = wire.PlaceOrder(
            performance_id=place.id, wanted=[wire.Wanted(ticket_type_id=kind.id, count=1)]
        )
        operation_id = cashier.make_operation_id()
        return await cashier.post("/sales/orders", wanted, wire.Order, operation_id=operation_id)

    before = await buy()
    assert before.lines[0].price_minor == listed_minor
    page = await manager.get("/sales/prices", AnyPage, ticket_type=kind.id, limit=100)
    for record in page.items:
        if record.values["tier"] == "open":
            await change(manager, "/sales/prices", record, price_minor=listed_minor + 700)
    after = await buy()
    assert after.lines[0].price_minor == listed_minor + 700
    detail = await cashier.get(f"/sales/performances/{place.id}", wire.PerformanceDetail)
    assert detail.ticket_types[0].prices_minor["open"] == listed_minor + 700
    kept = await cashier.get(f"/sales/orders/{before.id}", wire.Order)
    assert (kept.lines[0].price_minor, kept.total_minor) == (listed_minor, before.total_minor)


async def test_new_ticket_type_with_a_price_is_offered(
    manager: VenueClient, cashier: VenueClient
) -> None:
    performances = await cashier.get("/sales/performances", list[wire.PerformanceCard])
    place = next(one for one in performances if one.seating == "reserved")
    detail = await cashier.get(f"/sales/performances/{place.id}", wire.PerformanceDetail)
    kind = await make(
        manager, "/sales/ticket-types", code="g", key="group", name={"zh": "团体", "en": "Group"}
    )
    known = await manager.get("/sales/prices", AnyPage, ticket_type=detail.ticket_types[0].id)
    lists = {one.values["price_list"] for one in known.items}
    tier = detail.tiers[0].code
    made = 0
    for price_list in sorted(lists):
        body = {
            "price_list": price_list,
            "ticket_type": kind.id,
            "tier": tier,
            "price_minor": 9900,
        }
        try:
            await make(manager, "/sales/prices", **body)
        except ServerRefused as error:  # a price list of places without seats has other tiers
            assert "no_such_tier" in str(error.params)  # noqa: PT017
        else:
            made += 1
    assert made
    detail = await cashier.get(f"/sales/performances/{place.id}", wire.PerformanceDetail)
    assert {one.code: one.prices_minor for one in detail.ticket_types}["g"] == {tier: 9900}


async def test_rules_of_prices(manager: VenueClient) -> None:
    first = (await manager.get("/sales/prices", AnyPage, limit=1)).items[0].values
    path = "/sales/prices"
    assert await codes_of(make(manager, path, **first)) == {"tier": ["taken"]}
    assert await codes_of(make(manager, path, **first | {"tier": "T9"})) == {
        "tier": ["no_such_tier"]
    }
    assert await codes_of(make(manager, path, **first | {"price_minor": -1, "tier": "T9"})) == {
        "price_minor": ["too_small"]
    }
    assert await codes_of(make(manager, path, **first | {"ticket_type": 999})) == {
        "ticket_type": ["no_such_record"]
    }


async def test_used_ticket_type_stays(manager: VenueClient) -> None:
    record = await manager.get("/sales/ticket-types/1", AnyRecord)
    with pytest.raises(ServerRefused) as refused:
        await manager.post(
            "/sales/ticket-types/1/remove",
            {"version": record.version},
            Removed,
            operation_id="away",
        )
    assert refused.value.code == "still_used"
    users = refused.value.params["users"]
    assert isinstance(users, dict)
    assert "票价" in users["zh"]


async def test_kiosk_and_usher_maintain_nothing(venue: ServedVenue) -> None:
    for role in ("kiosk", "usher", "gate", "console"):
        assert await venue.client(role).get("/resources", list[ResourceCard]) == []
