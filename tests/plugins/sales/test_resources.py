"""Halls, ticket types and prices as people maintain them, over the API of a served venue."""

from __future__ import annotations

import pytest

from venue_suite.client import ServerRefused, VenueClient
from venue_suite.resources.wire import AnyPage, AnyRecord, Removed, ResourceCard
from venue_suite.testing import ServedVenue


async def test_thin(venue: ServedVenue, manager: VenueClient) -> None:
    cards = await manager.get("/resources", list[ResourceCard])
    print([card.path for card in cards])
    page = await manager.get("/sales/ticket-types", AnyPage, sort="position")
    for one in page.items:
        print(one)
    page = await manager.get("/sales/prices", AnyPage, limit=3)
    for one in page.items:
        print(one)
    with pytest.raises(ServerRefused) as e:
        await manager.post("/sales/ticket-types", {"values": {"code": "AB", "x": 1, "position": "a"}}, AnyRecord, operation_id="1")
    print(e.value, e.value.params)
    one = await manager.post("/sales/ticket-types", {"values": {"code": "z", "key": "zebra", "name": {"zh": "斑马", "en": "Zebra"}}}, AnyRecord, operation_id="2")
    print(one)
    one = await manager.post(f"/sales/ticket-types/{one.id}/change", {"version": one.version, "values": {"position": 3}}, AnyRecord, operation_id="3")
    print(one)
    with pytest.raises(ServerRefused) as e:
        await manager.post(f"/sales/ticket-types/{one.id}/change", {"version": "old", "values": {"position": 4}}, AnyRecord, operation_id="4")
    print(e.value, e.value.params)
    with pytest.raises(ServerRefused) as e:
        await manager.post("/sales/ticket-types/1/remove", {"version": (await manager.get("/sales/ticket-types/1", AnyRecord)).version}, AnyRecord, operation_id="5")
    print(e.value, e.value.params)
    print(await manager.post(f"/sales/ticket-types/{one.id}/remove", {"version": one.version}, Removed, operation_id="6"))
    print((await manager.get_bytes("/sales/prices/export")).decode()[:300])
