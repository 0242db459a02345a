"""HTTP as strangers speak it: every refusal is a problem document with a stable code."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import zlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from venue_suite.identity.permissions import MANAGER
from venue_suite.testing import ServedVenue, token_of
from venue_suite.wire import Health, Me, PluginRow, Venue

API = "/api/v1"
JOTS = f"{API}/jotter/jots"
MANY = 1024 * 1024


def headers(role: str = "cashier", key: str = "K1", **more: str) -> dict[str, str]:
    """Of one change by a role."""
    known = {"Authorization": f"Bearer {token_of(role)}", "Idempotency-Key": key}
    return {**known, "Content-Type": "application/json", **more}


async def problem_of(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """The problem document of a refusal, checked for its shape."""
    assert response.content_type == "application/problem+json"
    problem: dict[str, Any] = json.loads(await response.read())
    assert set(problem) == {"status", "code", "title", "template", "params"}
    assert problem["status"] == response.status
    assert problem["template"].format(**problem["params"]) == problem["title"]
    assert "Traceback" not in problem["title"]
    return problem


def faults_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the suite itself logged as its own fault."""
    return [
        record.message
        for record in caplog.records
        if record.levelno >= logging.ERROR and record.name.startswith("venue_suite")
    ]


BAD_BODIES = [
    (b"", "missing required field `name`"),
    (b"{", "the body is not valid JSON"),
    (b"nonsense", "the body is not valid JSON"),
    (b"[]", "Expected `object`, got `array`"),
    (b"null", "Expected `object`, got `null`"),
    (b'{"name":"n","more":1}', "unknown field `more`"),
    (b'{"name":"n","lines":[{"text":1}]}', "Expected `str`, got `int` - at `lines[0].text`"),
    (b'{"name":1}', "Expected `str`, got `int` - at `name`"),
    (b'{"name":"n","count":"2"}', "Expected `int`, got `str` - at `count`"),
    (b'{"name":"n","count":1.5}', "Expected `int`, got `float` - at `count`"),
    (b'{"name":"n","count":1e400}', "count"),
    (b'{"name":"\xff\xfe"}', "the body is not valid JSON"),
    (b'{"name":"\\ud800"}', "the body is not valid JSON"),
    ('{"name":"n"}'.encode("utf-16"), "the body is not valid JSON"),
]


@pytest.mark.parametrize(("body", "reason"), BAD_BODIES, ids=range(len(BAD_BODIES)))
async def test_bad_body_is_refused_and_says_why(
    bare: ServedVenue, http: aiohttp.ClientSession, body: bytes, reason: str
) -> None:
    async with http.post(JOTS, data=body, headers=headers()) as response:
        problem = await problem_of(response)
    assert (response.status, problem["code"]) == (400, "bad_request")
    assert reason in problem["params"]["reason"]
    # The id was not used up by the refusal.
    async with http.post(JOTS, json={"name": "n"}, headers=headers()) as response:
        assert response.status == 200


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
async def test_deep_body_is_refused(http: aiohttp.ClientSession, opening: bytes) -> None:
    deep = b'{"name":' + opening * 50_000
    for body in (deep, deep + b"1" + opening.replace(b'{"a":', b"}").replace(b"[", b"]") * 50_001):
        async with http.post(f"{API}/jotter/free", data=body, headers=headers()) as response:
            problem = await problem_of(response)
        assert problem["params"] == {"reason": "the body is not valid JSON"}


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**64, 10**30])
async def test_number_beyond_the_column_is_no_server_fault(
    http: aiohttp.ClientSession, number: int
) -> None:
    path = f"{API}/jotter/numbers"
    async with http.post(path, json={"number": number}, headers=headers()) as response:
        problem = await problem_of(response)
    assert (problem["code"], problem["params"]) == (
        "bad_request",
        {"reason": "a number is too large"},
    )
    async with http.post(path, json={"number": 2**63 - 1}, headers=headers()) as response:
        assert response.status == 200


@pytest.mark.parametrize("chunked", [False, True])
async def test_oversized_body_is_refused(http: aiohttp.ClientSession, chunked: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * (MANY // 10)

    data = chunks() if chunked else io.BytesIO(b" " * (2 * MANY))
    async with http.post(JOTS, data=data, headers=headers()) as response:
        problem = await problem_of(response)
    assert (response.status, problem["code"]) == (413, "body_too_large")
    assert problem["params"] == {"bytes_max": MANY}


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
async def test_packed_body_is_refused_unopened(
    http: aiohttp.ClientSession, encoding: str, caplog: pytest.LogCaptureFixture
) -> None:
    packed = {**headers(), "Content-Encoding": encoding}
    for content in (b"not packed at all", zlib.compress(b" " * 100 * MANY)):
        async with http.post(JOTS, data=content, headers=packed) as response:
            problem = await problem_of(response)
        assert (response.status, problem["code"]) == (415, "media_type_wrong")
        assert problem["params"] == {"wanted": "application/json", "found": encoding}
    assert faults_of(caplog) == []


async def test_client_that_leaves_in_the_middle_is_no_server_fault(
    bare: ServedVenue, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", bare.server.port)
    lines = [f"POST {JOTS} HTTP/1.1", "Host: x", "Content-Length: 100"]
    lines += [f"{name}: {value}" for name, value in headers().items()]
    writer.write("\r\n".join([*lines, "", '{"name":']).encode())
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.close()
    await asyncio.sleep(0.05)
    async with http.get(f"{API}/health") as response:
        assert response.status == 200
    assert faults_of(caplog) == []


@pytest.mark.parametrize("key", ["", "x" * 65, "ключ", "a\tb"])
async def test_operation_id_must_be_there_and_plain(http: aiohttp.ClientSession, key: str) -> None:
    sent = headers()
    if key:
        sent["Idempotency-Key"] = key
    else:
        del sent["Idempotency-Key"]
    async with http.post(JOTS, json={"name": "n"}, headers=sent) as response:
        problem = await problem_of(response)
    assert (response.status, problem["code"]) == (400, "operation_id_missing")
    assert "Idempotency-Key is missing or malformed" in problem["title"]


async def test_operation_id_at_its_limit_is_taken(http: aiohttp.ClientSession) -> None:
    async with http.post(JOTS, json={"name": "n"}, headers=headers(key="x" * 64)) as response:
        assert response.status == 200


async def test_same_id_same_answer_and_other_content_refused(
    http: aiohttp.ClientSession,
) -> None:
    async def post(path: str, body: object, role: str = "cashier") -> tuple[int, bytes]:
        async with http.post(path, json=body, headers=headers(role)) as response:
            return response.status, await response.read()

    first = await post(JOTS, {"name": "n"})
    assert first == (200, b'{"name":"n","times":1}')
    assert await post(JOTS, {"name": "n"}) == first
    for path, body, role in (
        (JOTS, {"name": "other"}, "cashier"),
        (JOTS, {"name": "n", "count": 2}, "cashier"),
        (f"{API}/jotter/blind", {"name": "n"}, "cashier"),
        (f"{API}/stations/call", {}, "cashier"),
        (JOTS, {"name": "n"}, "kiosk"),
    ):
        status, answer = await post(path, body, role)
        assert (status, json.loads(answer)["code"]) == (422, "operation_reused"), (path, role)
    async with http.get(f"{API}/jotter/times", params={"name": "n"}) as response:
        assert await response.json() == {"times": 1}


async def test_handler_that_ignores_its_body_is_still_bound_to_it(
    http: aiohttp.ClientSession,
) -> None:
    path = f"{API}/jotter/blind"
    async with http.post(path, data=b"1", headers=headers()) as response:
        assert response.status == 200
    async with http.post(path, data=b"2", headers=headers()) as response:
        assert (await problem_of(response))["code"] == "operation_reused"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1"),
        ("GET", "/api/v1/"),
        ("GET", "/api/v2/health"),
        ("GET", "/api/v1/health/"),
        ("GET", "/api/v1/%00"),
        ("GET", "/api/v1/%ff%fe"),
        ("GET", "/api/v1/{x}"),
        ("POST", "/api/v1/nothing"),
        ("GET", "/api/v1/jotter/numbers/x"),
        ("GET", "/api/v1/jotter/numbers/-1"),
        ("GET", "/api/v1/jotter/numbers/1.0"),
        ("GET", "/api/v1/jotter/numbers/%EF%BC%91"),
        ("GET", "/api/v1/jotter/numbers/9999999999999999999"),
        ("GET", "/api/v1/%ED%A0%80"),
    ],
)
async def test_unknown_address(http: aiohttp.ClientSession, method: str, path: str) -> None:
    from yarl import URL  # noqa: PLC0415 - the only place that must not tidy paths

    async with http.request(method, URL(path, encoded=True)) as response:
        problem = await problem_of(response)
    assert (response.status, problem["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/health"),
        ("DELETE", "/health"),
        ("PUT", "/jotter/jots"),
        ("GET", "/jotter/jots"),
        ("OPTIONS", "/sign-in"),
        ("PATCH", "/sign-in"),
    ],
)
async def test_wrong_method(http: aiohttp.ClientSession, method: str, path: str) -> None:
    async with http.request(method, API + path, headers=headers()) as response:
        problem = await problem_of(response)
        allowed = response.headers["Allow"]
    assert (response.status, problem["code"]) == (405, "method_not_possible")
    assert problem["params"] == {"method": method}
    assert method not in allowed
    assert allowed in ("GET", "POST")


async def test_head_is_refused_without_a_body(http: aiohttp.ClientSession) -> None:
    async with http.head(f"{API}/health") as response:
        assert response.status == 405
        assert response.content_type == "application/problem+json"
        assert await response.read() == b""


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/jotter/numbers/1?limit=x", "limit must be a number"),
        ("/jotter/numbers/1?limit=1e1", "limit must be a number"),
        ("/jotter/numbers/1?limit=7.0", "limit must be a number"),
        ("/jotter/numbers/1?limit=", "limit must be a number"),
        ("/jotter/numbers/1?limit=51", "Expected `int` <= 50 - at `limit`"),
        ("/jotter/numbers/1?limit=0", "Expected `int` >= 1 - at `limit`"),
        ("/jotter/numbers/1?limit=1&limit=2", "limit came more than once"),
        ("/jotter/numbers/1?more=1", "Object contains unknown field `more`"),
        (f"/jotter/times?name={'x' * 201}", "Expected `str` of length <= 200 - at `name`"),
        ("/jotter/times?name=%00", "name is not plain text"),
        ("/health?x=1", "x is not asked for here"),
        ("/health?%00=1", "a name in the address is not plain text"),
    ],
)
async def test_bad_number_or_query(http: aiohttp.ClientSession, path: str, reason: str) -> None:
    async with http.get(API + path) as response:
        assert (await problem_of(response))["params"] == {"reason": reason}


@pytest.mark.parametrize("name", ["%ff", "%ED%A0%80", "'; --", "中文"])
async def test_any_query_text_is_only_text(http: aiohttp.ClientSession, name: str) -> None:
    async with http.get(f"{API}/jotter/times?name={name}") as response:
        assert await response.json() == {"times": 0}


@pytest.mark.parametrize("path", ["/jotter/crash", "/jotter/strange"])
async def test_crash_is_told_without_its_inside(
    http: aiohttp.ClientSession, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with http.get(API + path, headers=headers(MANAGER)) as response:
        problem = await problem_of(response)
        text = await response.text()
    assert (response.status, problem["code"]) == (500, "plugin_failed")
    assert problem["params"] == {"plugin": "jotter"}
    assert "secret" not in text
    assert any(record.message == "route failed" and record.exc_info for record in caplog.records)


async def test_http_error_of_a_plugin_is_a_problem_too(http: aiohttp.ClientSession) -> None:
    async with http.get(f"{API}/jotter/http") as response:
        problem = await problem_of(response)
    assert problem["code"] == "bad_request"
    assert problem["params"] == {"reason": "a plugin's own HTTP error"}


async def test_refusal_of_a_service_keeps_its_own_code(http: aiohttp.ClientSession) -> None:
    async with http.post(f"{API}/jotter/refused", data=b"{}", headers=headers()) as response:
        problem = await problem_of(response)
    assert (response.status, problem["code"], problem["title"]) == (409, "reluctant", "Not jot.")


async def test_feed_without_upgrade_is_a_problem(http: aiohttp.ClientSession) -> None:
    async with http.get(f"{API}/feed", headers=headers()) as response:
        assert (await problem_of(response))["code"] == "bad_request"


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic abc", "Bearer x y", "bearer \xff\xfe", "Bearer " + "x" * 5000],
)
async def test_unknown_token_is_not_signed_in(bare: ServedVenue, authorization: str) -> None:
    """Bytes and all; sent by hand, since a proper client would refuse to."""
    reader, writer = await asyncio.open_connection("127.0.0.1", bare.server.port)
    request = f"GET {API}/me HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n\r\n"
    writer.write(request.encode("latin-1"))
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    writer.close()
    assert b" 401 " in head.splitlines()[0]
    assert b"application/problem+json" in head


async def test_open_routes(bare: ServedVenue) -> None:
    nobody = bare.client()
    health = await nobody.get("/health", Health)
    assert (health.state, health.feed_seq >= 0) == ("ready", True)
    venue = await nobody.get("/venue", Venue)
    assert venue.name["en"] == "Unnamed venue"
    assert abs((venue.server_time - bare.clock.now()).total_seconds()) < 5
    ((key_id, public),) = venue.ticket_keys.items()
    assert venue.key.replace("-", "").lower() == key_id
    assert len(bytes.fromhex(public)) == 32


async def test_who_am_i(bare: ServedVenue) -> None:
    me = await bare.client("kiosk").get("/me", Me)
    assert (me.kind, me.code, me.station_kind) == ("station", "kiosk-1", "kiosk")
    assert me.permissions == ["jotter.hear", "jotter.jot"]
    me = await bare.client("manager").get("/me", Me)
    assert (me.kind, me.code, me.permissions) == ("staff", "T-MANAGER", ["*"])


async def test_plugin_table_is_told(bare: ServedVenue) -> None:
    rows = await bare.client("usher").get("/plugins", list[PluginRow])
    assert [(row.name, row.state, row.summary) for row in rows] == [
        ("jotter", "enabled", "Writes things down")
    ]


async def test_call_for_staff_is_told_and_short(bare: ServedVenue) -> None:
    kiosk = bare.client("kiosk")
    feed = bare.client("cashier").follow_feed()
    assert (await anext(feed)).kind == "feed.caught_up"
    await kiosk.post("/stations/call", {"code": "P-02"}, object, operation_id="A")
    fact = await anext(feed)
    assert (fact.kind, fact.subject) == ("station.called_staff", "station/kiosk-1")
    assert fact.data == {"code": "P-02", "screen": ""}
    await feed.aclose()  # type: ignore[attr-defined]
    async with (
        aiohttp.ClientSession(bare.address) as http,
        http.post(
            f"{API}/stations/call", json={"code": "x" * 65}, headers=headers("kiosk")
        ) as response,
    ):
        assert (await problem_of(response))["code"] == "bad_request"
