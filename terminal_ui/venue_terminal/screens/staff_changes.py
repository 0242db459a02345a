"""What the staff screen asks the server to change; where a right is missing, with a second word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from venue_suite.identity.wire import (
    Ended,
    EndSessions,
    NewPin,
    NewStaff,
    StaffAccount,
    StaffChange,
)
from venue_suite.texts import N_
from venue_terminal.screens.approval import ask_approved
from venue_terminal.screens.base import ConsoleScreen

CODE, NAME, ROLE, PIN = "code", "name", "role", "pin"


class StaffChanges:
    """The changes of one screen.

    Args:
        screen: asks, and says how it went.
        changed: told whose account was changed.
    """

    def __init__(self, screen: ConsoleScreen, changed: Callable[[str], None]) -> None:
        self._screen = screen
        self._changed = changed

    def add(self, told: Mapping[str, str]) -> None:
        """Add somebody: `told` has code, name, role and PIN."""
        body = NewStaff(code=told[CODE], name=told[NAME], role=told[ROLE], pin=told[PIN])
        self._post("/staff", body, N_("{code} was added."))

    def set_role(self, code: str, role: str) -> None:
        self._post(f"/staff/{code}", StaffChange(role=role), N_("{code} was changed."))

    def set_pin(self, code: str, pin: str) -> None:
        self._post(f"/staff/{code}/pin", NewPin(pin=pin), N_("{code} has a new PIN."))

    def switch(self, code: str, active: bool) -> None:
        """Switch an account on or off."""
        words = N_("{code} is switched on.") if active else N_("{code} is switched off.")
        self._post(f"/staff/{code}", StaffChange(active=active), words)

    def end_sessions(self, code: str) -> None:
        """End all sessions of somebody."""
        screen, client = self._screen, self._screen.console.client
        operation_id = client.make_operation_id()

        def told(ended: Ended) -> None:
            words = screen.console.say_count(
                "{count} session ended.", "{count} sessions ended.", ended.count
            )
            screen.tell(words, "fine")
            self._changed(code)

        ask_approved(
            screen,
            operation_id,
            lambda approval: client.post(
                f"/staff/{code}/sessions/end",
                EndSessions(),
                Ended,
                operation_id=operation_id,
                approval=approval,
            ),
            told,
        )

    def _post(self, path: str, body: Any, words: str) -> None:
        screen, client = self._screen, self._screen.console.client
        operation_id = client.make_operation_id()

        def told(account: StaffAccount) -> None:
            screen.tell(screen.console.say(words, code=account.code), "fine")
            self._changed(account.code)

        ask_approved(
            screen,
            operation_id,
            lambda approval: client.post(
                path, body, StaffAccount, operation_id=operation_id, approval=approval
            ),
            told,
        )
