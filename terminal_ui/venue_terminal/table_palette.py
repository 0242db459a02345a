"""Ctrl+P offers every maintained table by its name, too."""

from __future__ import annotations

from typing import Protocol, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from venue_suite.domain.errors import VenueError
from venue_suite.resources.wire import ResourceCard
from venue_suite.texts import N_
from venue_terminal.console import Console
from venue_terminal.declarations import ScreenDeclaration
from venue_terminal.pinyin import initials
from venue_terminal.screens.place import PlaceScreen
from venue_terminal.screens.table_form import FormScreen
from venue_terminal.screens.tables import FORM, TABLES, TablesScreen


class TablesApp(Protocol):
    """The app whose tables are offered."""

    venue_console: Console

    def go(self, name: str) -> None:
        """Bring a place to the front."""

    def place(self, name: str) -> PlaceScreen:
        """The screen of a place, made if it was never opened."""


class TablesProvider(Provider):
    """Offers the tables that whoever is signed in may look into."""

    _cards: list[ResourceCard]

    async def startup(self) -> None:
        self._cards = []
        try:
            self._cards = await self._app.venue_console.client.get("/resources", list[ResourceCard])
        except VenueError:
            return  # the palette still offers the places

    @property
    def _app(self) -> TablesApp:
        return cast(TablesApp, self.app)

    def _open(self, card: ResourceCard) -> None:
        screen = self._app.place(TABLES)
        self._app.go(TABLES)
        if isinstance(screen, TablesScreen):
            screen.open(card)

    async def discover(self) -> Hits:
        for card in self._cards:
            text = self._app.venue_console.name(card.label)
            yield DiscoveryHit(text, lambda card=card: self._open(card), text=text)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for card in self._cards:
            text = self._app.venue_console.name(card.label)
            score = matcher.match(text)
            if not score and query.casefold() in initials(card.label.get("zh", "")):
                score = 0.5
            if score:
                yield Hit(
                    score, matcher.highlight(text), lambda card=card: self._open(card), text=text
                )


def table_places(console: Console) -> list[ScreenDeclaration]:
    """The two places in which all tables are maintained."""
    return [
        ScreenDeclaration(
            name=TABLES,
            title=N_("Maintained tables: ticket types, prices, halls ..."),
            label=N_("Tables"),
            key=0,
            permission="",
            make=lambda: TablesScreen(console, TABLES),
            codes=("mt", "tables"),
        ),
        ScreenDeclaration(
            name=FORM,
            title=N_("A record of a table"),
            label=N_("Tables"),
            key=0,
            permission="",
            make=lambda: FormScreen(console, FORM),
            listed=False,
        ),
    ]
