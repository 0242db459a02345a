"""Staff: who works here, in which role; add, change, switch off, a new PIN. One line to type in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from venue_suite.domain.facts import Fact
from venue_suite.identity.wire import RoleLine, StaffAccount
from venue_suite.paging import Page
from venue_suite.texts import N_
from venue_terminal.canvas import Canvas
from venue_terminal.console import Console
from venue_terminal.screens.base import ConsoleScreen
from venue_terminal.screens.staff_changes import CODE, NAME, PIN, ROLE, StaffChanges
from venue_terminal.screens.staff_drawing import draw_account, draw_roles, draw_staff
from venue_terminal.widgets.bars import draw_answer, draw_line, draw_live

STAFF = "venue.staff"
STAFF_FACTS = "identity.staff"
PAGE = 200
SURE = "sure"
PROMPTS = {
    CODE: N_("New number"),
    NAME: N_("Name"),
    ROLE: N_("Role"),
    PIN: N_("PIN"),
    SURE: N_("Sure?"),
}
HINTS = {
    CODE: N_("letters and digits"),
    ROLE: N_("its number in the list"),
    PIN: N_("at least 6 digits"),
    SURE: N_("Enter does it, Esc leaves it"),
}


@dataclass(slots=True)
class Errand:
    """A piece of work in the line: what is asked for, one after the other, and what then happens.

    Attributes:
        steps: the questions that are left.
        finish: called with all answers.
    """

    steps: list[str]
    finish: Callable[[dict[str, str]], None]
    answers: dict[str, str] = field(default_factory=dict)


class StaffScreen(ConsoleScreen):
    """The accounts at the left, the chosen one or the roles at the right, the line below."""

    mnemonics = "arpse"
    help_rows: ClassVar = (
        ("Up Down", N_("another person")),
        ("/text Enter", N_("find by number or name")),
        ("A", N_("add somebody")),
        ("R", N_("another role; counts at once")),
        ("P", N_("a new PIN; their sessions end")),
        ("S", N_("switch off, or on again")),
        ("E", N_("end all their sessions")),
        ("Esc", N_("leave what was begun")),
    )
    DEFAULT_CSS = """
    StaffScreen #account { width: 34; }
    StaffScreen #line { height: 3; }
    StaffScreen #foot { height: 2; }
    """

    def __init__(self, console: Console, place: str) -> None:
        super().__init__(console, place)
        self.accounts: list[StaffAccount] = []
        self.roles: list[RoleLine] = []
        self.chosen = ""
        self.wanted = ""
        self.errand: Errand | None = None
        self._changes = StaffChanges(self, self._changed)
        console.listeners.append(self._hear)

    def compose_body(self) -> ComposeResult:
        with Horizontal():
            yield self.panel(self._draw_list, id="list")
            yield self.panel(self._draw_side, id="account")
        yield self.panel(self._draw_line, id="line")
        yield self.panel(self._draw_foot, id="foot")

    # --- what is known ---------------------------------------------------------------------

    @property
    def shown(self) -> list[StaffAccount]:
        """The accounts that the line finds; all without one."""
        wanted = self.wanted.casefold()
        return [one for one in self.accounts if wanted in f"{one.code} {one.name}".casefold()]

    @property
    def account(self) -> StaffAccount | None:
        """The chosen one."""
        shown = self.shown
        found = [one for one in shown if one.code == self.chosen] or shown
        return found[0] if found else None

    def arrive(self) -> None:
        self._refresh()

    def _refresh(self) -> None:
        self.ask(self._read(), self._take)

    async def _read(self) -> tuple[list[StaffAccount], list[RoleLine]]:
        client = self.console.client
        accounts: list[StaffAccount] = []
        after = ""
        while True:
            page = await client.get("/staff", Page[StaffAccount], after=after, limit=PAGE)
            accounts += page.items
            after = page.next
            if not after:
                break
        return accounts, await client.get("/roles", list[RoleLine])

    def _changed(self, code: str) -> None:
        self.chosen = code
        self._refresh()

    def _take(self, found: tuple[list[StaffAccount], list[RoleLine]]) -> None:
        self.accounts, roles = found
        self.roles = [role for role in roles if not role.for_stations]

    def _hear(self, fact: Fact) -> None:
        if fact.kind.startswith(STAFF_FACTS) and self.is_running and self.is_current:
            self._refresh()

    # --- keys ------------------------------------------------------------------------------

    def submit(self, text: str) -> None:
        if self.errand is None:
            self.wanted, self.chosen = text.strip().removeprefix("/"), ""
            return
        step = self.errand.steps[0]
        if step == ROLE and not self._role(text):
            self.tell(self.console.say("Type the number of a role."), "careful")
            return
        self.errand.answers[step] = self._role(text) if step == ROLE else text.strip()
        self.errand.steps.pop(0)
        if not self.errand.steps:
            errand, self.errand = self.errand, None
            errand.finish(errand.answers)

    def _role(self, text: str) -> str:
        number = text.strip()
        if number.isascii() and number.isdigit() and 0 < int(number) <= len(self.roles):
            return self.roles[int(number) - 1].name
        return ""

    def move(self, key: str) -> None:
        if key == "escape":
            if self.errand is None and not self.typed:
                self.wanted = ""
            self.errand, self.typed = None, ""
            self.tell("")
        elif key in ("up", "down") and self.errand is None and self.shown:
            codes = [one.code for one in self.shown]
            at = codes.index(self.account.code) if self.account else 0
            self.chosen = codes[(at + (1 if key == "down" else -1)) % len(codes)]

    def mnemonic(self, letter: str) -> bool:
        account = self.account
        if self.errand is not None or (account is None and letter != "a"):
            return False
        does = self._changes
        if letter == "a":
            self.errand = Errand([CODE, NAME, ROLE, PIN], does.add)
        elif account is not None:
            code, is_active = account.code, account.active
            self.errand = {
                "r": Errand([ROLE], lambda told: does.set_role(code, told[ROLE])),
                "p": Errand([PIN], lambda told: does.set_pin(code, told[PIN])),
                "s": Errand([SURE], lambda told: does.switch(code, not is_active)),
                "e": Errand([SURE], lambda told: does.end_sessions(code)),
            }[letter]
        self.tell("")
        return True

    # --- drawing ---------------------------------------------------------------------------

    def _draw_list(self, canvas: Canvas) -> None:
        draw_staff(canvas, self.console, self.shown, self.account, self.roles)

    def _draw_side(self, canvas: Canvas) -> None:
        if self.errand is not None and self.errand.steps[0] == ROLE:
            draw_roles(canvas, self.console, self.roles)
        else:
            draw_account(canvas, self.console, self.account, self.roles)

    def _draw_line(self, canvas: Canvas) -> None:
        say = self.console.say
        if self.errand is None:
            draw_line(
                canvas, self.console, say("Staff"), self.typed, say("/ finds by number or name")
            )
            return
        step = self.errand.steps[0]
        typed = "*" * len(self.typed) if step == PIN else self.typed
        hint = say(HINTS[step]) if step in HINTS else ""
        draw_line(canvas, self.console, say(PROMPTS[step]), typed, hint)

    def _draw_foot(self, canvas: Canvas) -> None:
        if self.answer.text or not self.console.link.is_up:
            draw_answer(canvas, self.console, self.answer)
        if self.console.link.is_up:
            column = canvas.run(
                1, 1, ("Esc", "key"), (f" {self.console.say('leave it')}   ", "dim")
            )
            draw_live(canvas, self.console, 1, column)
