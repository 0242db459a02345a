"""The gate's line to the server, against a server that does what a test wants."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from venue_plugins.admission import wire
from venue_plugins.admission.services import OUTCOMES

from venue_suite.config import StationConfig
from venue_suite.domain.errors import ConfigInvalid, ServerAway
from venue_suite.gate import link, shapes, wording
from venue_suite.gate.codes import find_fault
from venue_suite.gate.events import (
    Answer,
    AskRefused,
    Decided,
    Event,
    ServerBack,
    ServerLost,
    Unanswered,
)
from venue_suite.gate.link import ServerLink
from venue_suite.ports import Passage
from venue_suite.seams import Seams
from venue_suite.texts import Texts

TEXTS = Texts.load("venue_suite")
VENUE = {
    "name": {"zh": "小剧场", "en": "Small Theatre"},
    "address": {},
    "phone": "",
    "currency": "CNY",
    "time_zone": "Asia/Shanghai",
    "day_cut_off_hour": 4,
    "languages": ["zh", "en"],
    "key": "0000-0000",
    "ticket_keys": {"01020304": "aa" * 32},
    "server_time": "2026-11-28T11:30:00Z",
    "version": "0.1.0",
}
ME = {
    "kind": "station",
    "code": "gate-1",
    "name": "gate-1",
    "station_kind": "gate",
    "permissions": ["admission.scan", "admission.view"],
}
ALLOWED = {"scan_id": 5, "result": "allowed", "code": "", "reason": {}, "admits_left": 0}
REFUSED = {"scan_id": 6, "result": "refused", "code": "A-01", "reason": {}, "admits_left": 0}

Reply = Callable[[], Awaitable[web.StreamResponse]]


def ok(body: Any) -> Reply:
    async def reply() -> web.StreamResponse:
        return web.json_response(body)

    return reply


def refuse(status: int, code: str, template: str = "No: {why}") -> Reply:
    async def reply() -> web.StreamResponse:
        problem = {"status": status, "code": code, "title": "No", "template": template}
        return web.json_response(problem | {"params": {"why": "so"}}, status=status)

    return reply


def text(body: str, status: int = 200) -> Reply:
    async def reply() -> web.StreamResponse:
        return web.Response(text=body, status=status)

    return reply


async def hang_up() -> web.StreamResponse:
    raise aiohttp.ServerDisconnectedError  # aiohttp answers 500 without a body


async def sleep_long() -> web.StreamResponse:
    await asyncio.sleep(30)
    raise AssertionError


@dataclass
class FakeServer:
    """Answers each path as it is told; remembers what was posted, with its operation id."""

    replies: dict[str, list[Reply]] = field(default_factory=dict)
    posted: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    is_away: bool = False
    address: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self.is_away:
            assert request.transport is not None
            request.transport.abort()
            raise ConnectionError
        path = request.path.removeprefix("/api/v1")
        if request.method == "POST":
            key = request.headers["Idempotency-Key"]
            self.posted.append((path, await request.json(), key))
        replies = self.replies.get(path, [])
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        return await reply()


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is looked at more often than at a real gate."""
    monkeypatch.setattr(link, "WATCH_EVERY_S", 0.1)
    monkeypatch.setattr(link, "BACK_OFF_S", (0.05, 0.1))


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    fake = FakeServer()
    fake.replies = {
        "/venue": [ok(VENUE)],
        "/me": [ok(ME)],
        shapes.LANES: [ok([{"code": "side"}, {"code": "main"}])],
        shapes.SCANS: [ok(ALLOWED)],
        shapes.PASSAGES: [ok(ALLOWED)],
    }
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", fake.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield fake
    await runner.cleanup()


class Line:
    """A link under test, with what it told."""

    def __init__(self, fake: FakeServer, find: Callable[[], Awaitable[str]] | None = None) -> None:
        station = StationConfig(key="secret", server="" if find else fake.address, lane="main")
        self.told: list[Event] = []
        self.link = ServerLink(station, self.told.append, TEXTS, seams=Seams(), find=find)
        self._keeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Line:
        self._keeping = asyncio.create_task(self.link.keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._keeping is not None
        self._keeping.cancel()
        await asyncio.gather(self._keeping, return_exceptions=True)
        await self.link.close()

    async def until(self, holds: Callable[[], bool]) -> None:
        ends_at_s = time.monotonic() + 5
        while not holds():
            assert time.monotonic() < ends_at_s, self.told
            await asyncio.sleep(0.01)

    async def until_told(self, event: Event, count: int = 1) -> None:
        await self.until(lambda: self.told.count(event) >= count)


async def test_first_contact_brings_the_keys(server: FakeServer) -> None:
    async with Line(server) as line:
        assert line.link.keys == {}
        await line.until_told(ServerBack())
        assert line.link.keys == {b"\1\2\3\4": b"\xaa" * 32}
        assert line.link.address == server.address


async def test_decision_comes_back(server: FakeServer) -> None:
    server.replies[shapes.SCANS] = [ok(REFUSED | {"reason": {"zh": "已", "en": "used"}, "new": 1})]
    async with Line(server) as line:
        await line.until_told(ServerBack())
        answer = Answer("refused", "A-01", {"zh": "已", "en": "used"}, 6)
        assert await line.link.ask("op-1", "CODE") == Decided("op-1", answer)
    assert server.posted == [(shapes.SCANS, {"lane": "main", "code": "CODE"}, "op-1")]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (refuse(503, "busy"), wording.SERVER_BUSY),
        (refuse(401, "not_signed_in"), wording.NOT_KNOWN_THERE),
        (refuse(403, "not_allowed"), wording.NOT_KNOWN_THERE),
        (refuse(500, "plugin_failed"), {"zh": "No: so", "en": "No: so"}),
        (
            refuse(404, "not_found", "This code is not a ticket."),
            {"zh": "这个码不是门票。", "en": "This code is not a ticket."},
        ),
        (
            text("<html>", 404),
            {"zh": "服务器返回了 404。", "en": "The server answered 404."},
        ),
    ],
)
async def test_server_that_does_not_decide(
    server: FakeServer, reply: Reply, reason: dict[str, str]
) -> None:
    server.replies[shapes.SCANS] = [reply]
    async with Line(server) as line:
        await line.until_told(ServerBack())
        assert await line.link.ask("op-1", "CODE") == AskRefused("op-1", reason)
        assert line.link.debt_count == 0


@pytest.mark.parametrize("reply", [ok({"scan_id": "five"}), text("hello"), text("<html>", 502)])
async def test_answer_that_is_none(server: FakeServer, reply: Reply) -> None:
    """Whether the server acted nobody knows."""
    server.replies[shapes.SCANS] = [reply]
    async with Line(server) as line:
        await line.until_told(ServerBack())
        assert await line.link.ask("op-1", "CODE") == Unanswered("op-1", "CODE")


async def test_answer_that_does_not_come_in_time(server: FakeServer) -> None:
    server.replies[shapes.SCANS] = [sleep_long]
    async with Line(server) as line:
        await line.until_told(ServerBack())
        began_s = time.monotonic()
        assert await line.link.ask("op-1", "CODE") == Unanswered("op-1", "CODE")
        assert 1.4 < time.monotonic() - began_s < 1.9


async def test_one_lost_answer_is_asked_for_again_under_the_same_id(server: FakeServer) -> None:
    async with Line(server) as line:
        await line.until_told(ServerBack())
        server.is_away = True
        asking = asyncio.create_task(line.link.ask("op-1", "CODE"))
        await asyncio.sleep(0.1)
        server.is_away = False
        assert isinstance(await asking, Decided)
    assert {key for path, _, key in server.posted if path == shapes.SCANS} == {"op-1"}


async def test_nobody_to_ask_yet(server: FakeServer) -> None:
    line = Line(server)
    assert await line.link.ask("op-1", "CODE") == Unanswered("op-1", "CODE")
    await line.link.close()


async def test_unanswered_question_is_settled_before_the_server_counts_as_back(
    server: FakeServer,
) -> None:
    """The server had counted the entry: it is told that nobody passed."""
    async with Line(server) as line:
        await line.until_told(ServerBack())
        server.is_away = True
        assert await line.link.ask("op-1", "CODE") == Unanswered("op-1", "CODE")
        line.link.settle("op-1", "CODE")
        await line.until_told(ServerLost())
        line.told.clear()
        server.posted.clear()
        server.is_away = False
        await line.until_told(ServerBack())
        assert line.link.debt_count == 0
    (scan, passage) = server.posted
    assert scan == (shapes.SCANS, {"lane": "main", "code": "CODE"}, "op-1")
    assert passage[:2] == (shapes.PASSAGES, {"scan_id": 5, "outcome": "timed_out"})


async def test_refused_entry_needs_no_giving_back(server: FakeServer) -> None:
    server.replies[shapes.SCANS] = [ok(REFUSED)]
    async with Line(server) as line:
        await line.until_told(ServerBack())
        line.link.settle("op-1", "CODE")
        await line.until(lambda: line.link.debt_count == 0)
    assert [path for path, _, _ in server.posted] == [shapes.SCANS]


async def test_passage_is_told_at_once_and_in_order(server: FakeServer) -> None:
    async with Line(server) as line:
        await line.until_told(ServerBack())
        began_s = time.monotonic()
        line.link.report(5, Passage.PASSED)
        line.link.report(6, Passage.UNKNOWN)
        await line.until(lambda: line.link.debt_count == 0)
        assert time.monotonic() - began_s < 1
    assert [body for _, body, _ in server.posted] == [
        {"scan_id": 5, "outcome": "passed"},
        {"scan_id": 6, "outcome": "unknown"},
    ]
    assert len({key for _, _, key in server.posted}) == 2


async def test_passage_that_the_server_refuses_does_not_block_the_next(
    server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.replies[shapes.PASSAGES] = [refuse(404, "not_found"), ok(ALLOWED)]
    async with Line(server) as line:
        await line.until_told(ServerBack())
        line.link.report(5, Passage.PASSED)
        line.link.report(6, Passage.PASSED)
        await line.until(lambda: line.link.debt_count == 0)
    assert [body["scan_id"] for _, body, _ in server.posted] == [5, 6]
    assert "the server does not take this" in caplog.text


async def test_busy_server_is_told_later_under_the_same_id(server: FakeServer) -> None:
    server.replies[shapes.PASSAGES] = [refuse(503, "busy"), ok(ALLOWED)]
    async with Line(server) as line:
        await line.until_told(ServerBack())
        line.link.report(5, Passage.PASSED)
        await line.until(lambda: line.link.debt_count == 0)
    assert len(server.posted) == 2
    assert len({key for _, _, key in server.posted}) == 1


async def test_last_words_are_delivered_at_the_end(server: FakeServer) -> None:
    async with Line(server) as line:
        await line.until_told(ServerBack())
        line.link.report(5, Passage.PASSED)
    assert [body["scan_id"] for _, body, _ in server.posted] == [5]


async def test_end_does_not_wait_for_a_server_that_is_away(
    server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with Line(server) as line:
        await line.until_told(ServerBack())
        server.is_away = True
        line.link.report(5, Passage.PASSED)
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 3
    assert "the server was not told all" in caplog.text


@pytest.mark.parametrize(
    "reply",
    [hang_up, text("<html>"), ok({"name": "printer"}), refuse(500, "x"), refuse(503, "busy")],
)
async def test_whatever_listens_there_is_no_reason_to_crash(
    server: FakeServer, reply: Reply
) -> None:
    server.replies["/venue"] = [reply, reply, ok(VENUE)]
    async with Line(server) as line:
        await line.until_told(ServerBack())
        assert line.told[:2] == [ServerLost(), ServerLost()]


async def test_lost_server_is_noticed_without_a_visitor(
    server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with Line(server) as line:
        await line.until_told(ServerBack())
        server.is_away = True
        await line.until_told(ServerLost(), 3)
        server.is_away = False
        line.told.clear()
        await line.until_told(ServerBack())
    assert caplog.text.count("server away") == 1
    assert caplog.text.count("server reached") == 2


@pytest.mark.parametrize(
    ("path", "reply", "reason"),
    [
        ("/me", refuse(401, "not_signed_in"), "knows no station with this key"),
        (
            "/me",
            ok(ME | {"name": "kiosk-1", "station_kind": "kiosk", "permissions": []}),
            "kiosk-1 is a kiosk and may not check tickets",
        ),
        (shapes.LANES, ok([{"code": "a"}, {"code": "b"}]), r"no lane main \(known: a, b\)"),
        (shapes.LANES, ok([]), r"no lane main \(known: -\)"),
    ],
)
async def test_gate_that_the_server_does_not_accept(
    server: FakeServer, path: str, reply: Reply, reason: str
) -> None:
    server.replies[path] = [reply]
    line = Line(server)
    with pytest.raises(ConfigInvalid, match=reason):
        await asyncio.wait_for(line.link.keep(), 5)
    await line.link.close()


async def test_server_is_looked_for_again_when_it_is_lost(server: FakeServer) -> None:
    tries: list[int] = []

    async def find() -> str:
        tries.append(len(tries))
        if len(tries) < 3:
            raise ServerAway(address="lan", reason="nobody") if len(tries) == 1 else OSError("off")
        return server.address

    async with Line(server, find) as line:
        await line.until_told(ServerBack())
        assert len(tries) == 3
        assert line.link.address == server.address
        server.is_away = True
        line.link.report(5, Passage.PASSED)
        await line.until_told(ServerLost(), 3)
        server.is_away = False
        await line.until(lambda: line.link.debt_count == 0)
        assert len(tries) > 3


async def test_ask_while_the_server_is_looked_for(server: FakeServer) -> None:
    async def find() -> str:
        await asyncio.sleep(30)
        raise AssertionError

    async with Line(server, find) as line:
        assert await line.link.ask("op-1", "CODE") == Unanswered("op-1", "CODE")
        assert line.link.address == ""


# --- shapes and codes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "theirs"),
    [
        (shapes.Scan, wire.Scan),
        (shapes.Passed, wire.Passed),
        (shapes.Decision, wire.Decision),
        (shapes.LaneRow, wire.Lane),
    ],
)
def test_shapes_are_those_of_the_plugin(
    own: type[msgspec.Struct], theirs: type[msgspec.Struct]
) -> None:
    """By name and type; what the server allows within a type is the server's."""
    assert plain_fields(own).items() <= plain_fields(theirs).items()


def plain_fields(shape: type[msgspec.Struct]) -> dict[str, object]:
    """Name -> type of each field, without limits."""
    return {
        one.name: getattr(one.type, "__origin__", one.type)
        if hasattr(one.type, "__metadata__")
        else one.type
        for one in msgspec.structs.fields(shape)
    }


def test_passages_are_the_words_of_the_plugin() -> None:
    assert {one.value for one in Passage} == set(OUTCOMES)


def test_first_look_without_keys_says_nothing() -> None:
    """Before the server was ever reached, no ticket may be called a foreign one."""
    assert find_fault("garbage", {}, TEXTS) is None
