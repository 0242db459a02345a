"""The shows of today on the boards: what is sold of each, live."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import msgspec
from venue_terminal.canvas import Canvas
from venue_terminal.cells import shorten
from venue_terminal.console import Console

from venue_plugins.sales.wire import PerformanceCard
from venue_suite.domain.facts import Fact

METER_COLUMNS = 14
FULL_PART = 0.9


class ShowsBoard:
    """Time, event, how full, sold of places."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shows: list[PerformanceCard] = []

    def ask(self) -> Coroutine[Any, Any, list[PerformanceCard]]:
        day = self._console.today().isoformat()
        return self._console.client.get("/sales/performances", list[PerformanceCard], day=day)

    def take(self, answer: list[PerformanceCard]) -> None:
        self._shows = sorted(answer, key=lambda card: (card.starts_at, card.id))

    def hear(self, fact: Fact) -> bool:
        """Places change without asking; the rest is asked for now and then."""
        left = fact.data.get("left")
        if fact.kind == "sales.places_changed" and isinstance(left, int):
            self._shows = [
                msgspec.structs.replace(card, places_left=left)
                if fact.subject == f"performance/{card.id}"
                else card
                for card in self._shows
            ]
        return False

    def draw(self, canvas: Canvas) -> None:
        say, room = self._console.say, canvas.rows - 2
        canvas.frame(say("Performances"), say("sold / places"))
        now = self._console.now()
        running = [card for card in self._shows if card.ends_at > now]
        if not running:
            canvas.put(1, 2, say("No shows to sell here."), "dim")
        for row, card in enumerate(running[:room], start=1):
            self._draw_show(canvas, row, card, begun=card.starts_at <= now)

    def _draw_show(self, canvas: Canvas, row: int, card: PerformanceCard, *, begun: bool) -> None:
        console, edge = self._console, canvas.columns - 2
        role = "dim" if begun else "text"
        meter = edge - 17 - METER_COLUMNS
        canvas.put(row, 2, f"{console.local(card.starts_at):%H:%M}", role)
        title, hall = console.name(card.title), console.name(card.hall)
        canvas.put(row, 9, shorten(f"{title}, {hall}", meter - 10), role)
        sold = max(0, card.capacity - card.places_left)
        part = sold / card.capacity if card.capacity else 0.0
        full = "bar_peak" if part > FULL_PART else "bar_full"
        canvas.meter(row, meter, METER_COLUMNS, part, full)
        canvas.right(row, edge, f"{sold:,} / {card.capacity:,}", role)
