"""Maintained tables at the console, against a real server: menu, list, search, form, refusals."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from rich.cells import cell_len
from textual.command import CommandPalette
from venue_terminal.screens.table_form import FormScreen
from venue_terminal.screens.tables import FORM, TABLES, TablesScreen
from venue_terminal.table_palette import TablesProvider

from tests.terminal_ui.desk_play import Play, PlayedConsole
from venue_suite.client import VenueClient
from venue_suite.resources.wire import AnyPage, AnyRecord
from venue_suite.testing import PIN, MovableClock, ServedVenue


@pytest.fixture
async def served(venue_folder: Path, clock: MovableClock) -> AsyncIterator[ServedVenue]:
    """The sample venue with its plugins, really served."""
    async with ServedVenue(venue_folder, clock) as venue:
        yield venue


@pytest.fixture
def boss(served: ServedVenue) -> VenueClient:
    return served.client("manager")


@contextlib.asynccontextmanager
async def at_console(
    venue: ServedVenue, folder: Path, role: str = "MANAGER", language: str = "en"
) -> AsyncIterator[Play]:
    """A console of the served venue, with the menu of tables in front."""

    async def connect() -> VenueClient:
        return VenueClient(venue.address)

    app = PlayedConsole(connect, language, station="", state_dir=folder)
    async with app.run_test(size=(80, 24)) as pilot:
        play = Play(app, pilot, cast(Any, venue))
        await play.until(lambda: app.venue_console.venue)
        await play.press_at_once(*f"T-{role}", "enter", *PIN, "enter")
        await play.until(lambda: app.venue_console.me)
        app.go(TABLES)
        await play.until(lambda: tables(play).cards)
        await play.settle()
        yield play


def tables(play: Play) -> TablesScreen:
    return cast(TablesScreen, play.app.place(TABLES))


def form(play: Play) -> FormScreen:
    return cast(FormScreen, play.app.place(FORM))


async def open_table(play: Play, number: str) -> None:
    await play.press(number, "enter")
    await play.until(lambda: tables(play).page.items)


async def type_in(play: Play, text: str) -> None:
    """Replace what stands in the line."""
    await play.press_at_once(*["backspace"] * len(play.app.screen.typed))  # type: ignore[attr-defined]
    await play.press_at_once(*text)
    await play.settle()


async def save(play: Play) -> None:
    await play.press("f10")
    await play.until(lambda: not play.app.screen.asked)  # type: ignore[attr-defined]
    await play.settle()


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_menu_and_list_stand_in_their_cells(
    served: ServedVenue, tmp_path: Path, language: str
) -> None:
    async with at_console(served, tmp_path, language=language) as play:
        assert ("票价" if language == "zh" else "Prices") in play.text()
        await open_table(play, "1")
        lines = play.lines()
        assert {cell_len(line) for line in lines} == {80}
        assert ("成人" if language == "zh" else "Adult") in play.text()
        assert ("5 条" if language == "zh" else "5 records") in lines[1]
        await play.press("enter")
        await play.until(lambda: form(play).entries)
        assert {cell_len(line) for line in play.lines()} == {80}
        assert "Adult" in play.text()
        assert play.lines()[19].startswith("┌")  # the line to type in is where it always is
        assert ">" in play.lines()[20]


async def test_search_pages_and_back(served: ServedVenue, tmp_path: Path) -> None:
    async with at_console(served, tmp_path) as play:
        await open_table(play, "1")
        await play.press(*"stud", "enter")
        await play.until(lambda: tables(play).page.total == 1)
        assert "Student" in play.text()
        assert "Adult" not in play.text()
        await play.press("escape")
        await play.until(lambda: tables(play).page.total == 5)
        await play.press("escape")
        assert "Maintained tables" in play.text()


async def test_a_new_record_is_refused_field_by_field_then_saved(
    served: ServedVenue, tmp_path: Path, boss: VenueClient
) -> None:
    async with at_console(served, tmp_path) as play:
        await open_table(play, "1")
        await play.press("plus")
        await play.until(lambda: form(play).entries)
        await type_in(play, "x")
        await play.press("down")
        await type_in(play, "Late")
        await save(play)
        assert "fields are refused" in play.text()
        assert "✕ This must be filled in." in play.text()
        assert form(play).entry.field.name == "code"  # type: ignore[union-attr]
        await type_in(play, "l")
        await play.press("enter")
        await type_in(play, "late")
        await save(play)
        assert "Saved." in play.text()
    page = await boss.get("/sales/ticket-types", AnyPage, search="Late")
    assert [one.values["key"] for one in page.items] == ["late"]


async def test_somebody_elses_change_is_shown_and_not_overwritten(
    served: ServedVenue, tmp_path: Path, boss: VenueClient
) -> None:
    async with at_console(served, tmp_path) as play:
        await open_table(play, "2")
        await play.press("enter")
        await play.until(lambda: form(play).record)
        record = form(play).record
        assert record is not None
        path = f"/sales/prices/{record.id}"
        body = {"version": record.version, "values": {"price_minor": 11100}}
        await boss.post(f"{path}/change", body, AnyRecord, operation_id="theirs")
        assert form(play).entry.field.name == "price_minor"  # type: ignore[union-attr]
        await type_in(play, "222")
        await save(play)
        assert "Somebody else changed this meanwhile" in play.text()
        assert "now: 111.00" in play.text()
        assert (await boss.get(path, AnyRecord)).values["price_minor"] == 11100
        await save(play)
        assert "Saved." in play.text()
        assert (await boss.get(path, AnyRecord)).values["price_minor"] == 22200


async def test_text_that_is_no_amount_is_told_at_its_field(
    served: ServedVenue, tmp_path: Path
) -> None:
    async with at_console(served, tmp_path) as play:
        await open_table(play, "2")
        await play.press("enter")
        await play.until(lambda: form(play).record)
        await type_in(play, "dear")
        await save(play)
        assert "This must be an amount such as 196.00." in play.text()


async def test_removal_is_confirmed_by_f10_and_refused_while_used(
    served: ServedVenue, tmp_path: Path
) -> None:
    async with at_console(served, tmp_path) as play:
        await open_table(play, "1")
        await play.press("enter")
        await play.until(lambda: form(play).record)
        await play.press("delete")
        assert "Remove Adult? F10 removes" in play.text()
        await save(play)
        assert "it is still used by prices" in play.text()


async def test_cashier_looks_but_changes_nothing(served: ServedVenue, tmp_path: Path) -> None:
    async with at_console(served, tmp_path, "CASHIER") as play:
        await open_table(play, "1")
        await play.press("plus")
        assert tables(play).page.items
        assert not form(play).entries
        await type_in(play, "")
        await play.press("enter")
        await play.until(lambda: form(play).record)
        assert all(entry.is_locked for entry in form(play).entries)
        assert "10Save" not in play.text()


async def test_the_palette_offers_tables_by_name_and_pinyin(
    served: ServedVenue, tmp_path: Path
) -> None:
    async with at_console(served, tmp_path, language="zh") as play:
        provider = TablesProvider(play.app.screen)
        await provider.startup()
        for words in ("票价", "pj"):
            assert "票价" in [hit.text async for hit in provider.search(words)]
        await play.pilot.press("ctrl+p")
        await play.until(lambda: isinstance(play.app.screen, CommandPalette))
        await play.pilot.press(*"tj")
        await play.settle(0.2)
        await play.pilot.press("escape")


async def test_leaving_with_changes_asks_once(served: ServedVenue, tmp_path: Path) -> None:
    async with at_console(served, tmp_path) as play:
        await open_table(play, "4")
        await play.press("enter")
        await play.until(lambda: form(play).record)
        await type_in(play, "New name")
        await play.press("enter", "escape")
        assert "Not saved yet" in play.text()
        await play.press("escape")
        assert play.app.screen is tables(play)
