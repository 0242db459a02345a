"""A second person approves one operation, at this console: number and PIN, then it goes on.

    ask_approved(
        screen, operation_id,
        lambda approval: client.post(path, body, Shape, operation_id=op, approval=approval),
        then=screen.take,
    )

The operation is sent first. Only if the server says that a permission is missing does the dialog
come; with the second person's word the very same operation is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from textual.app import ComposeResult

from venue_suite.domain.errors import NotAllowed, VenueError
from venue_suite.identity.wire import Approved, AskApproval
from venue_terminal.canvas import Canvas
from venue_terminal.cells import fit, width, wrap
from venue_terminal.console import Console
from venue_terminal.screens.base import ConsoleScreen

T = TypeVar("T")
Refuse = Callable[[VenueError], None]

BOX_COLUMNS, BOX_ROWS = 54, 14
NUMBER, PIN, CODE = 0, 1, 2
FACTOR_REFUSALS = ("wrong_code",)


def ask_approved(
    screen: ConsoleScreen,
    operation_id: str,
    send: Callable[[str], Coroutine[Any, Any, T]],
    then: Callable[[T], None],
    refused: Refuse | None = None,
) -> None:
    """Ask for a change as `ConsoleScreen.ask` does; where a permission is missing, ask a second
    person for it.

    Args:
        screen: takes the answer.
        operation_id: of the change.
        send: sends it, with an approval ("" without one), always under the same operation id.
        then: takes the answer.
        refused: takes a refusal, also the first one if nobody approves; the default shows it.
    """
    refuse = refused or screen.tell_error

    def again(approval: str) -> None:
        screen.ask(send(approval), then, refuse, blocks=True)

    def first_refused(error: VenueError) -> None:
        if error.code == NotAllowed.code and "permission" in error.params:
            dialog = ApprovalScreen(
                screen.console, operation_id, error, again, lambda: refuse(error)
            )
            screen.app.push_screen(dialog)
        else:
            refuse(error)

    screen.ask(send(""), then, first_refused, blocks=True)


class ApprovalScreen(ConsoleScreen):
    """Number and PIN of whoever approves; Esc leaves it.

    Args:
        console: what all screens share.
        operation_id: of the change that was refused.
        error: the refusal: which permission is missing, for which amount.
        approved: told the approval, after this screen has gone.
        given_up: told that nobody approved.
    """

    def __init__(
        self,
        console: Console,
        operation_id: str,
        error: VenueError,
        approved: Callable[[str], None],
        given_up: Callable[[], None],
    ) -> None:
        super().__init__(console)
        self._operation_id = operation_id
        self._error = error
        self._approved = approved
        self._given_up = given_up
        self._entered: list[str] = []
        self._fields = 2  # a third one where the server wants a second factor

    def compose_body(self) -> ComposeResult:
        yield self.panel(self._draw, id="body")

    def confirm_label(self) -> str:
        return self.console.say("Allow")

    def confirm(self) -> None:
        self.enter()

    def scan(self, code: str) -> None:
        self._entered, self.typed = [code], ""

    def move(self, key: str) -> None:
        if key == "escape":
            self.dismiss()
            self._given_up()
        elif key in ("up", "shift+tab") and self._entered:
            self._entered.pop()
            self.typed = ""
        elif key in ("down", "tab") and len(self._entered) + 1 < self._fields:
            self.enter()

    def submit(self, text: str) -> None:
        if not self._entered and not text.strip():
            return
        self._entered.append(text.strip())
        if len(self._entered) == self._fields:
            self._ask()

    def _ask(self) -> None:
        number, pin, *code = self._entered
        amount = self._error.params.get("amount_minor")
        wanted = AskApproval(
            code=number,
            pin=pin,
            operation_id=self._operation_id,
            permission=str(self._error.params["permission"]),
            amount_minor=amount if isinstance(amount, int) else None,
            factor_code=code[0] if code else "",
        )
        client = self.console.client
        call = client.post(
            "/approvals", wanted, Approved, operation_id=client.make_operation_id(), retry=False
        )
        self.tell(self.console.say("Asking the server ..."))
        self.ask(call, self._take, self._refuse, blocks=True)

    def _take(self, given: Approved) -> None:
        self.dismiss()
        self._approved(given.token)

    def _refuse(self, error: VenueError) -> None:
        self.typed = ""
        if error.code in FACTOR_REFUSALS and self._fields <= CODE:
            self._fields = CODE + 1
            self.tell(self.console.say("Now the code of their authenticator app."), "careful")
            return
        # Whoever mistyped begins with the PIN again, somebody else with the number.
        keep = 1 if error.code in ("wrong_pin", *FACTOR_REFUSALS) else 0
        self._entered = self._entered[:keep]
        self.tell_error(error)

    # --- drawing ---------------------------------------------------------------------------

    def _draw(self, canvas: Canvas) -> None:
        say = self.console.say
        top = max(0, (canvas.rows - BOX_ROWS) // 2)
        left = (canvas.columns - BOX_COLUMNS) // 2
        box = Canvas(BOX_COLUMNS, BOX_ROWS)
        box.frame(say("A second person approves"), say("Esc leaves it"), role="focus")
        for row, line in enumerate(wrap(self._reason(), BOX_COLUMNS - 6)[:3]):
            box.put(1 + row, 3, line, "strong")
        names = [say("Number or card"), say("PIN"), say("Code")]
        for field in range(self._fields):
            self._draw_field(box, 5 + 2 * field, names[field], field)
        told = self.answer.text or say("They enter their own number and PIN. It is written down.")
        for row, line in enumerate(wrap(told, BOX_COLUMNS - 6)[:2]):
            box.put(BOX_ROWS - 3 + row, 3, line, self.answer.role if self.answer.text else "dim")
        canvas.paste(box, top, left)

    def _reason(self) -> str:
        amount = self._error.params.get("amount_minor")
        if isinstance(amount, int):
            return f"{self.console.money.format(amount)}  {self.console.explain(self._error)}"
        return self.console.explain(self._error)

    def _draw_field(self, box: Canvas, row: int, name: str, field: int) -> None:
        here = field == len(self._entered)
        text = self.typed if here else "".join(self._entered[field : field + 1])
        shown = "*" * len(text) if field == PIN else text
        shown = shown[-14:]
        box.put(row, 3, fit(name, 18))
        box.put(row, 22, fit(" " + shown, 18), "field")
        if here:
            box.put(row, 23 + width(shown), " ", "mine", 40)
