"""Staff: who works here, in which role; add, change, switch off, a new PIN. One line to type in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal

from venue_suite.domain.facts import Fact
from venue_suite.identity.wire import (
    Ended,
    EndSessions,
    NewPin,
    NewStaff,
    RoleLine,
    StaffAccount,
    StaffChange,
)
from venue_suite.paging import Page
from venue_suite.texts import N_
from venue_terminal.canvas import Canvas
from venue_terminal.console import Console
from venue_terminal.screens.approval import ask_approved
from venue_terminal.screens.base import ConsoleScreen
from venue_terminal.screens.staff_drawing import draw_account, draw_roles, draw_staff
from venue_terminal.widgets.bars import draw_answer, draw_line, draw_live

STAFF = "venue.staff"
STAFF_FACTS = "identity.staff"
PAGE = 200
CODE, NAME, ROLE, PIN, SURE = "code", "name", "role", "pin", "sure"
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
        found = [one for one in shown if one.code == self.chosen]
        return (found or shown or [None])[0]

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
        if letter == "a":
            self.errand = Errand([CODE, NAME, ROLE, PIN], self._add)
        elif account is not None:
            steps = {"r": [ROLE], "p": [PIN], "s": [SURE], "e": [SURE]}[letter]
            does = {"r": self._set_role, "p": self._set_pin, "s": self._switch, "e": self._end}
            code = account.code
            self.errand = Errand(steps, lambda answers: does[letter](code, answers))
        self.tell("")
        return True

    # --- changes ---------------------------------------------------------------------------

    def _add(self, answers: dict[str, str]) -> None:
        body = NewStaff(
            code=answers[CODE], name=answers[NAME], role=answers[ROLE], pin=answers[PIN]
        )
        self.chosen = answers[CODE].upper()
        self._change("/staff", body, N_("{code} was added."))

    def _set_role(self, code: str, answers: dict[str, str]) -> None:
        self._change(f"/staff/{code}", StaffChange(role=answers[ROLE]), N_("{code} was changed."))

    def _set_pin(self, code: str, answers: dict[str, str]) -> None:
        body = NewPin(pin=answers[PIN])
        self._change(f"/staff/{code}/pin", body, N_("{code} has a new PIN."))

    def _switch(self, code: str, answers: dict[str, str]) -> None:
        is_active = any(one.active for one in self.accounts if one.code == code)
        words = N_("{code} is switched off.") if is_active else N_("{code} is switched on.")
        self._change(f"/staff/{code}", StaffChange(active=not is_active), words)

    def _end(self, code: str, answers: dict[str, str]) -> None:
        client = self.console.client
        operation_id = client.make_operation_id()
        path = f"/staff/{code}/sessions/end"

        def told(ended: Ended) -> None:
            words = "{count} session ended.", "{count} sessions ended."
            self.tell(self.console.say_count(*words, ended.count), "fine")
            self._refresh()

        ask_approved(
            self,
            operation_id,
            lambda approval: client.post(
                path, EndSessions(), Ended, operation_id=operation_id, approval=approval
            ),
            told,
        )

    def _change(self, path: str, body: Any, words: str) -> None:
        client = self.console.client
        operation_id = client.make_operation_id()

        def told(account: StaffAccount) -> None:
            self.chosen = account.code
            self.tell(self.console.say(words, code=account.code), "fine")
            self._refresh()

        ask_approved(
            self,
            operation_id,
            lambda approval: client.post(
                path, body, StaffAccount, operation_id=operation_id, approval=approval
            ),
            told,
        )

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
