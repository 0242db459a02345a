"""How the stations screen is drawn: who waits with which code, who is there, an invitation."""

from __future__ import annotations

from venue_suite.trust.shapes import Invitation, StationCard, StationsOverview
from venue_terminal.canvas import Canvas
from venue_terminal.cells import shorten, wrap
from venue_terminal.console import Console
from venue_terminal.widgets.bars import draw_line
from venue_terminal.widgets.qr_code import draw_code

NAME, KIND, STATE, UNTIL, SEEN = 6, 26, 37, 50, 64
SEEN_LATELY_S = 90
TEXT_COLUMN = 46


def kind_words(console: Console, kind: str) -> str:
    """A kind of station in words."""
    names = {
        "kiosk": console.say("Kiosk"),
        "console": console.say("Console"),
        "gate": console.say("Gate"),
    }
    return names.get(kind, kind)


def draw_waiting(canvas: Canvas, console: Console, told: StationsOverview, marked: int) -> None:
    """Stations that ask to be let in, with the code that each of them must show.

    Args:
        marked: which of those who wait and the stations together.
    """
    say = console.say
    canvas.frame(say("Waiting"), say("compare the code at the station"), role="focus")
    if not told.waiting:
        canvas.put(1, 2, say("Nobody waits. At the station: venue pair"), "dim")
    for row, card in enumerate(told.waiting[: canvas.rows - 2], start=1):
        if marked == row - 1:
            canvas.put(row, 1, "▶", "key")
        canvas.put(row, 3, f"{card.code[:3]} {card.code[3:]}", "strong")
        canvas.put(row, 13, shorten(card.name, 20))
        canvas.put(row, 34, shorten(kind_words(console, card.kind), 10))
        canvas.put(row, 45, shorten(card.address, 15), "dim")
        if card.is_known:
            words = say("takes its place")
            canvas.put(row, 61, shorten(f"! {words}", canvas.columns - 63), "careful")


def draw_stations(canvas: Canvas, console: Console, told: StationsOverview, marked: int) -> None:
    """All stations by name; `marked` as above."""
    say = console.say
    marked -= len(told.waiting)
    first = max(0, marked - (canvas.rows - 4))
    note = say("key of the venue {key}", key=told.authority) if told.authority else say("no TLS")
    canvas.frame(say("Stations"), note)
    heads = ((NAME, say("Name")), (KIND, say("Kind")), (STATE, say("State")))
    for column, words in (*heads, (UNTIL, say("Certified to")), (SEEN, say("Seen"))):
        canvas.put(1, column, words, "dim")
    for row, card in enumerate(told.stations[first : first + canvas.rows - 3], start=2):
        if marked == first + row - 2:
            canvas.put(row, 3, "▶", "key")
        _draw_station(canvas, console, row, card)


def _draw_station(canvas: Canvas, console: Console, row: int, card: StationCard) -> None:
    say = console.say
    is_active = card.state == "active"
    canvas.put(row, NAME, shorten(card.name, KIND - NAME - 1), "text" if is_active else "dim")
    canvas.put(row, KIND, shorten(kind_words(console, card.kind), STATE - KIND - 1), "dim")
    words = f"✓ {say('in service')}" if is_active else f"✕ {say('revoked')}"
    role = "fine" if is_active else "wrong"
    canvas.put(row, STATE, shorten(words, UNTIL - STATE - 1), role)
    if card.certificate_until is not None:
        canvas.put(row, UNTIL, f"{console.local(card.certificate_until):%Y-%m-%d}")
    elif is_active:
        canvas.put(row, UNTIL, say("key only"), "dim")
    if card.seen_at is not None:
        gone_s = (console.now() - card.seen_at).total_seconds()
        at = f"{console.local(card.seen_at):%m-%d %H:%M}"
        seen = say("now") if gone_s < SEEN_LATELY_S else at
        canvas.put(row, SEEN, shorten(seen, canvas.columns - SEEN - 2))


def draw_typing(canvas: Canvas, console: Console, typed: str, *, names: bool) -> None:
    """The line to type in; `names`: a name and a kind are wanted."""
    say = console.say
    if names:
        hint = say("kiosk-3 kiosk = name and kind  Enter")
        draw_line(canvas, console, say("Invite"), typed, hint)
        return
    hint = say("code of the station  Enter  I invite  X reject  N new device  V revoke")
    draw_line(canvas, console, say("Stations"), typed, hint)


def draw_invitation(canvas: Canvas, console: Console, told: Invitation | None) -> None:
    """An invitation as a code to scan, with what to do."""
    if told is None:
        return
    say = console.say
    is_drawn = draw_code(canvas, told.text, 0, canvas.rows, left=0)
    column = TEXT_COLUMN if is_drawn else 2
    room = canvas.columns - column - 1
    row = 0
    left_s = max(0, int((told.expires_at - console.now()).total_seconds()))
    paragraphs = (
        (f"{told.name}, {kind_words(console, told.kind)}", "strong"),
        (say("Counts once, for {time}.", time=f"{left_s // 60}:{left_s % 60:02}"), "careful"),
        (say("At the station: venue pair --invitation, then scan this or paste the text."), "text"),
        (say("Server {address}", address=told.address), "dim"),
        (say("key of the venue {key}", key=told.authority), "dim"),
        (told.text, "dim"),
        (say("Esc: back to the list"), "key"),
    )
    for words, role in paragraphs:
        for line in wrap(words, room):
            canvas.put(row, column, line, role)
            row += 1
        row += 1
