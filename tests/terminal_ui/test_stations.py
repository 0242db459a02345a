"""The stations screen against a real server over TLS: pair, reject, invite, revoke, by keys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from rich.cells import cell_len
from zxingcpp import read_barcode

from tests.terminal_ui.desk_play import Play, PlayedConsole
from tests.terminal_ui.fake_venue import FakeVenue
from tests.venue_suite.trust_world import SecureVenue, secure_venue
from venue_suite.client import VenueClient
from venue_suite.testing import PIN, MovableClock, make_venue
from venue_suite.trust.credentials import Credentials
from venue_suite.trust.invitations import read_invitation
from venue_suite.trust.pairing_client import PairingRefused, pair_by_code, pair_by_invitation
from venue_suite.wire import Me


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bare venue."""
    make_venue(tmp_path / "venue", MovableClock(), {})
    return tmp_path / "venue"


@dataclass
class Desk:
    """A manager's console at a venue."""

    play: Play
    secure: SecureVenue

    def ask_to_pair(self, name: str) -> tuple[asyncio.Task[Credentials], asyncio.Future[str]]:
        """A new station asks; returns its pairing and the code that it shows."""
        shown: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        place = self.secure.stations / name / "station"
        pairing = pair_by_code(self.secure.address, name, "kiosk", place, shown.set_result)
        return asyncio.create_task(pairing), shown

    async def type(self, text: str) -> None:
        """Type a text and Enter."""
        await self.play.press(*text, "enter")


@asynccontextmanager
async def open_desk(folder: Path, tmp_path: Path, language: str = "en") -> AsyncIterator[Desk]:
    """A console at window-1, a manager signed in, the stations screen in front."""
    async with secure_venue(folder, tmp_path / "stations", MovableClock()) as secure:
        await secure.enrol("window-1", "console")

        async def connect() -> VenueClient:
            return await secure.station("window-1")

        app = PlayedConsole(connect, language, station="window-1", state_dir=tmp_path / "state")
        async with app.run_test(size=(80, 24)) as pilot:
            play = Play(app, pilot, FakeVenue())
            await play.until(lambda: app.venue_console.venue)
            await play.press_at_once(*"t-manager", "enter", *PIN, "enter")
            await play.until(lambda: app.venue_console.link.next_seq)
            app.go("venue.stations")
            await play.until(lambda: "window-1" in play.text())
            yield Desk(play, secure)


async def test_station_is_confirmed_by_the_code_that_it_shows(folder: Path, tmp_path: Path) -> None:
    async with open_desk(folder, tmp_path) as desk:
        pairing, shown = desk.ask_to_pair("kiosk-2")
        code = await asyncio.wait_for(shown, 5)
        await desk.play.until(lambda: f"{code[:3]} {code[3:]}" in desk.play.text())
        wrong = f"{(int(code) + 1) % 10**6:06}"
        await desk.type(wrong)
        assert "No station that waits has this code" in desk.play.text()
        await desk.type(code)
        known = await asyncio.wait_for(pairing, 5)
        assert known.about.name == "kiosk-2"
        await desk.play.until(lambda: "kiosk-2 is a station" in desk.play.text())
        await desk.play.until(lambda: "Nobody waits" in desk.play.text())
        me = await (await desk.secure.station("kiosk-2")).get("/me", Me)
        assert me.code == "kiosk-2"


async def test_station_is_rejected_and_another_one_revoked(folder: Path, tmp_path: Path) -> None:
    async with open_desk(folder, tmp_path) as desk:
        pairing, shown = desk.ask_to_pair("kiosk-2")
        await asyncio.wait_for(shown, 5)
        await desk.play.until(lambda: "kiosk-2" in desk.play.text())
        await desk.play.press("x")
        with pytest.raises(PairingRefused):
            await asyncio.wait_for(pairing, 5)
        await desk.play.until(lambda: "kiosk-2 was rejected" in desk.play.text())
        await desk.play.until(lambda: "Nobody waits" in desk.play.text())
        while "▶" not in next(line for line in desk.play.lines() if "kiosk-1" in line):
            await desk.play.press("down")
        await desk.play.press("v")
        assert "10Revoke" in desk.play.lines()[-1]
        await desk.play.press("enter")  # a habit of Enter ends nothing
        assert "10Revoke" not in desk.play.lines()[-1]
        await desk.play.press("v", "f10")
        await desk.play.until(lambda: "✕ revoked" in desk.play.text())


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_invitation_is_read_from_the_terminal(
    folder: Path, tmp_path: Path, language: str
) -> None:
    async with open_desk(folder, tmp_path, language) as desk:
        await desk.play.press("i")
        await desk.type("kiosk-3 kiosk")
        await desk.play.until(lambda: "VSP1" in desk.play.text())
        assert all(cell_len(line) == 80 for line in desk.play.lines())
        text = _read_code(desk.play)
        invitation = read_invitation(text)
        assert invitation.name == "kiosk-3"
        station = tmp_path / "stations" / "kiosk-3" / "station"
        await pair_by_invitation(invitation, station, desk.secure.clock.seams)
        assert (await (await desk.secure.station("kiosk-3")).get("/me", Me)).code == "kiosk-3"
        await desk.play.press("escape")
        await desk.play.until(lambda: "kiosk-3" in desk.play.text())


def _read_code(play: Play) -> str:
    """What a library that did not make it reads from the code on the screen."""
    blocks = {"█": (0, 0), "▀": (0, 255), "▄": (255, 0), " ": (255, 255)}
    lines = [line[:45] for line in play.lines()[1:23]]
    picture = Image.new("L", (45, 2 * len(lines)), 255)
    for row, line in enumerate(lines):
        for column, character in enumerate(line):
            for half, shade in enumerate(blocks.get(character, (255, 255))):
                picture.putpixel((column, 2 * row + half), shade)
    size = (picture.width * 6, picture.height * 6)
    found = read_barcode(picture.resize(size, Image.Resampling.NEAREST))
    assert found is not None, play.text()
    return found.text
