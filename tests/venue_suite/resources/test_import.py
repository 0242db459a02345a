"""Import and export of a table: what a file would do, what it did, and nothing by halves."""

from __future__ import annotations

import time
from typing import Any

import aiohttp
import msgspec
import pytest

from tests.venue_suite.resources.conftest import PATH, Make
from tests.venue_suite.resources.things import ThingRow
from venue_suite.audit.tables import EntryRow
from venue_suite.client import VenueClient
from venue_suite.database.kernel_rows import FeedRow
from venue_suite.resources.wire import AnyPage, AnyRecord, ImportReport
from venue_suite.testing import ServedVenue, token_of


async def send(
    venue: ServedVenue, way: str, content: bytes | str, **query: str
) -> ImportReport | dict[str, Any]:
    """Send a file; the report, or the problem."""
    data = content.encode() if isinstance(content, str) else content
    headers = {
        "Authorization": f"Bearer {token_of('manager')}",
        "Content-Type": "text/csv",
        "Idempotency-Key": query.pop("operation", f"import-{time.monotonic_ns()}"),
    }
    url = f"{venue.address}/api/v1{PATH}/{way}"
    async with (
        aiohttp.ClientSession() as http,
        http.post(url, data=data, headers=headers, params=query) as reply,
    ):
        body = await reply.read()
        if reply.status == 200:
            return msgspec.json.decode(body, type=ImportReport)
        problem: dict[str, Any] = msgspec.json.decode(body)
        return problem


async def check(venue: ServedVenue, content: bytes | str) -> ImportReport:
    report = await send(venue, "import/check", content)
    assert isinstance(report, ImportReport), report
    return report


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.new, report.changed, report.same, report.refused


async def codes(manager: VenueClient) -> list[str]:
    return [one.values["code"] for one in (await manager.get(PATH, AnyPage)).items]


MIXED = (
    "code,count,price_minor,box\n"
    "same,1,2.00,\n"
    "other,5,2.00,\n"
    "fresh,7,3.00,\n"
    "wrong,many,x,nowhere\n"
    "same,2,,\n"
    ",1,,\n"
)


async def prepare(make: Make) -> None:
    await make(code="same", count=1, price_minor=200)
    await make(code="other", count=4, price_minor=200)


async def test_check_says_what_each_row_would_do_and_writes_nothing(
    venue: ServedVenue, make: Make, manager: VenueClient
) -> None:
    await prepare(make)
    report = await check(venue, MIXED)
    assert counts(report) == (1, 1, 1, 3)
    by_line = {row.line: row for row in report.rows}
    assert {line: row.state for line, row in by_line.items()} == {
        2: "same",
        3: "changed",
        4: "new",
        5: "refused",
        6: "refused",
        7: "refused",
    }
    (difference,) = by_line[3].changes
    assert (difference.field, difference.old, difference.new) == ("count", "4", "5")
    wrong = by_line[5].problems
    assert {name: some[0].code for name, some in wrong.items()} == {
        "count": "no_number",
        "price_minor": "no_amount",
        "box": "no_such_record",
    }
    assert wrong["count"][0].text["zh"] == "必须是整数。"
    assert by_line[6].problems["code"][0].code == "taken"
    assert by_line[7].problems["code"][0].code == "missing"
    assert await codes(manager) == ["other", "same"]


async def test_one_wrong_row_keeps_all_out_unless_only_the_good_are_wanted(
    venue: ServedVenue, make: Make, manager: VenueClient
) -> None:
    await prepare(make)
    refused = await send(venue, "import", MIXED)
    assert isinstance(refused, dict)
    assert (refused["code"], refused["params"]["count"]) == ("import_refused", 3)
    assert await codes(manager) == ["other", "same"]
    report = await send(venue, "import", MIXED, only_good="true")
    assert isinstance(report, ImportReport)
    assert (report.written, *counts(report)) == (True, 1, 1, 1, 3)
    page = await manager.get(PATH, AnyPage)
    assert [(one.values["code"], one.values["count"]) for one in page.items] == [
        ("fresh", 7),
        ("other", 5),
        ("same", 1),
    ]


async def test_columns_that_are_left_out_keep_what_they_have(
    venue: ServedVenue, make: Make, manager: VenueClient
) -> None:
    record = await make(code="one", count=1, note="kept", name={"zh": "留", "en": "Kept"})
    await send(venue, "import", "CODE;Count;whatever\none;2;x\n")
    now = await manager.get(f"{PATH}/{record.id}", AnyRecord)
    assert now.values == record.values | {"count": 2}


async def test_one_language_of_a_text_leaves_the_other(
    venue: ServedVenue, make: Make, manager: VenueClient
) -> None:
    record = await make(code="one", name={"zh": "留", "en": "Old"})
    await send(venue, "import", "code,name.en\none,New\n")
    now = await manager.get(f"{PATH}/{record.id}", AnyRecord)
    assert now.values["name"] == {"zh": "留", "en": "New"}


async def test_a_change_between_check_and_import_is_told(
    venue: ServedVenue, make: Make, manager: VenueClient
) -> None:
    record = await make(code="one", count=1)
    content = "code,count\none,5\n"
    seen = (await check(venue, content)).seen
    body = {"version": record.version, "values": {"count": 2}}
    await manager.post(f"{PATH}/{record.id}/change", body, AnyRecord, operation_id="other")
    problem = await send(venue, "import", content, seen=seen)
    assert isinstance(problem, dict)
    assert problem["code"] == "import_changed"
    assert (await manager.get(f"{PATH}/{record.id}", AnyRecord)).values["count"] == 2


async def test_an_import_that_is_sent_twice_is_done_once(
    venue: ServedVenue, manager: VenueClient
) -> None:
    content = "code\nonce\n"
    first = await send(venue, "import", content, operation="twice")
    again = await send(venue, "import", content, operation="twice")
    assert first == again
    assert await codes(manager) == ["once"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_refused"),
        (b"note\nx\n", "file_refused"),
        (b"code,code\nx,y\n", "file_refused"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "file_refused"),
        (b"code\n" + b"\xff", "file_refused"),
    ],
)
async def test_file_that_is_no_table(venue: ServedVenue, content: bytes, code: str) -> None:
    for way in ("import/check", "import"):
        problem = await send(venue, way, content)
        assert isinstance(problem, dict)
        assert problem["code"] == code
        assert problem["title"].endswith(".")


async def test_row_with_too_many_cells_is_refused(venue: ServedVenue) -> None:
    report = await check(venue, "code,count\nx,1,2\n")
    assert report.rows[0].problems["code"][0].code == "cells_left_over"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
async def test_file_as_spreadsheets_in_china_save_it(
    venue: ServedVenue, manager: VenueClient, encoding: str
) -> None:
    content = "code名\tname名 中文\tprice名\n一号\t清河剧场“大”\t１，２３４．５０\n".encode(
        encoding
    )
    report = await send(venue, "import", content)
    assert isinstance(report, ImportReport), report
    assert report.encoding == encoding.upper().removesuffix("-SIG")
    (one,) = (await manager.get(PATH, AnyPage)).items
    assert one.values["name"] == {"zh": "清河剧场“大”"}
    assert (one.values["code"], one.values["price_minor"]) == ("一号", 123450)


@pytest.mark.parametrize("language", ["", "zh", "en"])
async def test_export_comes_back_as_the_same(
    venue: ServedVenue, make: Make, manager: VenueClient, language: str
) -> None:
    await make(code="=1+1", note="@SUM(A1)", name={"zh": "'=q", "en": "-"}, sizes=["s", "m"])
    await make(code="two", day="2026-02-28", starts_at="2026-02-28T00:00:00.123Z", price_minor=0)
    content = await manager.get_bytes(f"{PATH}/export", language=language)
    assert content.startswith(b"\xef\xbb\xbf")
    for start in ("=1", "@SUM", "-,"):
        assert f",{start}".encode() not in content
    assert not content.decode("utf-8-sig").splitlines()[1].startswith("=")
    assert counts(await check(venue, content)) == (0, 0, 2, 0)


async def test_export_as_json(make: Make, manager: VenueClient) -> None:
    record = await make(code="one", count=3)
    content = await manager.get_bytes(f"{PATH}/export", format="json")
    assert msgspec.json.decode(content) == [record.values]


async def test_ten_thousand_rows_in_seconds_and_sales_go_on(
    venue: ServedVenue, make: Make, manager: VenueClient
) -> None:
    for number in range(3):
        await make(code=f"row-{number:05}", count=1)
    lines = [f"row-{n:05},{n % 90},{n}.50,Thing {n},东西 {n},s|m" for n in range(10_000)]
    content = "\n".join(["code,count,price_minor,name.en,name.zh,sizes", *lines]).encode()
    started = time.monotonic()
    report = await check(venue, content)
    checked_s = time.monotonic() - started
    assert counts(report) == (9997, 3, 0, 0)
    assert len(report.rows) == 1000
    written = await send(venue, "import", content, seen=report.seen)
    assert isinstance(written, ImportReport), written
    took_s = time.monotonic() - started
    print(f"10,000 rows: checked in {checked_s:.2f} s, with the import {took_s:.2f} s")
    assert took_s < 30  # seconds on a quiet machine; this one has others at work

    def look(_: object) -> tuple[int, int, int]:
        noun = "things.odd_things"
        entries = EntryRow.select().where(EntryRow.action == f"{noun}.imported").count()
        ids = [
            one
            for fact in FeedRow.select().where(FeedRow.subject == noun)
            for one in fact.data["ids"]
        ]
        return ThingRow.select().count(), entries, len(set(ids))

    rows, entries, told = await venue.server.database.read(look)
    assert (rows, told) == (10_000, 10_000)
    assert entries <= 60
