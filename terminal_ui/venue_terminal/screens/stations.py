"""Stations (F9 in turn, or the palette): who is one, who asks to be one, invitations, the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import msgspec
from textual.app import ComposeResult

from venue_suite.domain.facts import Fact
from venue_suite.texts import N_
from venue_suite.trust import shapes
from venue_terminal.canvas import Canvas
from venue_terminal.console import Console
from venue_terminal.declarations import ScreenDeclaration
from venue_terminal.screens.base import ConsoleScreen
from venue_terminal.screens.stations_drawing import (
    draw_invitation,
    draw_stations,
    draw_typing,
    draw_waiting,
)
from venue_terminal.widgets.bars import Answer, draw_answer, draw_live

T = TypeVar("T")

STATIONS = "venue.stations"
CODE_DIGITS = 6
KINDS = ("kiosk", "console", "gate")
NOBODY = shapes.StationsOverview(stations=[], waiting=[], invited=[], authority="")


@dataclass(slots=True)
class Listing:
    """Who waits and who is a station, one of them marked.

    Attributes:
        row: over those who wait and the stations together.
    """

    told: shapes.StationsOverview
    row: int = 0

    @property
    def station(self) -> shapes.StationCard | None:
        """The marked station."""
        index = self.row - len(self.told.waiting)
        return self.told.stations[index] if 0 <= index < len(self.told.stations) else None

    @property
    def waiting(self) -> shapes.WaitingCard | None:
        """The marked one that waits."""
        return self.told.waiting[self.row] if self.row < len(self.told.waiting) else None

    def step(self, rows: int) -> None:
        """Mark another one; past an end it goes on at the other."""
        count = len(self.told.waiting) + len(self.told.stations)
        self.row = (self.row + rows) % max(1, count)

    def take(self, told: shapes.StationsOverview) -> None:
        """What the server says now."""
        self.told = told
        self.row = max(0, min(self.row, len(told.waiting) + len(told.stations) - 1))


class StationsScreen(ConsoleScreen):
    """A list of those who wait, a list of the stations, one line to type in.

    The code that a station shows is typed, not chosen: so it is read and compared.
    """

    mnemonics = "inxv"
    help_rows: ClassVar = (
        ("048213 Enter", N_("confirm the station that shows this code")),
        ("048213 R Enter", N_("the same, and it takes a known station's place")),
        ("X", N_("reject the marked one that waits")),
        ("I", N_("invite: then name and kind, kiosk-3 kiosk")),
        ("N", N_("a new device for the marked station: an invitation")),
        ("V F10", N_("take the marked station out of service at once")),
        ("Up Down", N_("mark another one")),
        ("Esc", N_("back")),
    )
    DEFAULT_CSS = """
    StationsScreen #waiting { height: 6; }
    StationsScreen #line { height: 3; }
    StationsScreen #foot { height: 2; }
    StationsScreen #invitation { display: none; }
    StationsScreen.invited #waiting, StationsScreen.invited #stations { display: none; }
    StationsScreen.invited #line, StationsScreen.invited #foot { display: none; }
    StationsScreen.invited #invitation { display: block; }
    """

    def __init__(self, console: Console, place: str) -> None:
        super().__init__(console, place)
        self.listing = Listing(NOBODY)
        self.wants_name = False
        self.leaving = ""  # the station that F10 takes out of service
        self.invitation: shapes.Invitation | None = None
        self.is_stale = False
        console.listeners.append(self._hear)

    def compose_body(self) -> ComposeResult:
        console, listing = self.console, self.listing
        yield self.panel(
            lambda canvas: draw_waiting(canvas, console, listing.told, listing.row), id="waiting"
        )
        yield self.panel(
            lambda canvas: draw_stations(canvas, console, listing.told, listing.row), id="stations"
        )
        yield self.panel(
            lambda canvas: draw_invitation(canvas, console, self.invitation), id="invitation"
        )
        yield self.panel(
            lambda canvas: draw_typing(canvas, console, self.typed, names=self.wants_name),
            id="line",
        )
        yield self.panel(self._draw_foot, id="foot")

    # --- what is shown ---------------------------------------------------------------------

    def arrive(self) -> None:
        self.is_stale = False
        call = self.console.client.get("/stations", shapes.StationsOverview)
        self.ask(call, self.listing.take)

    def _hear(self, fact: Fact) -> None:
        self.is_stale |= fact.kind.startswith("stations.")

    def tick(self) -> None:
        if self.is_stale and not self.asked and self.console.link.is_up:
            self.arrive()
        super().tick()

    # --- keys ------------------------------------------------------------------------------

    def submit(self, text: str) -> None:
        self.leaving = ""
        words = text.split()
        if self.wants_name:
            self._invite(words)
        elif words:
            self._confirm(words)

    def move(self, key: str) -> None:
        if key == "escape":
            self._step_back()
        elif key in ("up", "down"):
            self.leaving = ""
            self.listing.step(1 if key == "down" else -1)

    def _step_back(self) -> None:
        if self.invitation is not None:
            self.invitation = None
            self.remove_class("invited")
            self.arrive()
        self.typed, self.wants_name, self.leaving = "", False, ""
        self.answer = Answer()

    def mnemonic(self, letter: str) -> bool:
        if self.wants_name or self.invitation is not None:
            return False
        waiting, station = self.listing.waiting, self.listing.station
        if letter == "i":
            self.wants_name = True
            self.tell(self.console.say("Name and kind of the new station, kiosk-3 kiosk"))
        elif letter == "x" and waiting is not None:
            wanted = shapes.Reject(waiting_id=waiting.id)
            self._change("reject", wanted, N_("{name} was rejected."))
        elif letter == "n" and station is not None:
            self._send_invitation(station.name, station.kind, replace=True)
        elif letter == "v" and station is not None:
            self._offer_end(station)
        return True

    def confirm_label(self) -> str:
        return self.console.say("Revoke") if self.leaving else ""

    def confirm(self) -> None:
        if self.leaving:
            wanted = shapes.StationName(name=self.leaving)
            self.leaving = ""
            self._change("revoke", wanted, N_("{name} is out of service."))

    # --- changes -----------------------------------------------------------------------------

    def _change(self, verb: str, wanted: msgspec.Struct, words: str) -> None:
        """Ask for a change; what it brought is said in `words`, with the station's name."""

        def done(told: shapes.StationName) -> None:
            self.tell(self.console.say(words, name=told.name), "fine")
            self.arrive()

        self._post(verb, wanted, shapes.StationName, done)

    def _post(
        self, verb: str, wanted: msgspec.Struct, shape: type[T], then: Callable[[T], None]
    ) -> None:
        client = self.console.client
        path, operation_id = f"/stations/{verb}", client.make_operation_id()
        call = client.post(path, wanted, shape, operation_id=operation_id)
        self.ask(call, then, blocks=True)

    def _confirm(self, words: list[str]) -> None:
        replace = len(words) > 1 and words[-1].casefold() == "r"
        code = "".join(words[:-1] if replace else words)
        waiting = next((one for one in self.listing.told.waiting if one.code == code), None)
        if len(code) != CODE_DIGITS or waiting is None:
            words_ = N_("No station that waits has this code. If one shows it, reject that one.")
            self.tell(self.console.say(words_), "wrong")
            return
        wanted = shapes.Confirm(waiting_id=waiting.id, code=code, replace=replace)
        self._change("confirm", wanted, N_("{name} is a station of this venue now."))

    def _offer_end(self, station: shapes.StationCard) -> None:
        if station.state != "active":
            self.tell(self.console.say("{name} is out of service.", name=station.name), "careful")
            return
        self.leaving = station.name
        words = N_("Take {name} out of service? It is cut off at once. F10 does it, Esc leaves it.")
        self.tell(self.console.say(words, name=station.name), "careful")

    def _invite(self, words: list[str]) -> None:
        if len(words) < 2 or words[-1].casefold() not in KINDS:
            known = ", ".join(KINDS)
            told = self.console.say("A name and one of the kinds {kinds}.", kinds=known)
            self.tell(told, "careful")
            return
        self._send_invitation(" ".join(words[:-1]), words[-1].casefold(), replace=False)

    def _send_invitation(self, name: str, kind: str, *, replace: bool) -> None:
        body = {"name": name, "kind": kind, "replace": replace}
        wanted = msgspec.convert(body, shapes.Invite)
        self._post("invite", wanted, shapes.Invitation, self._invited)

    def _invited(self, told: shapes.Invitation) -> None:
        self.invitation, self.wants_name = told, False
        self.answer = Answer()
        self.add_class("invited")

    # --- drawing ---------------------------------------------------------------------------

    def _draw_foot(self, canvas: Canvas) -> None:
        draw_answer(canvas, self.console, self.answer)
        if self.console.link.is_up:
            draw_live(canvas, self.console, 1, 1)


def stations_place(console: Console) -> ScreenDeclaration:
    """The place that shows stations."""
    return ScreenDeclaration(
        name=STATIONS,
        title=N_("Stations: pair, replace, revoke"),
        label=N_("Stations"),
        key=9,
        permission="stations.view",
        make=lambda: StationsScreen(console, STATIONS),
        codes=("st",),
    )
