"""A bare venue with the imaginary plugin `things`."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from blockbuster import BlockBuster

from tests.venue_suite.resources.things import Things
from tests.workshop import Workshop
from venue_suite.client import ServerRefused, VenueClient
from venue_suite.resources.wire import AnyRecord
from venue_suite.testing import MovableClock, ServedVenue, make_venue

Make = Callable[..., Awaitable[AnyRecord]]
PATH = "/things/odd-things"


@pytest.fixture(scope="session")
def things_folder(engine: str, workshop: Workshop) -> Path:
    make = partial(make_venue, clock=MovableClock(), plugins={"things": Things()})
    return workshop.folder("things", engine, make)


@pytest.fixture
async def venue(
    things_folder: Path, tmp_path: Path, clock: MovableClock, no_blocking: BlockBuster
) -> AsyncIterator[ServedVenue]:
    folder = tmp_path / "things"
    shutil.copytree(things_folder, folder)
    async with ServedVenue(folder, clock, plugins={"things": Things()}) as venue:
        yield venue


@pytest.fixture
def make(manager: VenueClient) -> Make:
    """Make a thing, with what is given."""

    async def make(**values: Any) -> AnyRecord:
        operation_id = manager.make_operation_id()
        return await manager.post(PATH, {"values": values}, AnyRecord, operation_id=operation_id)

    return make


async def refused(call: Awaitable[Any]) -> ServerRefused:
    """The refusal that a call ends with."""
    with pytest.raises(ServerRefused) as caught:
        await call
    return caught.value
