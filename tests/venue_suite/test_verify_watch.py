"""The server looks after its data by itself, and says what it finds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.venue_suite.plugins import Jotter
from venue_suite.database import View, Work
from venue_suite.domain.facts import Fact
from venue_suite.hookspecs import Check
from venue_suite.settings import put_setting
from venue_suite.testing import MovableClock, ServedVenue
from venue_suite.verify.watch import Watch


class Asked:
    """Two checks that count how often they are asked; `broken` is what they find."""

    def __init__(self) -> None:
        self.full = 0
        self.recent = 0
        self.broken: list[str] = []

    def checks(self) -> list[Check]:
        def find(view: View) -> Iterator[str]:
            self.full += 1
            yield from self.broken

        def find_since(view: View, since: Any) -> Iterator[str]:
            self.recent += 1
            yield from self.broken

        return [Check("x.both", "both", find, find_since), Check("x.slow", "slow only", find)]


@pytest.fixture
def told(bare: ServedVenue) -> list[Fact]:
    facts: list[Fact] = []
    bare.server.database.on_commit(facts.extend)
    return facts


def context_of(venue: ServedVenue) -> Any:
    """All of the server that the watch uses."""
    return SimpleNamespace(database=venue.server.database)


async def test_start_looks_at_what_is_new_and_the_night_at_all(
    bare: ServedVenue, clock: MovableClock, told: list[Fact]
) -> None:
    asked = Asked()
    watch = Watch(asked.checks, 0)
    context = context_of(bare)
    for _ in range(3):
        await watch.run(context)
    assert (asked.recent, asked.full) == (1, 0)
    clock.advance(14 * 3600)  # 04:05 in Shanghai, where the business day ends at 4
    for _ in range(3):
        await watch.run(context)
        clock.advance(900)
    assert (asked.recent, asked.full) == (1, 2)
    clock.advance(24 * 3600 - 2700)
    await watch.run(context)
    assert (asked.recent, asked.full) == (1, 4)
    verified = [fact.data for fact in told if fact.kind == "database.verified"]
    assert verified == [{"scope": "full", "checks": 2, "broken": []}] * 2


async def test_what_is_found_is_logged_and_told(
    bare: ServedVenue, told: list[Fact], caplog: pytest.LogCaptureFixture
) -> None:
    asked = Asked()
    asked.broken = ["the shop is open on Sunday"]
    await Watch(asked.checks, 0).run(context_of(bare))
    assert "x.both does not hold: the shop is open on Sunday" in caplog.text
    (fact,) = [fact for fact in told if fact.kind == "database.verified"]
    assert fact.data == {"scope": "recent", "checks": 1, "broken": ["x.both"]}


async def test_first_sales_come_first(bare: ServedVenue) -> None:
    asked = Asked()
    watch = asyncio.create_task(Watch(asked.checks, 30).run(context_of(bare)))
    await asyncio.sleep(0.05)
    watch.cancel()
    assert asked.recent == 0


async def test_server_has_the_watch_with_the_checks_of_its_plugins(bare: ServedVenue) -> None:
    names = [check.name for check in bare.server.checks()]
    assert {"database.pages", "ledger.holds", "jotter.whole"} <= set(names)

    def break_it(work: Work) -> None:
        put_setting(work, "broken", 1)

    await bare.server.database.write(break_it)
    (check,) = Jotter().venue_register_checks()
    assert await bare.server.database.read(lambda view: list(check.find(view))) == [
        "a broken check"
    ]
