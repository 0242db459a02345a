"""The maintained tables at the console: which there are, and the list of any one of them."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from venue_suite.domain.facts import Fact
from venue_suite.resources.wire import AnyPage, AnyRecord, ResourceCard
from venue_suite.texts import N_
from venue_terminal.canvas import Canvas
from venue_terminal.console import Console
from venue_terminal.screens.base import ConsoleScreen
from venue_terminal.screens.table_drawing import draw_cards, draw_records
from venue_terminal.screens.table_form import FormScreen
from venue_terminal.widgets.bars import Answer, draw_answer, draw_line, draw_live

TABLES, FORM = "tables", "tables.form"
PAGE_LENGTH = 100


class TablesScreen(ConsoleScreen):
    """A menu of the tables; once one is chosen its list, with search and pages."""

    mnemonics = "+"
    help_rows: ClassVar = (
        ("words Enter", N_("search; in the menu: the number of a table")),
        ("Enter", N_("open what is marked")),
        ("+", N_("a new record")),
        ("Up Down", N_("mark another one")),
        ("PgUp PgDn", N_("the page before, the next page")),
        ("Esc", N_("take the search away; then back to the menu")),
    )
    DEFAULT_CSS = """
    TablesScreen #line { height: 3; }
    TablesScreen #foot { height: 2; }
    TablesScreen #live { height: 1; }
    """

    def __init__(self, console: Console, place: str) -> None:
        super().__init__(console, place)
        self.cards: list[ResourceCard] = []
        self.card: ResourceCard | None = None
        self.page = AnyPage(items=[], next="", total=0)
        self.search = ""
        self.pages = [""]  # where each page up to this one begins
        self.row = 0
        self.is_stale = False
        console.listeners.append(self._hear)

    def compose_body(self) -> ComposeResult:
        yield self.panel(self._draw, id="records")
        yield self.panel(self._draw_foot, id="foot")
        yield self.panel(self._draw_line, id="line")
        yield self.panel(lambda canvas: draw_live(canvas, self.console, 0, 1), id="live")

    # --- what is shown ---------------------------------------------------------------------

    def arrive(self) -> None:
        call = self.console.client.get("/resources", list[ResourceCard])
        self.ask(call, self._take_cards, blocks=True)

    def _take_cards(self, cards: list[ResourceCard]) -> None:
        self.cards = cards
        if self.card is not None:
            self.card = next((one for one in cards if one.id == self.card.id), None)
            self._read()

    def open(self, card: ResourceCard) -> None:
        """Show a table, from its start."""
        self.card, self.search, self.pages, self.row = card, "", [""], 0
        self.page = AnyPage(items=[], next="", total=0)
        self.answer = Answer()
        self._read()

    def _read(self) -> None:
        if self.card is None:
            return
        self.is_stale = False
        query: dict[str, str | int] = {"limit": PAGE_LENGTH}
        if self.search:
            query["search"] = self.search
        if self.pages[-1]:
            query["after"] = self.pages[-1]
        call = self.console.client.get(self.card.path, AnyPage, **query)
        self.ask(call, self._take_page, blocks=True)

    def _take_page(self, page: AnyPage) -> None:
        self.page = page
        self.row = max(0, min(self.row, len(page.items) - 1))

    def _hear(self, fact: Fact) -> None:
        """Somebody changed the table that is shown."""
        if self.card is not None and fact.kind == f"{self.card.owner}.{self.card.name}.changed":
            self.is_stale = True

    def tick(self) -> None:
        if self.is_stale and not self.asked and self.console.link.is_up:
            self._read()
        super().tick()

    # --- keys ------------------------------------------------------------------------------

    def submit(self, text: str) -> None:
        words = text.strip()
        if self.card is None:
            self._choose(words)
        elif not words:
            if self.page.items:
                self._open_form(self.page.items[self.row])
        elif any(one.searchable for one in self.card.fields):
            self.search, self.pages, self.row = words[:200], [""], 0
            self._read()
        else:
            self.tell(self.console.say("These records can't be searched."), "careful")

    def _choose(self, words: str) -> None:
        if words.isascii() and words.isdigit() and len(words) < 4:
            row = int(words) - 1
        elif words:
            names = [self.console.name(one.label).casefold() for one in self.cards]
            row = next((at for at, name in enumerate(names) if words.casefold() in name), -1)
        else:
            row = self.row
        if 0 <= row < len(self.cards):
            self.open(self.cards[row])
        elif self.cards:
            self.tell(self.console.say("There is no such table."), "careful")

    def mnemonic(self, letter: str) -> bool:
        if self.card is None or not self.card.may.create:
            return False
        self._open_form(None)
        return True

    def _open_form(self, record: AnyRecord | None) -> None:
        form = self.console_app.place(FORM)
        if isinstance(form, FormScreen) and self.card is not None:
            form.open(self.card, record, self.cards)
            self.console_app.go(FORM)

    def move(self, key: str) -> None:
        length = len(self.cards) if self.card is None else len(self.page.items)
        steps = {"up": -1, "down": 1, "home": -length, "end": length}
        if key in steps:
            self.row = max(0, min(length - 1, self.row + steps[key]))
        elif key == "escape":
            self._go_back()
        elif key == "pagedown" and self.page.next and self.card is not None:
            self.pages.append(self.page.next)
            self.row = 0
            self._read()
        elif key == "pageup" and len(self.pages) > 1:
            self.pages.pop()
            self.row = 0
            self._read()

    def _go_back(self) -> None:
        self.answer = Answer()
        if self.typed:
            self.typed = ""
        elif self.search:
            self.search, self.pages, self.row = "", [""], 0
            self._read()
        elif self.card is not None:
            self.row = next((n for n, one in enumerate(self.cards) if one == self.card), 0)
            self.card = None

    # --- drawing ---------------------------------------------------------------------------

    def _draw(self, canvas: Canvas) -> None:
        if self.card is None:
            draw_cards(canvas, self.console, self.cards, self.row)
        else:
            page = len(self.pages)
            draw_records(canvas, self.console, self.card, self.page, (self.row, page), self.search)

    def _draw_line(self, canvas: Canvas) -> None:
        say = self.console.say
        if self.card is None:
            draw_line(canvas, self.console, say("Table"), self.typed, say("number or name  Enter"))
            return
        hint = say("+ new  Enter open  Esc back") if self.card.may.create else say("Enter open")
        draw_line(canvas, self.console, say("Search"), self.typed, hint)

    def _draw_foot(self, canvas: Canvas) -> None:
        if self.answer.text or not self.console.link.is_up:
            draw_answer(canvas, self.console, self.answer)
