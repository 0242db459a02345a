"""Fixtures for tests of the kernel: a bare venue with one imaginary plugin."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from blockbuster import BlockBuster

from tests.venue_suite.plugins import Jotter
from tests.workshop import Workshop
from venue_suite.testing import MovableClock, ServedVenue, make_venue


@pytest.fixture(autouse=True)
def own_logs() -> Iterator[None]:
    """A command that runs in this process sets up logs; the next test has its own again."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def bare_folder(engine: str, workshop: Workshop) -> Path:
    """A venue without plugins and without sample, with staff and stations; copy it."""
    return workshop.folder("bare", engine, partial(make_venue, clock=MovableClock(), plugins={}))


@pytest.fixture
def bare_copy(bare_folder: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    folder = tmp_path / "bare"
    folder.mkdir()
    for file in bare_folder.glob("venue.db*"):
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.fixture
async def bare(
    bare_copy: Path, clock: MovableClock, no_blocking: BlockBuster
) -> AsyncIterator[ServedVenue]:
    """The kernel and the imaginary plugin `jotter`, served on the loopback."""
    async with ServedVenue(bare_copy, clock, plugins={"jotter": Jotter()}) as venue:
        yield venue


@pytest.fixture
async def http(bare: ServedVenue) -> AsyncIterator[aiohttp.ClientSession]:
    """Plain HTTP to the bare venue: paths begin with /api/v1."""
    async with aiohttp.ClientSession(bare.address) as session:
        yield session
