"""Ctrl+P: every place by its name, its short code or the initials of its Chinese name."""

from __future__ import annotations

from typing import Protocol, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from venue_terminal.console import Console
from venue_terminal.pinyin import initials


class PaletteApp(Protocol):
    """The app whose places are offered."""

    venue_console: Console

    def go(self, name: str) -> None:
        """Bring a place to the front."""


class PlacesProvider(Provider):
    """Offers the places that whoever is signed in may open."""

    @property
    def _app(self) -> PaletteApp:
        return cast(PaletteApp, self.app)

    def _lines(self) -> list[tuple[str, str, str]]:
        console = self._app.venue_console
        return [
            (
                place.name,
                console.say(place.title) + (f"  F{place.key}" if place.key else ""),
                " ".join((*place.codes, initials(console.texts.say(place.title, "zh")))),
            )
            for place in console.places()
            if place.listed
        ]

    async def discover(self) -> Hits:
        for name, text, _ in self._lines():
            yield DiscoveryHit(text, lambda name=name: self._app.go(name), text=text)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, text, codes in self._lines():
            score = matcher.match(text)
            if not score and query.casefold() in codes.casefold():
                score = 0.5
            if score:
                yield Hit(
                    score, matcher.highlight(text), lambda name=name: self._app.go(name), text=text
                )
