"""Sign in: number and PIN; the venue, its server and its key; the language. Nothing else."""

from __future__ import annotations

from textual.app import ComposeResult

from venue_suite.client import show_factor
from venue_suite.domain.errors import NotSignedIn, VenueError
from venue_suite.texts import N_
from venue_suite.wire import Session
from venue_terminal.canvas import Canvas
from venue_terminal.cells import fit, shorten, spaced, width, wrap
from venue_terminal.console import LANGUAGES, Console
from venue_terminal.screens.base import ConsoleScreen

LANGUAGE_NAMES = {"zh": "中文", "en": "English"}
BOX_COLUMNS, BOX_ROWS = 40, 9
FACTOR_NEEDED = "second_factor_needed"


class SignInScreen(ConsoleScreen):
    """The first screen, and the one that Ctrl+L locks with."""

    mnemonics = "l"

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self.number = ""
        self.on_pin = False
        self.ticket = ""  # the PIN was right, and the second factor comes next
        self.looking = ""  # why no server was found yet

    def compose_body(self) -> ComposeResult:
        yield self.panel(self._draw, id="body")

    def confirm_label(self) -> str:
        return self.console.say("Enter")

    def confirm(self) -> None:
        self.enter()

    def arrive(self) -> None:
        self.number, self.typed, self.on_pin, self.ticket = "", "", False, ""

    def mnemonic(self, letter: str) -> bool:
        if self.on_pin:
            return False
        console = self.console
        after = LANGUAGES.index(console.language) + 1
        console.language = LANGUAGES[after % len(LANGUAGES)]
        return True

    def scan(self, code: str) -> None:
        self.number, self.on_pin, self.ticket = code, True, ""

    def move(self, key: str) -> None:
        if key in ("up", "shift+tab", "escape") and self.on_pin:
            self.on_pin, self.typed, self.ticket = False, self.number, ""
        elif key in ("down", "tab") and not self.on_pin:
            self.submit(self.typed)
            self.typed = ""

    def submit(self, text: str) -> None:
        if not self.on_pin:
            self.number = text.strip()
            self.on_pin = bool(self.number)
        elif self.console.venue is None:
            self.tell(self.console.say("The venue server was not found yet."), "careful")
        else:
            self.answer = type(self.answer)()
            client = self.console.client
            if self.ticket:
                call = show_factor(client, self.ticket, text)
            else:
                call = client.sign_in(self.number, text, self.console.station)
            self.ask(call, self._take_session, self._refuse, blocks=True)

    def _take_session(self, session: Session) -> None:
        self.console_app.signed_in(session.me)

    def _refuse(self, error: VenueError) -> None:
        self.typed = ""
        if error.code == FACTOR_NEEDED and not error.params.get("enrol"):
            self.ticket = str(error.params["ticket"])
            self.tell(self.console.explain(error))
            return
        if error.code == FACTOR_NEEDED:
            words = N_("Set up your second factor in a browser first, or ask a manager.")
            self.tell(self.console.say(words), "careful")
            return
        if error.code == NotSignedIn.code:  # the ticket is over
            self.ticket = ""
        self.tell_error(error)

    # --- drawing ---------------------------------------------------------------------------

    def _draw(self, canvas: Canvas) -> None:
        top = max(0, (canvas.rows - 22) // 2)
        left = (canvas.columns - BOX_COLUMNS) // 2
        self._draw_greeting(canvas, top + 3)
        self._draw_fields(canvas, top + 6, left)
        self._draw_below(canvas, top + 16, left)

    def _draw_greeting(self, canvas: Canvas, row: int) -> None:
        say = self.console.say
        _centre(canvas, row, spaced("venue suite").replace("     ", "   "), "head")
        if self.console.venue is not None:
            venue = self.console.name(self.console.venue.name)
            station = self.console.station
            hello = say("{station} at {venue}, hello", station=station, venue=venue)
            _centre(canvas, row + 1, hello if station else venue, "dim")

    def _draw_fields(self, canvas: Canvas, top: int, left: int) -> None:
        say = self.console.say
        box = Canvas(BOX_COLUMNS, BOX_ROWS)
        box.frame(say("Sign in"), role="focus")
        number = self.number if self.on_pin else self.typed
        stars = "*" * len(self.typed) if self.on_pin else ""
        for row, name, text, here in (
            (2, say("Number or card"), number, not self.on_pin),
            (4, say("Code") if self.ticket else say("PIN"), stars, self.on_pin),
        ):
            box.put(row, 4, shorten(name, 15))
            box.put(row, 20, fit(" " + text[-14:], 16), "field")
            if here:
                box.put(row, 21 + width(text[-14:]), " ", "mine", 36)
        words = say("Enter signs in. Scan a card instead of typing.")
        for row, line in enumerate(wrap(words, BOX_COLUMNS - 8)[:2]):
            box.put(6 + row, 4, line, "dim")
        canvas.paste(box, top, left)

    def _draw_below(self, canvas: Canvas, row: int, left: int) -> None:
        say, console = self.console.say, self.console
        if self.answer.text:
            for below, line in enumerate(wrap(self.answer.text, BOX_COLUMNS)[:2]):
                canvas.put(row + below, left, line, self.answer.role)
        other = next(code for code in LANGUAGES if code != console.language)
        canvas.run(
            row + 2, left, ("L", "key"), (f" {say('language')} {LANGUAGE_NAMES[other]}", "text")
        )
        if console.venue is None:
            canvas.put(row + 4, left, say("Looking for the venue server ..."), "careful")
            canvas.put(row + 5, left, shorten(self.looking, canvas.columns - left - 1), "dim")
            return
        address = console.client.address.partition("://")[2]
        canvas.put(row + 4, left, say("Server {address}", address=address), "dim")
        canvas.put(row + 5, left, say("key {key}", key=console.venue.key), "dim")


def _centre(canvas: Canvas, row: int, text: str, role: str) -> None:
    canvas.put(row, max(0, (canvas.columns - width(text)) // 2), text, role)
