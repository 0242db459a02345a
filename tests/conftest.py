"""What all tests share: a database, a sample venue that is made once, and a served copy."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest
from blockbuster import BlockBuster, blockbuster_ctx

from tests.workshop import Workshop
from venue_suite.client import VenueClient
from venue_suite.database import Database
from venue_suite.database.migrations import KERNEL_MIGRATIONS
from venue_suite.testing import MovableClock, ServedVenue, make_venue, place_in

# Where tests that use a database run on both engines; elsewhere SQLite is enough.
URL_NAME = "TEST_VENUE_POSTGRESQL"  # see venue_suite.testing.place_in
BOTH_ENGINES = ("tests/venue_suite/", "tests/plugins/", "tests/faults/")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=["sqlite", "postgresql"], help="run on one engine only")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before anything is made for a test: only those that ask for PostgreSQL get it."""
    wanted = getattr(item, "callspec", None) and item.callspec.params.get("engine")  # type: ignore[attr-defined]
    if wanted != "postgresql":
        os.environ.pop(URL_NAME, None)
    elif url := Workshop.postgresql_url:
        os.environ[URL_NAME] = url


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" not in metafunc.fixturenames:
        return
    markers = {marker.name for marker in metafunc.definition.iter_markers()}
    if "postgresql" in markers:
        engines = ["postgresql"]
    elif "sqlite" in markers or not metafunc.definition.nodeid.startswith(BOTH_ENGINES):
        engines = ["sqlite"]
    else:
        engines = ["sqlite", "postgresql"]
    only = metafunc.config.getoption("--engine")
    engines = [engine for engine in engines if only in (None, engine)]
    metafunc.parametrize("engine", engines, indirect=True, scope="session")


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    shop = Workshop(tmp_path_factory)
    yield shop
    shop.close()


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, workshop: Workshop) -> Iterator[str]:
    """The engine that databases are made on: sqlite, postgresql. `place_in(folder)` knows it."""
    name: str = request.param
    if name == "sqlite":
        yield name
        return
    os.environ[URL_NAME] = workshop.start_postgresql()
    yield name


@pytest.fixture
def clock() -> MovableClock:
    """Saturday afternoon at the sample venue; `clock.advance(seconds)` moves it."""
    return MovableClock()


@pytest.fixture
def database(engine: str, tmp_path: Path, clock: MovableClock) -> Iterator[Database]:
    """An open database with the kernel's tables only."""
    database = Database(place_in(tmp_path), seams=clock.seams)
    database.open(KERNEL_MIGRATIONS)
    yield database
    database.close()


@pytest.fixture
def no_blocking() -> Iterator[BlockBuster]:
    """Whatever of the suite blocks an event loop fails."""
    with blockbuster_ctx(["venue_suite", "venue_plugins"]) as blockbuster:
        for function in blockbuster.functions.values():  # the test's own set-up, not the suite's
            function.can_block_in("venue_suite/testing.py", {"place_in"})
        yield blockbuster


@pytest.fixture(scope="session")
def sample_folder(engine: str, workshop: Workshop) -> Path:
    """The data of a sample venue with staff and stations, made once. Copy it; never write to it."""
    return workshop.folder("sample", engine, partial(make_venue, clock=MovableClock(), sample=True))


@pytest.fixture
def venue_folder(sample_folder: Path, tmp_path: Path) -> Path:
    """A copy of the sample venue's data for one test."""
    folder = tmp_path / "venue-data"
    shutil.copytree(sample_folder, folder)
    return folder


@pytest.fixture
async def venue(
    venue_folder: Path, clock: MovableClock, no_blocking: BlockBuster
) -> AsyncIterator[ServedVenue]:
    """The sample venue with the installed plugins, served in this process on the loopback."""
    async with ServedVenue(venue_folder, clock) as venue:
        yield venue


@pytest.fixture
def kiosk(venue: ServedVenue) -> VenueClient:
    return venue.client("kiosk")


@pytest.fixture
def console(venue: ServedVenue) -> VenueClient:
    return venue.client("console")


@pytest.fixture
def gate(venue: ServedVenue) -> VenueClient:
    return venue.client("gate")


@pytest.fixture
def manager(venue: ServedVenue) -> VenueClient:
    return venue.client("manager")


@pytest.fixture
def cashier(venue: ServedVenue) -> VenueClient:
    return venue.client("cashier")


@pytest.fixture
def usher(venue: ServedVenue) -> VenueClient:
    return venue.client("usher")
