"""Admit (F5) at the console: each scan is checked in at once; the answer is a word and a colour."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
from textual.app import ComposeResult
from textual.containers import Horizontal
from venue_terminal.canvas import Canvas
from venue_terminal.cells import fit, shorten, spaced, width, wrap
from venue_terminal.console import Console
from venue_terminal.hookspecs import (
    BoardDeclaration,
    Note,
    ScreenDeclaration,
    TerminalHooks,
    hookimpl,
)
from venue_terminal.outcomes import did_nothing
from venue_terminal.screens.base import ConsoleScreen
from venue_terminal.widgets.bars import Answer, draw_answer, draw_line, draw_live

from venue_plugins.admission.wire import Decision, Lane, Scan
from venue_suite.domain.errors import VenueError
from venue_suite.domain.facts import Fact
from venue_suite.paging import Page
from venue_suite.texts import N_

ADMIT = "admission.admit"
SCANS_KEPT = 50


@dataclass(frozen=True, slots=True)
class UnansweredScan:
    """A scan whose answer did not come. It may have been counted, so it keeps its operation id."""

    operation_id: str
    scan: Scan


class AdmitScreen(ConsoleScreen):
    """A lane without a gate: the console scans, the server decides and counts."""

    mnemonics = "+"
    help_rows: ClassVar = (
        ("scan", N_("check a ticket in")),
        ("code Enter", N_("the same by hand")),
        ("+", N_("the next lane")),
        ("Esc", N_("take the result away")),
    )
    DEFAULT_CSS = """
    AdmitScreen #lanes { width: 32; }
    AdmitScreen #scans { height: 7; }
    AdmitScreen.wide #scans { height: 14; }
    AdmitScreen #line { height: 3; }
    AdmitScreen #foot { height: 2; }
    """

    def __init__(self, console: Console, place: str) -> None:
        super().__init__(console, place)
        self.lanes: list[Lane] = []
        self.chosen = ""
        self.scans: list[Decision] = []
        self.shown: Decision | None = None
        self.unanswered: UnansweredScan | None = None
        console.listeners.append(self._hear)

    @property
    def lane(self) -> Lane | None:
        return next((lane for lane in self.lanes if lane.code == self.chosen), None)

    def compose_body(self) -> ComposeResult:
        console = self.console
        with Horizontal():
            yield self.panel(lambda canvas: draw_result(canvas, console, self.shown), id="result")
            yield self.panel(
                lambda canvas: draw_lanes(canvas, console, self.lanes, self.chosen), id="lanes"
            )
        yield self.panel(self._draw_scans, id="scans")
        yield self.panel(self._draw_line, id="line")
        yield self.panel(self._draw_foot, id="foot")

    # --- lanes and past scans --------------------------------------------------------------

    def arrive(self) -> None:
        client = self.console.client
        self.ask(client.get("/admission/lanes", list[Lane]), self._take_lanes, blocks=True)
        if not self.scans:
            call = client.get("/admission/scans", Page[Decision], limit=SCANS_KEPT)
            self.ask(call, lambda page: self._take_scans(page.items))

    def _take_lanes(self, lanes: list[Lane]) -> None:
        self.lanes = lanes
        codes = [lane.code for lane in lanes]
        if self.chosen not in codes:
            self.chosen = codes[0] if codes else ""

    def _take_scans(self, scans: list[Decision]) -> None:
        known = {scan.scan_id: scan for scan in (*scans, *self.scans)}
        newest = sorted(known.values(), key=lambda scan: scan.scan_id, reverse=True)
        self.scans = newest[:SCANS_KEPT]

    def _hear(self, fact: Fact) -> None:
        if fact.kind in ("admission.scanned", "admission.passed"):
            self._take_scans([msgspec.convert(fact.data, Decision)])

    # --- scanning --------------------------------------------------------------------------

    def submit(self, text: str) -> None:
        if text.strip():
            self.scan(text.strip())

    def scan(self, code: str) -> None:
        lane = self.lane
        if lane is None:
            self.tell(self.console.say("There is no lane to scan at."), "careful")
            return
        wanted = Scan(lane=lane.code, code=code, commit=True)
        if self.unanswered is not None and self.unanswered.scan != wanted:
            words = self.console.say("The last scan still waits for its answer.")
            self.tell(words, "careful")
            return
        if self.unanswered is None:
            operation_id = self.console.client.make_operation_id()
            self.unanswered = UnansweredScan(operation_id, wanted)
        self._send()

    def _send(self) -> None:
        one = self.unanswered
        if one is not None and not self.asked:
            call = self.console.client.post(
                "/admission/scans", one.scan, Decision, operation_id=one.operation_id
            )
            self.ask(call, self._take_decision, self._not_decided, blocks=True)

    def _take_decision(self, decision: Decision) -> None:
        self.unanswered = None
        self.shown, self.answer = decision, Answer()
        self._take_scans([decision])
        if decision.result != "allowed":
            self.app.bell()
            return
        self.lanes = [
            msgspec.structs.replace(lane, inside=lane.inside + 1)
            if lane.code == decision.lane
            else lane
            for lane in self.lanes
        ]

    def _not_decided(self, error: VenueError) -> None:
        self.shown = None
        if not did_nothing(error):
            words = N_("No answer: not checked in yet. It is asked again, and counts once.")
            self.tell(self.console.say(words), "careful")
        else:
            self.unanswered = None
            self.tell_error(error)

    def tick(self) -> None:
        if self.console.link.is_up:
            self._send()
        super().tick()

    def mnemonic(self, letter: str) -> bool:
        codes = [lane.code for lane in self.lanes]
        if self.chosen in codes:
            self.chosen = codes[(codes.index(self.chosen) + 1) % len(codes)]
        return True

    def move(self, key: str) -> None:
        if key == "escape":
            self.typed, self.shown, self.answer = "", None, Answer()

    # --- drawing ---------------------------------------------------------------------------

    def _draw_scans(self, canvas: Canvas) -> None:
        draw_scans(canvas, self.console, self.scans, self.lanes)

    def _draw_line(self, canvas: Canvas) -> None:
        say = self.console.say
        draw_line(canvas, self.console, say("Admit"), self.typed, say("scan a ticket or a card"))

    def _draw_foot(self, canvas: Canvas) -> None:
        if self.answer.text or not self.console.link.is_up:
            draw_answer(canvas, self.console, self.answer)
        if self.console.link.is_up:
            draw_live(canvas, self.console, 1, 1)


def draw_result(canvas: Canvas, console: Console, shown: Decision | None) -> None:
    """The last decision: a band of colour with its word, what for, why, and the first use."""
    say = console.say
    canvas.frame(say("Result"), role="focus")
    if shown is None:
        canvas.put(2, 3, say("Ready. Scan a ticket."), "dim")
        return
    allowed = shown.result == "allowed"
    word = ("✓ " if allowed else "✕ ") + _spread(say("COME IN") if allowed else say("REFUSED"))
    band = "allowed" if allowed else "alarm"
    for row in (1, 2, 3):
        canvas.put(row, 1, " " * (canvas.columns - 2), band)
    canvas.put(2, 4, word, band)
    if shown.code:
        canvas.right(2, canvas.columns - 3, shown.code, band)
    room = canvas.columns - 5
    canvas.put(4, 3, shorten(console.name(shown.title), room), "strong")
    canvas.put(5, 3, shorten(console.name(shown.detail), room))
    row = 6
    if not allowed:
        for line in wrap(console.name(shown.reason), room)[: canvas.rows - 9]:
            canvas.put(row, 3, line, "wrong")
            row += 1
    for words, role in _more_words(console, shown):
        if row < canvas.rows - 1:
            canvas.put(row, 3, shorten(words, room), role)
            row += 1


def _spread(word: str) -> str:
    return spaced(word) if word.isascii() else " ".join(word)


def _more_words(console: Console, shown: Decision) -> list[tuple[str, str]]:
    found = []
    if shown.first_at is not None and shown.result != "allowed":
        words = console.say(
            "First used {time}, {lane}",
            time=f"{console.local(shown.first_at):%H:%M:%S}",
            lane=console.name(shown.first_lane),
        )
        found.append((words, "careful"))
    if shown.admits_left > 0:
        found.append((console.say("{count} more may come in", count=shown.admits_left), "text"))
    if console.name(shown.advice):
        found.append((console.name(shown.advice), "dim"))
    return found


def draw_lanes(canvas: Canvas, console: Console, lanes: Sequence[Lane], chosen: str) -> None:
    """The lanes with how many came in today; the one that this console scans for."""
    say, edge = console.say, canvas.columns - 2
    canvas.frame(say("Lanes"), say("in today"))
    for row, lane in enumerate(lanes[: canvas.rows - 4], start=1):
        here = lane.code == chosen
        if here:
            canvas.put(row, 1, " " * (canvas.columns - 2), "chosen")
        left = canvas.right(row, edge, str(lane.inside), "chosen" if here else "strong")
        canvas.put(row, 2, "●" if here else "", "chosen")
        name = console.name(lane.name)
        if lane.state != "open":
            name = f"{name}, {say('closed')}"
        canvas.put(row, 4, shorten(name, left - 5), "chosen" if here else "text")
    canvas.run(canvas.rows - 2, 2, ("+", "key"), (" " + say("next lane"), "dim"))


def draw_scans(
    canvas: Canvas, console: Console, scans: Sequence[Decision], lanes: Sequence[Lane]
) -> None:
    """The last scans of all lanes, newest first."""
    say = console.say
    canvas.frame(say("Last scans"))
    names = {lane.code: console.name(lane.name) for lane in lanes}
    for row, scan in enumerate(scans[: canvas.rows - 2], start=1):
        allowed = scan.result == "allowed"
        canvas.put(row, 2, f"{console.local(scan.at):%H:%M:%S}", "dim")
        canvas.put(row, 12, fit(names.get(scan.lane, scan.lane), 10))
        canvas.put(row, 23, "✓" if allowed else "✕", "fine" if allowed else "wrong")
        words = console.name(scan.title) if allowed else console.name(scan.reason)
        column = canvas.put(row, 25, fit(scan.code, 5), "wrong")
        detail = console.name(scan.detail)
        room = canvas.columns - column - 3
        canvas.put(row, column, shorten(words, room))
        used = width(words) + 2
        if allowed and detail and used < room:
            canvas.put(row, column + used, shorten(detail, room - used), "dim")


class LanesBoard:
    """The lanes and how many came in through each today."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lanes: list[Lane] = []

    def ask(self) -> Coroutine[Any, Any, list[Lane]]:
        return self._console.client.get("/admission/lanes", list[Lane])

    def take(self, answer: list[Lane]) -> None:
        self._lanes = answer

    def hear(self, fact: Fact) -> bool:
        return fact.kind in ("admission.scanned", "admission.passed")

    def draw(self, canvas: Canvas) -> None:
        say, edge = self._console.say, canvas.columns - 2
        canvas.frame(say("Lanes"), say("in today"))
        for row, lane in enumerate(self._lanes[: canvas.rows - 2], start=1):
            is_open = lane.state == "open"
            canvas.right(row, edge, str(lane.inside), "strong")
            canvas.put(row, 2, shorten(self._console.name(lane.name), 18))
            words = say("open") if is_open else say("closed")
            canvas.put(row, 22, words, "fine" if is_open else "careful")


class AdmissionTerminal(TerminalHooks):
    """What admission adds to the console."""

    @hookimpl
    def terminal_register_texts(self) -> Sequence[str]:
        return ("venue_plugins.admission",)

    @hookimpl
    def terminal_register_boards(self, console: Console) -> Sequence[BoardDeclaration]:
        return (
            BoardDeclaration(
                name="admission.lanes",
                order=20,
                wide=False,
                rows=7,
                permission="admission.view",
                make=lambda: LanesBoard(console),
            ),
        )

    @hookimpl
    def terminal_register_screens(self, console: Console) -> Sequence[ScreenDeclaration]:
        return (
            ScreenDeclaration(
                name=ADMIT,
                title=N_("Check tickets in"),
                label=N_("Admit"),
                key=5,
                permission="admission.scan",
                make=lambda: AdmitScreen(console, ADMIT),
                codes=("ci",),
            ),
        )

    @hookimpl
    def terminal_resolve_fact(self, console: Console, fact: Fact) -> Note | None:
        if fact.kind != "admission.scanned":
            return None
        decision = msgspec.convert(fact.data, Decision)
        title = console.name(decision.title)
        if decision.result == "allowed":
            words = console.say("lane {lane}: in, {title}", lane=decision.lane, title=title)
            return Note(words, "fine")
        reason = console.name(decision.reason)
        words = console.say("lane {lane}: refused, {reason}", lane=decision.lane, reason=reason)
        return Note(words, "wrong")


plugin = AdmissionTerminal()
