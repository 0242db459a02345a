"""Imaginary plugins, good and bad, for tests of the kernel."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from aiohttp import web

from tests.venue_suite.jotter import jot, jot_then_refuse, put_number, times_of
from venue_suite.database import View, Work
from venue_suite.domain.facts import FactKind
from venue_suite.domain.rights import EntryRight
from venue_suite.hookspecs import Check, Job, PluginInfo, SampleWish, VenueHooks, hookimpl
from venue_suite.identity.permissions import OPEN, SIGNED_IN, Permission
from venue_suite.routing import Call, Query, Route

SOME_TIME = datetime(2026, 11, 28, 12, tzinfo=UTC)


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: str = ""


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    count: int = 1
    lines: list[Line] = []


class Number(msgspec.Struct, frozen=True):
    number: int


class Name(Query, frozen=True):
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Limit(Query, frozen=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=50, description="how many")] = 7


async def post_jot(call: Call) -> msgspec.Raw:
    wish = await call.body(Wish)
    return await call.write(jot, wish.name, wish.count)


async def post_blind(call: Call) -> msgspec.Raw:
    """A handler that never looks at its body."""
    return await call.write(jot, "blind")


async def post_number(call: Call) -> msgspec.Raw:
    return await call.write(put_number, (await call.body(Number)).number)


async def post_free(call: Call) -> dict[str, int]:
    """A handler that takes any JSON object."""
    return {"keys": len(await call.body(dict))}


async def post_refused(call: Call) -> msgspec.Raw:
    return await call.write(jot_then_refuse, "jot")


async def get_times(call: Call) -> dict[str, int]:
    return {"times": await call.read(times_of, call.asked(Name).name)}


async def get_number(call: Call) -> dict[str, int]:
    return {"number": call.number("number"), "limit": call.asked(Limit).limit}


async def get_crash(call: Call) -> None:
    raise ValueError("a secret of the plugin")


async def get_strange(call: Call) -> object:
    return object()


async def get_http(call: Call) -> web.Response:
    raise web.HTTPConflict(text="a plugin's own HTTP error")


async def get_slow(call: Call) -> dict[str, str]:
    await asyncio.sleep(0.4)
    return {"slow": "done"}


class Jotter(VenueHooks):
    """A good plugin that uses every hook."""

    def __init__(self, migrations: Path | None = None) -> None:
        self.migrations = migrations
        self.runs = 0

    @hookimpl
    def venue_describe(self) -> PluginInfo:
        return PluginInfo("jotter", "Writes things down", "1.0")

    @hookimpl
    def venue_register_permissions(self) -> Sequence[Permission]:
        return [
            Permission("jotter.jot", "write down", ("cashier", "kiosk")),
            Permission("jotter.crash", "crash", ()),
            Permission("jotter.hear", "hear", ("kiosk", "console", "gate", "cashier", "usher")),
        ]

    @hookimpl
    def venue_register_facts(self) -> Sequence[FactKind]:
        return [
            FactKind("jotter.", "something was written down", "jotter.hear"),
            FactKind("jotter.secret", "something that few may know", "jotter.crash"),
            FactKind("jotter.own", "something at a station", "jotter.crash", "jotter.jot"),
        ]

    @hookimpl
    def venue_register_routes(self) -> Sequence[Route]:
        return [
            Route("POST", "/jotter/jots", post_jot, "jotter.jot", body=Wish),
            Route("POST", "/jotter/blind", post_blind, "jotter.jot", body=Any),
            Route("POST", "/jotter/numbers", post_number, OPEN, body=Number),
            Route("POST", "/jotter/free", post_free, OPEN, body=dict, keyed=False),
            Route("POST", "/jotter/refused", post_refused, SIGNED_IN),
            Route("GET", "/jotter/times", get_times, OPEN, query=Name),
            Route("GET", "/jotter/numbers/{number}", get_number, OPEN, query=Limit),
            Route("GET", "/jotter/crash", get_crash, "jotter.crash"),
            Route("GET", "/jotter/strange", get_strange, OPEN),
            Route("GET", "/jotter/http", get_http, OPEN),
            Route("GET", "/jotter/slow", get_slow, OPEN),
        ]

    @hookimpl
    def venue_register_jobs(self) -> Sequence[Job]:
        async def run(_: Any) -> None:
            self.runs += 1

        return [Job("tick", 0.01, run)]

    @hookimpl
    def venue_register_checks(self) -> Sequence[Check]:
        def find(view: View) -> list[str]:
            return ["a broken check"] if times_of(view, "broken") else []

        return [Check("jotter.whole", "nothing is broken", find)]

    @hookimpl
    def venue_resolve_medium(self, view: View, code: str) -> EntryRight | None:
        return right("jotter/1") if code == "JOT" else None

    @hookimpl
    def venue_resolve_entries(self, view: View, right_ids: Sequence[str]) -> dict[str, datetime]:
        return {one: SOME_TIME for one in right_ids if one.startswith("jotter/")}

    @hookimpl
    def venue_fill_sample(self, work: Work, wish: SampleWish) -> None:
        jot(work, f"sample-{wish.start_day}-{wish.chance.randint(1, 9)}")


def right(right_id: str) -> EntryRight:
    return EntryRight(right_id, 0, SOME_TIME, SOME_TIME)


class Named(VenueHooks):
    """A plugin that only says who it is; base of the bad ones.

    Args:
        name: what it says it is called.
    """

    def __init__(self, name: str = "named") -> None:
        self._name = name

    @hookimpl
    def venue_describe(self) -> PluginInfo:
        return PluginInfo(self._name, "For tests", "1.0")
