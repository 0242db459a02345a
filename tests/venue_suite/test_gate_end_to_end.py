"""From the code before the scanner to the relay of the turnstile, with a real server between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.venue_suite.gate_world import World, make_world, switched_off_at_end


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    with switched_off_at_end(await make_world(tmp_path / "venue")) as one:
        yield one


async def test_valid_ticket_opens_the_gate_once(world: World) -> None:
    async with world.controller():
        ready = await world.told.wait("ready")
        assert ready["lane"] == "main"
        told = await world.scan(world.codes[0])
        print(told)
        assert (told["result"], told["code"]) == ("allowed", "")
        passage = await world.told.wait("passage")
        print(world.told.events, world.turnstile.turnstile.release_count)
