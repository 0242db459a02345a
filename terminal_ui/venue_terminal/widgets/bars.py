"""The rows that every screen shares: identity and link at the top, answers, the line, the keys."""

from __future__ import annotations

from dataclasses import dataclass

from venue_terminal.canvas import Canvas, Run
from venue_terminal.cells import cut, fit, shorten, width
from venue_terminal.console import Console
from venue_terminal.formats import clock_line, minutes
from venue_terminal.link import Phase

GLYPHS = {"fine": "✓ ", "careful": "! ", "wrong": "✕ "}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the console says about the last step. `role`: fine, careful, wrong or text."""

    text: str = ""
    role: str = "text"


def draw_header(canvas: Canvas, console: Console) -> None:
    """Venue, station, who is signed in; the link and the clock at the right."""
    canvas.fill(0, "bar")
    clock = clock_line(console.local(console.now()), console.language)
    edge = canvas.right(0, canvas.columns - 1, clock, "bar")
    state, role = _link_words(console)
    edge = canvas.right(0, edge - 2, state, role) - 2
    venue = console.name(console.venue.name) if console.venue else "Venue Suite"
    column = canvas.put(0, 1, shorten(venue, 32), "bar_strong", edge)
    if console.me is not None:
        who = "  ".join(filter(None, (console.station, console.me.code, console.me.name)))
        canvas.put(0, column + 2, who, "bar", edge)


def _link_words(console: Console) -> Run:
    link = console.link
    if link.phase is Phase.CUT_OFF:
        gone = minutes(link.cut_off_for_s(console.now_s()))
        return console.say("▲ cut off {time}", time=gone), "bar_alarm"
    if link.phase is Phase.CATCHING_UP:
        return console.say("● catching up {count}", count=link.backlog), "bar_careful"
    if link.phase is Phase.JOINING:
        return console.say("▲ looking for the server"), "bar_careful"
    if link.is_slow(console.now_s()):
        return console.say("● slow {time} s", time=f"{link.answer_s:.1f}"), "bar_careful"
    return console.say("● linked"), "bar_strong"


def draw_keys(canvas: Canvas, console: Console, here: str, confirm: str) -> None:
    """The ten function keys; a number without a place has no label."""
    labels = {1: console.say("Help")} if console.me else {}
    current = 0
    for place in console.places():
        if place.key:
            is_here = place.name == here
            if is_here or place.key not in labels:
                labels[place.key] = console.say(place.label)
            current = place.key if is_here else current
    if confirm:
        labels[10] = confirm
    step = canvas.columns // 10
    for number, label in labels.items():
        column = canvas.put(0, (number - 1) * step, str(number), "key_number")
        role = "key_confirm" if number == 10 else "key_here" if number == current else "key_label"
        room = step - len(str(number)) - (number < 10)
        canvas.put(0, column, fit(label, room), role)


def draw_answer(canvas: Canvas, console: Console, answer: Answer, below: Run | None = None) -> None:
    """What the last step brought, one row lower something else; a lost link goes before both."""
    if console.link.phase is Phase.CUT_OFF:
        _draw_lost(canvas, console)
        return
    if answer.text:
        column = canvas.put(0, 1, GLYPHS.get(answer.role, ""), answer.role)
        canvas.put(0, column, shorten(answer.text, canvas.columns - column - 1), "text")
    if below is not None and canvas.rows > 1:
        canvas.put(1, 1, shorten(below[0], canvas.columns - 2), below[1])


def _draw_lost(canvas: Canvas, console: Console) -> None:
    link, now_s = console.link, console.now_s()
    column = canvas.put(0, 1, "▲ ", "careful")
    words = console.say(
        "Cut off for {gone} s. Trying again in {next} s. Nothing you did is lost or repeated.",
        gone=int(link.cut_off_for_s(now_s)),
        next=max(0, round(link.retry_at_s - now_s)),
    )
    canvas.put(0, column, words)
    if canvas.rows > 1:
        canvas.put(
            1,
            3,
            console.say("You can look, count and type. Pay waits; gates still let people in."),
            "dim",
        )


def live_words(console: Console) -> Run | None:
    """The newest fact: `18:42:31 kiosk-1 sold A7K2-0931`."""
    if not console.notes:
        return None
    at, note = console.notes[0]
    return f"{console.local(at):%H:%M:%S} {note.text}", note.role


def draw_live(canvas: Canvas, console: Console, row: int, column: int) -> None:
    """The live line: its name, the time and the words of the newest fact."""
    told = live_words(console)
    column = canvas.put(row, column, console.say("Live") + " ", "dim")
    words, role = told or (console.say("quiet so far"), "dim")
    canvas.put(row, column, shorten(words, canvas.columns - column - 1), role)


def draw_line(canvas: Canvas, console: Console, name: str, typed: str, hint: str) -> None:
    """The one line to type in, framed; the end of long input stays in view."""
    canvas.frame(role="focus")
    column = canvas.run(1, 2, (f"{name} ", "title"), ("> ", "key"))
    room = canvas.columns - column - 3
    shown = typed
    while width(shown) > room:
        shown = shown[1:]
    column = canvas.put(1, column, shown, "strong")
    canvas.put(1, column, " ", "mine")
    edge = canvas.columns - 2
    if hint and column + 3 + width(hint) <= edge:
        canvas.right(1, edge, hint, "dim")
    elif hint:
        canvas.put(1, column + 3, cut(hint, max(0, edge - column - 3)), "dim")
