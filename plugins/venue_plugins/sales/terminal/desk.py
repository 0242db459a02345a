"""The state of one sales desk: which shows are listed, which is chosen, what the cart holds.

Screens change it in their handlers; the feed keeps places and seats true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import cast

import msgspec
from venue_terminal.console import Console

from venue_plugins.sales.terminal.pinyin_search import show_matches
from venue_plugins.sales.wire import Order, PerformanceCard, PerformanceDetail, SeatPlan, TicketType
from venue_suite.domain.facts import Fact


@dataclass(slots=True)
class Unanswered:
    """A change whose answer did not come: it is asked again with the same id, never anew."""

    operation_id: str
    path: str
    body: object
    typed: str


@dataclass(frozen=True, slots=True)
class LastSale:
    """What stands in the last row. `words`: how it was paid."""

    order_id: int
    number: str
    tickets: int
    words: str


@dataclass(slots=True)
class ShownSeats:
    """A seat plan and the states of its seats as they are now."""

    plan: SeatPlan
    states: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.states = {seat.id: seat.state for seat in self.plan.seats}


class Desk:
    """One desk, shared by the sales screens of a console."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.days: list[str] = []
        self.day = ""
        self.search = ""
        self.shows: list[PerformanceCard] = []
        self.row = 0
        self.details: dict[int, PerformanceDetail] = {}
        self.seats: dict[int, ShownSeats] = {}
        self.order: Order | None = None
        self.order_is_stale = False
        self.unanswered: Unanswered | None = None
        self.last_sale: LastSale | None = None
        self.letter = ""
        self.sales = 0
        self.began_s = 0.0
        console.listeners.append(self.hear)

    # --- shows -----------------------------------------------------------------------------

    @property
    def show(self) -> PerformanceCard | None:
        """The chosen show."""
        return self.shows[self.row] if self.row < len(self.shows) else None

    @property
    def detail(self) -> PerformanceDetail | None:
        """What is known of the chosen show, once it was loaded."""
        return self.details.get(self.show.id) if self.show else None

    @property
    def chosen_seats(self) -> ShownSeats | None:
        return self.seats.get(self.show.id) if self.show else None

    @property
    def ticket_types(self) -> list[TicketType]:
        return self.detail.ticket_types if self.detail else []

    def list_shows(self, shows: list[PerformanceCard], words: str = "") -> None:
        """Show this list; the show that was chosen stays chosen if it is in it."""
        before = self.show.id if self.show else 0
        now = self.console.now()
        running = [card for card in shows if card.ends_at > now]
        if words:
            running = [card for card in running if show_matches(words, card)]
        self.search = words
        self.shows = sorted(running, key=lambda card: (card.starts_at, card.id))
        ids = [card.id for card in self.shows]
        coming = [row for row, card in enumerate(self.shows) if card.starts_at >= now]
        self.row = ids.index(before) if before in ids else min(coming, default=0)

    def step(self, by: int) -> None:
        """Choose the next or a former show of the list."""
        self.row = max(0, min(len(self.shows) - 1, self.row + by))

    def next_day(self) -> str:
        """The day with shows after the listed one; after the last, today again."""
        later = [day for day in self.days if day > self.day]
        return later[0] if later else self.console.today().isoformat()

    def is_today(self, card: PerformanceCard) -> bool:
        """Whether a show belongs to this business day."""
        cut_off = self.console.venue.day_cut_off_hour if self.console.venue else 0
        local = self.console.local(card.starts_at) - timedelta(hours=cut_off)
        return local.date() == self.console.today()

    @property
    def listed_day(self) -> date:
        return date.fromisoformat(self.day) if self.day else self.console.today()

    def take_detail(self, detail: PerformanceDetail, plan: SeatPlan | None) -> None:
        """A show was loaded."""
        self.details[detail.card.id] = detail
        if plan is not None:
            self.seats[detail.card.id] = ShownSeats(plan)

    # --- the cart --------------------------------------------------------------------------

    def take_order(self, order: Order) -> None:
        """The server said how an order is now; only a held one is a cart."""
        self.order = order if order.state == "held" else None
        self.order_is_stale = False

    def finish_sale(self, order: Order, tender: str) -> None:
        """An order is paid: the cart is empty, the last row tells of it."""
        self.take_order(order)
        self.last_sale = LastSale(order.id, order.number, len(order.lines), tender)
        self.sales += 1
        self.began_s = 0.0

    def hold_left_s(self) -> float:
        """How long the cart is still held, by the server's clock."""
        if self.order is None or self.order.expires_at is None:
            return 0.0
        return (self.order.expires_at - self.console.now()).total_seconds()

    # --- the feed --------------------------------------------------------------------------

    def hear(self, fact: Fact) -> None:
        """Take in what happened anywhere in the venue."""
        noun, _, key = fact.subject.partition("/")
        if not key.isdigit():
            return
        if fact.kind == "sales.places_changed":
            self._set_places(int(key), fact.data.get("left"))
        elif fact.kind == "sales.seats_changed":
            self._set_seats(int(key), fact.data.get("seats"))
        elif noun == "order" and self.order is not None and self.order.id == int(key):
            self.order_is_stale = True

    def _set_places(self, performance_id: int, left: object) -> None:
        if isinstance(left, int):
            self.shows = [
                msgspec.structs.replace(card, places_left=left)
                if card.id == performance_id
                else card
                for card in self.shows
            ]

    def _set_seats(self, performance_id: int, states: object) -> None:
        shown = self.seats.get(performance_id)
        if shown is not None and isinstance(states, Mapping):
            changed = cast("Mapping[str, str]", states)
            shown.states.update({int(seat): state for seat, state in changed.items()})
