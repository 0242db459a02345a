"""The staff screen and the approval dialog at a real server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest
from venue_terminal.app import ConsoleApp
from venue_terminal.plugins import Plugins
from venue_terminal.screens.staff import STAFF

from tests.terminal_ui.desk_play import Play, played
from venue_suite.identity import wire
from venue_suite.identity.second_factor import code_at, step_at
from venue_suite.testing import PIN, MovableClock, ServedVenue, make_venue
from venue_suite.wire import Me


@dataclass
class Real:
    """What a play asks of a venue."""

    served: ServedVenue

    @property
    def address(self) -> str:
        return self.served.address

    @property
    def now(self) -> datetime:
        return self.served.clock.now()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[ServedVenue]:
    folder, clock = tmp_path / "venue", MovableClock()
    await asyncio.to_thread(make_venue, folder, clock, {})
    async with ServedVenue(folder, clock, plugins={}) as venue:
        yield venue


@contextlib.asynccontextmanager
async def at_staff(
    served: ServedVenue, state: Path, code: str = "T-MANAGER", language: str = "en"
) -> AsyncIterator[Play]:
    """A console whose staff screen is open."""
    real = cast(Any, Real(served))
    async with played(real, state, signed_in=False, language=language) as play:
        await play.press(*code, "enter", *PIN, "enter")
        await play.until(lambda: cast(ConsoleApp, play.app).venue_console.me)
        play.app.go(STAFF)
        await play.until(lambda: "T-USHER" in play.text())
        yield play


async def account(served: ServedVenue, code: str) -> wire.StaffAccount:
    return await served.client("manager").get(f"/staff/{code}", wire.StaffAccount)


async def test_somebody_is_added_changed_and_switched_off(
    served: ServedVenue, tmp_path: Path
) -> None:
    async with at_staff(served, tmp_path) as play:
        await play.press("a", *"n1", "enter", *"Lin", "space", *"Xiaoman", "enter")
        assert "Senior cashier" in play.text()
        await play.press("9", "9", "enter")
        assert "Type the number of a role." in play.text()
        await play.press("3", "enter", *"801246")
        assert "801246" not in play.text()
        await play.press("enter")
        assert "N1 was added." in play.text()
        await play.until(lambda: "Lin Xiaoman" in play.text())
        assert (await account(served, "N1")).role == "cashier"
        client = served.client()
        await client.sign_in("N1", "801246")
        # The new one is chosen; another role, and gone.
        await play.press("r", "4", "enter")
        assert "N1 was changed." in play.text()
        assert (await account(served, "N1")).role == "usher"
        await play.press("e", "enter")
        assert "1 session ended." in play.text()
        await play.press("p", *"111111", "enter")
        assert "its digits are all the same" in play.text()
        await play.press("p", *"975310", "enter")
        assert "N1 has a new PIN." in play.text()
        await client.sign_in("N1", "975310")
        await play.press("s", "escape")
        assert (await account(served, "N1")).active
        await play.press("s", "enter")
        assert "N1 is switched off." in play.text()
        assert not (await account(served, "N1")).active
        await play.press("s", "enter")
        assert (await account(served, "N1")).active


async def test_last_administrator_is_told_at_the_screen(
    served: ServedVenue, tmp_path: Path
) -> None:
    async with at_staff(served, tmp_path) as play:
        await play.press("slash", *"manager", "enter")
        assert "T-USHER" not in play.text()
        await play.press("s", "enter")
        assert "the last one who may manage staff" in play.text()


async def test_people_are_chosen_and_found(served: ServedVenue, tmp_path: Path) -> None:
    async with at_staff(served, tmp_path) as play:
        assert "┌─ T-CASHIER" in play.text()
        await play.press("down")
        assert "┌─ T-MANAGER" in play.text()
        await play.press("up", "up")
        assert "┌─ T-USHER" in play.text()
        await play.press("slash", *"nobody", "enter")
        assert "┌─ Nobody" in play.text()
        await play.press("escape")
        assert "T-CASHIER" in play.text()


@pytest.mark.parametrize(
    ("language", "title", "told"),
    [("en", "A second person approves", "T-USHER"), ("zh", "由另一人批准", "T-USHER")],
)
async def test_office_without_the_right_asks_a_manager(
    served: ServedVenue, tmp_path: Path, language: str, title: str, told: str
) -> None:
    """Who may only look changes something with a manager's word, once."""
    manager = served.client("manager")
    body = {"permission": "staff.view", "allowed": True}
    path = "/roles/cashier/grants"
    await manager.post(path, body, wire.RoleLine, operation_id="g")
    async with at_staff(served, tmp_path, "T-CASHIER", language) as play:
        await play.press("down", "down", "s", "enter")
        assert title in play.text()
        await play.press(*"T-MANAGER", "enter", *PIN, "enter")
        await play.until(lambda: title not in play.text())
        await play.until(lambda: told in play.text())
        assert not (await account(served, "T-USHER")).active
        await play.press("s", "enter")
        assert title in play.text()
        await play.press("escape")
        assert not (await account(served, "T-USHER")).active


async def test_sign_in_asks_for_the_code_where_the_venue_wants_it(
    served: ServedVenue, tmp_path: Path
) -> None:
    manager = served.client("manager")
    proof = {"secret": PIN}
    begun = await manager.post(
        "/me/second-factor/begin", proof, wire.FactorSecret, operation_id="-"
    )

    def code(ahead: int = 0) -> str:
        return code_at(begun.secret, step_at(served.clock.now()) + ahead)

    await manager.post(
        "/me/second-factor/confirm", {"code": code()}, wire.RecoveryCodes, operation_id="-"
    )
    rules = {"station_factor_roles": ["manager"]}
    await manager.post("/staff/rules", rules, object, operation_id="rules")
    real = cast(Any, Real(served))
    async with played(real, tmp_path, signed_in=False) as play:
        await play.press(*"T-MANAGER", "enter", *PIN, "enter")
        assert "Now the code of your authenticator app." in play.text()
        await play.press(*"000000", "enter")
        assert "This code is not right" in play.text()
        await play.press(*code(1), "enter")
        await play.until(lambda: play.app.venue_console.me)
        assert cast(Me, play.app.venue_console.me).code == "T-MANAGER"


def test_staff_screen_is_in_the_palette_only() -> None:
    app = ConsoleApp(cast(Any, None), "en", state_dir=Path("nowhere"), plugins=Plugins())
    (place,) = [one for one in app.venue_console.screens if one.name == STAFF]
    assert (place.key, place.permission, place.listed) == (0, "staff.view", True)
