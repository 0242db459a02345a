"""The console's plugins: what they can add, and that a broken one is named and left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.command import CommandPalette
from venue_terminal.canvas import Canvas
from venue_terminal.console import Console
from venue_terminal.hookspecs import (
    BoardDeclaration,
    Note,
    ScreenDeclaration,
    TerminalHooks,
    hookimpl,
)
from venue_terminal.journal import Journal
from venue_terminal.palette import PlacesProvider
from venue_terminal.plugins import Plugins
from venue_terminal.screens.base import ConsoleScreen

from tests.terminal_ui.desk_play import Play, PlayedConsole, played
from tests.terminal_ui.fake_gates import make_report
from tests.terminal_ui.fake_venue import FakeVenue
from venue_suite.client import VenueClient
from venue_suite.domain.facts import Fact
from venue_suite.texts import Texts


class Figures:
    """A board that counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def ask(self) -> int:
        return self.asked + 1

    def take(self, answer: int) -> None:
        self.asked = answer

    def hear(self, fact: Fact) -> bool:
        return fact.kind == "good.happened"

    def draw(self, canvas: Canvas) -> None:
        canvas.frame("Figures")
        canvas.put(1, 2, f"asked {self.asked}")


class Good(TerminalHooks):
    @hookimpl
    def terminal_register_texts(self) -> Sequence[str]:
        return ["venue_plugins.reports"]

    @hookimpl
    def terminal_register_screens(self, console: Console) -> Sequence[ScreenDeclaration]:
        return [
            ScreenDeclaration(
                name="good.place",
                title="A good place",
                label="Good",
                key=7,
                permission="sales.sell",
                make=lambda: ConsoleScreen(console, "good.place"),
            )
        ]

    @hookimpl
    def terminal_register_boards(self, console: Console) -> Sequence[BoardDeclaration]:
        return [
            BoardDeclaration(
                name="good.second", order=2, wide=True, rows=4, permission="x.y", make=Figures
            ),
            BoardDeclaration(
                name="good.first", order=1, wide=True, rows=4, permission="", make=Figures
            ),
        ]

    @hookimpl
    def terminal_resolve_fact(self, console: Console, fact: Fact) -> Note | None:
        return Note(f"good {fact.subject}") if fact.kind == "good.happened" else None


class Broken(TerminalHooks):
    @hookimpl
    def terminal_register_screens(self, console: Console) -> Sequence[ScreenDeclaration]:
        raise RuntimeError("no screens today")

    @hookimpl
    def terminal_resolve_fact(self, console: Console, fact: Fact) -> Note | None:
        raise RuntimeError("no words today")


def make_console(plugins: Plugins, folder: Path) -> Console:
    return Console(
        plugins=plugins,
        texts=Texts.load("venue_terminal"),
        language="en",
        station="Window 2",
        journal=Journal(folder),
    )


@pytest.fixture
def plugins() -> Plugins:
    found = Plugins()
    found.register("broken", Broken())
    found.register("good", Good())
    return found


def test_hook_terminal_register_screens(plugins: Plugins, tmp_path: Path) -> None:
    console = make_console(plugins, tmp_path)
    assert [screen.name for screen in console.screens] == ["good.place"]
    assert plugins.failed == {"broken": "RuntimeError: no screens today"}


def test_hook_terminal_register_texts(plugins: Plugins) -> None:
    assert plugins.register_texts() == ["venue_plugins.reports"]


def test_hook_terminal_register_boards(plugins: Plugins, tmp_path: Path) -> None:
    console = make_console(plugins, tmp_path)
    assert [board.name for board in plugins.register_boards(console)] == [
        "good.first",
        "good.second",
    ]


async def test_boards_show_what_is_allowed_and_follow_the_feed(
    venue: FakeVenue, tmp_path: Path
) -> None:
    plugins = Plugins()
    plugins.register("good", Good())

    async def connect() -> VenueClient:
        return VenueClient(venue.address)

    app = PlayedConsole(connect, "en", state_dir=tmp_path, plugins=plugins)
    async with app.run_test(size=(80, 24)) as pilot:
        play = Play(app, pilot, venue)
        await play.until(lambda: app.venue_console.venue)
        await play.press_at_once("C", "0", "7", "enter", "4", "7", "1", "1", "enter")
        await play.until(lambda: app.venue_console.me)
        await play.press("f9")
        assert play.text().count("Figures") == 1
        assert "asked 1" in play.text()
        venue.tell("good.happened", "thing/1")
        await play.until(lambda: "asked 2" in play.text())
        assert "good thing/1" in play.text()


def test_hook_terminal_resolve_fact(plugins: Plugins, tmp_path: Path) -> None:
    console = make_console(plugins, tmp_path)
    note = plugins.resolve_fact(console, Fact("good.happened", "thing/1"))
    assert note == Note("good thing/1")
    assert plugins.resolve_fact(console, Fact("other.happened", "thing/1")) is None


def test_a_plugin_that_fails_later_is_left_out_then(tmp_path: Path) -> None:
    plugins = Plugins()

    class Later(Broken):
        @hookimpl
        def terminal_register_screens(self, console: Console) -> Sequence[ScreenDeclaration]:
            return []

    plugins.register("later", Later())
    console = make_console(plugins, tmp_path)
    assert not plugins.failed
    assert plugins.resolve_fact(console, Fact("x.y", "")) is None
    assert plugins.failed == {"later": "RuntimeError: no words today"}


def test_the_bundled_plugins_load() -> None:
    plugins = Plugins()
    plugins.load_entry_points()
    assert plugins.failed == {}
    assert set(plugins.register_texts()) == {
        "venue_plugins.sales.terminal",
        "venue_plugins.sales",
        "venue_plugins.admission",
        "venue_plugins.reports",
    }


async def test_the_palette_opens_a_place_by_its_name(venue: FakeVenue, tmp_path: Path) -> None:
    venue.answers["/reports/day"] = lambda query: make_report(query["day"])
    async with played(venue, tmp_path) as play:
        await play.pilot.press("ctrl+p")
        await play.until(lambda: isinstance(play.app.screen, CommandPalette))
        await play.pilot.press(*"day")
        await play.settle(0.4)
        await play.pilot.press("enter")
        await play.until(lambda: "The day's sales" in play.text())


async def test_the_palette_knows_pinyin_initials_and_codes(
    venue: FakeVenue, tmp_path: Path
) -> None:
    async with played(venue, tmp_path, language="zh") as play:
        provider = PlacesProvider(play.app.screen)
        for query, title in (("jp", "检票  F5"), ("zwt", "座位图  F4"), ("dr", "日报表  F9")):
            hits = [hit.text async for hit in provider.search(query)]
            assert title in hits


async def test_a_broken_plugin_is_named_on_the_screen(venue: FakeVenue, tmp_path: Path) -> None:
    plugins = Plugins()
    plugins.register("broken", Broken())
    plugins.register("good", Good())

    async def connect() -> VenueClient:
        return VenueClient(venue.address)

    app = PlayedConsole(connect, "en", state_dir=tmp_path, plugins=plugins)
    async with app.run_test(size=(80, 24)) as pilot:
        play = Play(app, pilot, venue)
        await play.until(lambda: app.venue_console.venue)
        await play.press_at_once("C", "0", "7", "enter", "4", "7", "1", "1", "enter")
        await play.until(lambda: app.venue_console.me)
        await play.settle(0.1)
        screen = app.screen
        assert isinstance(screen, ConsoleScreen)
        assert screen.place == "good.place"
        assert screen.answer.text == "The plugin broken failed and is left out."
        assert "7Good" in play.text()
