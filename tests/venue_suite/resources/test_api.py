"""Maintained tables over the API: list, make, change, remove, who may, and who was faster."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import msgspec
import pytest

from tests.venue_suite.resources.conftest import PATH, Make, refused
from tests.venue_suite.resources.things import THINGS, BoxRow
from venue_suite.audit.tables import EntryRow
from venue_suite.client import VenueClient
from venue_suite.database.kernel_rows import FeedRow
from venue_suite.resources.wire import AnyPage, AnyRecord, Removed, ResourceCard
from venue_suite.testing import ServedVenue, token_of

FULL: dict[str, Any] = {
    "code": "full",
    "note": "two\nlines",
    "name": {"zh": "东西", "en": "Thing"},
    "count": 3,
    "price_minor": 12345,
    "is_on": True,
    "colour": "red",
    "sizes": ["l", "s"],
    "day": "2026-11-28",
    "starts_at": "2026-11-28T19:30:00+08:00",
}


async def change(client: VenueClient, record: AnyRecord, **values: Any) -> AnyRecord:
    body = {"version": record.version, "values": values}
    operation_id = client.make_operation_id()
    return await client.post(
        f"{PATH}/{record.id}/change", body, AnyRecord, operation_id=operation_id
    )


async def remove(client: VenueClient, record: AnyRecord, path: str = PATH) -> Removed:
    operation_id = client.make_operation_id()
    body = {"version": record.version}
    return await client.post(f"{path}/{record.id}/remove", body, Removed, operation_id=operation_id)


async def problems(call: Any) -> dict[str, list[str]]:
    """Field -> codes of what is wrong with it."""
    error = await refused(call)
    assert (error.code, error.http_status) == ("fields_refused", 422)
    fields: dict[str, list[dict[str, Any]]] = error.params["fields"]  # type: ignore[assignment]
    for some in fields.values():
        for one in some:
            assert set(one["text"]) == {"zh", "en"}
            assert one["text"]["zh"] != one["text"]["en"] or one["code"] == "too_cheap"
    return {name: [one["code"] for one in some] for name, some in fields.items()}


async def test_hook_venue_register_resources(venue: ServedVenue, manager: VenueClient) -> None:
    """What a plugin declares is served: the list of tables tells it whole."""
    cards = await manager.get("/resources", list[ResourceCard])
    (things,) = (card for card in cards if card.id == "things/odd_things")
    assert things.path == PATH
    assert [one.name for one in things.fields] == [one.name for one in THINGS.fields]
    assert things.may.create
    assert things.may.remove


async def test_record_comes_back_as_it_went_in(make: Make, manager: VenueClient) -> None:
    record = await make(**FULL)
    again = await manager.get(f"{PATH}/{record.id}", AnyRecord)
    assert again == record
    assert record.values == FULL | {
        "sizes": ["s", "l"],
        "starts_at": "2026-11-28T11:30:00Z",
        "box": None,
        "made": 7,
    }
    assert record.title == {"zh": "full", "en": "full"}


async def test_everything_that_is_wrong_is_told_at_once(make: Make) -> None:
    codes = await problems(
        make(
            note=3,
            name={"fr": "chose"},
            count=-6,
            price_minor=1.5,
            is_on="yes",
            colour="green",
            sizes=["xl"],
            box=99,
            day="2026-02-30",
            starts_at="2026-11-28T19:30:00",
            made=8,
            other=1,
        )
    )
    assert codes == {
        "code": ["missing"],
        "note": ["wrong_kind"],
        "name": ["wrong_kind"],
        "count": ["too_small"],
        "price_minor": ["wrong_kind"],
        "is_on": ["wrong_kind"],
        "colour": ["no_choice"],
        "sizes": ["no_choice"],
        "box": ["no_such_record"],
        "day": ["wrong_kind"],
        "starts_at": ["wrong_kind"],
        "made": ["read_only"],
        "other": ["no_field"],
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"code": "a" * 41}, {"code": ["too_long"]}),
        ({"code": "a\tb"}, {"code": ["unprintable"]}),
        ({"code": "  "}, {"code": ["missing"]}),
        ({"code": "x", "count": 2**31}, {"count": ["too_large"]}),
        ({"code": "x", "price_minor": -1}, {"price_minor": ["too_small"]}),
        ({"code": "x", "price_minor": 99, "count": 101}, {"price_minor": ["too_cheap"]}),
        ({"code": "x", "count": True}, {"count": ["wrong_kind"]}),
        ({"code": "x", "name": {"zh": "x" * 201}}, {"name": ["too_long"]}),
        ({"code": ["x"]}, {"code": ["wrong_kind"]}),
    ],
)
async def test_wrong_values(
    make: Make, values: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    assert await problems(make(**values)) == expected


async def test_key_is_used_once(make: Make) -> None:
    await make(code="one")
    assert await problems(make(code=" one ")) == {"code": ["taken"]}


async def test_fixed_field_stays(make: Make, manager: VenueClient) -> None:
    record = await make(code="one")
    assert await problems(change(manager, record, code="two")) == {"code": ["fixed"]}
    assert (await change(manager, record, code="one", count=1)).values["count"] == 1


async def test_change_keeps_what_is_not_named(make: Make, manager: VenueClient) -> None:
    record = await make(**FULL)
    changed = await change(manager, record, count=None)
    assert changed.values == record.values | {"count": None}
    assert changed.version != record.version


async def test_second_of_two_people_is_told_what_the_first_wrote(
    make: Make, manager: VenueClient
) -> None:
    record = await make(code="one", count=1, note="old")
    await change(manager, record, count=2)
    error = await refused(change(manager, record, count=3, note="mine"))
    assert error.code == "changed_meanwhile"
    assert error.params["theirs"] == {"count": 2, "note": "old"}
    now = await manager.get(f"{PATH}/{record.id}", AnyRecord)
    assert (now.values["count"], now.version) == (2, error.params["version"])


async def test_twenty_at_once_one_wins(make: Make, manager: VenueClient) -> None:
    record = await make(code="one", count=0)
    outcomes = await asyncio.gather(
        *(change(manager, record, count=number) for number in range(1, 21)),
        return_exceptions=True,
    )
    won = [one for one in outcomes if isinstance(one, AnyRecord)]
    assert len(won) == 1
    now = await manager.get(f"{PATH}/{record.id}", AnyRecord)
    assert now == won[0]


async def test_twenty_make_the_same_one_is_made(make: Make, manager: VenueClient) -> None:
    outcomes = await asyncio.gather(*(make(code="same") for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(one, AnyRecord) for one in outcomes) == 1
    assert (await manager.get(PATH, AnyPage)).total == 1


async def test_same_operation_twice_is_done_once(manager: VenueClient) -> None:
    body = {"values": {"code": "once"}}
    first = await manager.post(PATH, body, AnyRecord, operation_id="the-operation")
    again = await manager.post(PATH, body, AnyRecord, operation_id="the-operation")
    assert first == again
    assert (await manager.get(PATH, AnyPage)).total == 1


async def test_version_sees_changes_past_this_package(
    venue: ServedVenue, make: Make, manager: VenueClient
) -> None:
    record = await make(code="one", count=1)

    def by_hand(work: Any) -> None:
        THINGS.row.update(count=9).where(THINGS.row.id == record.id).execute()

    await venue.server.database.write(by_hand)
    assert (await refused(change(manager, record, count=2))).code == "changed_meanwhile"


# --- removal --------------------------------------------------------------------------


async def test_removed_is_gone(make: Make, manager: VenueClient) -> None:
    record = await make(code="one")
    await remove(manager, record)
    assert (await refused(manager.get(f"{PATH}/{record.id}", AnyRecord))).code == "not_found"


async def test_stale_removal_is_refused(make: Make, manager: VenueClient) -> None:
    record = await make(code="one")
    await change(manager, record, count=1)
    assert (await refused(remove(manager, record))).code == "changed_meanwhile"


async def test_retired_record_stays_but_is_not_chosen_anew(
    make: Make, manager: VenueClient
) -> None:
    box = await manager.post(
        "/things/boxes", {"values": {"code": "b"}}, AnyRecord, operation_id="box"
    )
    inside = await make(code="inside", box=box.id)
    assert inside.names == {"box": {"zh": "b", "en": "b"}}
    await remove(manager, box, "/things/boxes")
    retired = await manager.get(f"/things/boxes/{box.id}", AnyRecord)
    assert retired.values == {"code": "b", "active": False}
    assert await problems(make(code="late", box=box.id)) == {"box": ["retired"]}
    assert (await change(manager, inside, count=5)).values["box"] == box.id


# --- lists ----------------------------------------------------------------------------


async def test_pages_hold_each_record_once_in_every_order(make: Make, manager: VenueClient) -> None:
    for number in range(11):
        count = None if number % 4 == 0 else number % 3
        await make(code=f"c{number:02}", count=count, is_on=number % 2 == 0)
    for sort in ("code", "-code", "count", "-count", "is_on", "-is_on", "starts_at", ""):
        seen, after = [], ""
        for _ in range(10):
            page = await manager.get(PATH, AnyPage, sort=sort, after=after, limit=3)
            seen += page.items
            after = page.next
            if not after:
                break
        assert sorted(one.values["code"] for one in seen) == [f"c{n:02}" for n in range(11)], sort
        field = sort.removeprefix("-")
        if field in ("code", "count", "is_on"):
            values = [one.values[field] for one in seen]
            known = [-(2**62) if value is None else value for value in values]
            assert known == sorted(known, reverse=sort.startswith("-")), sort


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("东西", ["cn"]),
        ("THING", ["cn"]),
        ("zh", []),
        ('"', ["quote"]),
        ("100%", ["percent"]),
        ("_", ["under_score"]),
        ("\\", ["slash"]),
        (":", []),
        ("nowhere", []),
        ("quote", ["quote"]),
    ],
)
async def test_search_looks_into_texts_and_nothing_else(
    make: Make, manager: VenueClient, search: str, found: list[str]
) -> None:
    await make(code="cn", name={"zh": "东西", "en": "Thing"})
    await make(code="quote", name={"en": 'say "hello"'})
    await make(code="percent", note="100% sure")
    await make(code="under_score")
    await make(code="slash", name={"zh": "a\\b"})
    page = await manager.get(PATH, AnyPage, search=search)
    assert [one.values["code"] for one in page.items] == found
    assert page.total == len(found)


async def test_filters(make: Make, manager: VenueClient) -> None:
    await make(code="a", colour="red", is_on=True)
    await make(code="b", colour="blue", is_on=True)
    await make(code="c", colour="red")

    async def codes(**query: str) -> list[str]:
        page = await manager.get(PATH, AnyPage, **query)
        return [one.values["code"] for one in page.items]

    assert await codes(colour="red") == ["a", "c"]
    assert await codes(is_on="true") == ["a", "b"]
    assert await codes(colour="red", is_on="true") == ["a"]
    for query in ({"colour": "green"}, {"sort": "name"}, {"count": "1"}, {"after": "x"}):
        assert (await refused(codes(**query))).code == "bad_request", query


# --- who may, and what is told ------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("manager", {"see", "make", "change", "remove"}),
        ("cashier", {"see", "make"}),
        ("usher", set()),
        ("kiosk", set()),
        ("gate", set()),
        ("", set()),
    ],
)
async def test_rights_by_role(venue: ServedVenue, make: Make, role: str, may: set[str]) -> None:
    record = await make(code="one")
    wanted = {
        "see": ("GET", PATH),
        "make": ("POST", PATH),
        "change": ("POST", f"{PATH}/{record.id}/change"),
        "remove": ("POST", f"{PATH}/{record.id}/remove"),
    }
    async with aiohttp.ClientSession(venue.address) as http:
        for verb, (method, path) in wanted.items():
            headers = {"Idempotency-Key": f"{role}-{verb}"}
            if role:
                headers["Authorization"] = f"Bearer {token_of(role)}"
            body = {"values": {}} if verb == "make" else {"version": "x", "values": {}}
            body = {"version": "x"} if verb == "remove" else body
            json = None if method == "GET" else body
            async with http.request(method, f"/api/v1{path}", json=json, headers=headers) as reply:
                assert (reply.status not in (401, 403)) == (verb in may), (verb, reply.status)


async def test_importing_demands_the_right_of_each_row(venue: ServedVenue, make: Make) -> None:
    """The cashier may make things, so an import is open to them; but not to change any."""
    await make(code="one", count=1)
    async with aiohttp.ClientSession(venue.address) as http:
        for number, (rows, status) in enumerate((("one,2", 403), ("two,2", 200))):
            headers = {
                "Authorization": f"Bearer {token_of('cashier')}",
                "Idempotency-Key": f"import-{number}",
                "Content-Type": "text/csv",
            }
            content = f"code,count\n{rows}\n".encode()
            path = f"/api/v1{PATH}/import"
            async with http.post(path, data=content, headers=headers) as reply:
                assert reply.status == status, await reply.text()


async def test_every_change_is_in_the_audit_log_and_on_the_feed(
    venue: ServedVenue, make: Make, manager: VenueClient
) -> None:
    record = await make(code="one", count=1)
    record = await change(manager, record, count=2)
    await change(manager, record, count=2)
    await remove(manager, record)

    def look(_: object) -> tuple[list[Any], list[Any]]:
        subject = f"things.odd_things/{record.id}"
        entries = EntryRow.select().where(EntryRow.subject == subject).order_by(EntryRow.seq)
        facts = FeedRow.select().where(FeedRow.subject == subject).order_by(FeedRow.seq)
        told = [(fact.kind, fact.data["verb"]) for fact in facts]
        return [(one.action, one.actor, one.before, one.after) for one in entries], told

    entries, facts = await venue.server.database.read(look)
    assert [entry[0].rpartition(".")[2] for entry in entries] == ["created", "changed", "removed"]
    assert {entry[1] for entry in entries} == {"staff/T-MANAGER"}
    before, after = (msgspec.json.decode(entries[1][place]) for place in (2, 3))
    assert (before, after) == ({"count": 1}, {"count": 2})
    assert {kind for kind, _ in facts} == {"things.odd_things.changed"}
    assert [verb for _, verb in facts] == ["created", "changed", "removed"]


async def test_tables_that_may_not_be_seen_are_not_named(venue: ServedVenue) -> None:
    assert await venue.client("usher").get("/resources", list[ResourceCard]) == []
    (boxes, things) = await venue.client("cashier").get("/resources", list[ResourceCard])
    assert (boxes.may.create, things.may.change) == (True, False)


async def test_flag_column_of_a_retired_box_is_stored_as_such(
    venue: ServedVenue, manager: VenueClient
) -> None:
    body = {"values": {"code": "b", "active": False}}
    await manager.post("/things/boxes", body, AnyRecord, operation_id="box")

    def count(_: object) -> int:
        return BoxRow.select().where(~BoxRow.active).count()

    assert await venue.server.database.read(count) == 1
