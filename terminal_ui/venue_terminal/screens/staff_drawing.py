"""The panels of the staff screen: the list, one account, the roles to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from venue_suite.identity.wire import RoleLine, StaffAccount
from venue_terminal.canvas import Canvas
from venue_terminal.cells import fit, shorten
from venue_terminal.console import Console


def draw_staff(
    canvas: Canvas,
    console: Console,
    accounts: Sequence[StaffAccount],
    chosen: StaffAccount | None,
    roles: Sequence[RoleLine],
) -> None:
    """One row a person; the chosen one stays in view."""
    canvas.frame(console.say("Staff"), str(len(accounts)))
    name, role = 14, canvas.columns - 18
    canvas.put(1, 3, console.say("Number"), "dim")
    canvas.put(1, name, console.say("Name"), "dim")
    canvas.put(1, role, console.say("Role"), "dim")
    room = canvas.rows - 3
    at = accounts.index(chosen) if chosen in accounts else 0
    first = max(0, min(at - room // 2, len(accounts) - room))
    for row, one in enumerate(accounts[first : first + room], start=2):
        here = one == chosen
        text = "chosen" if here else "text" if one.active else "gone"
        canvas.put(row, 1, fit("", canvas.columns - 2), text)
        canvas.put(row, 3, shorten(one.code, name - 4), text)
        canvas.put(row, name, shorten(one.name, role - name - 1), text)
        words = role_name(console, roles, one.role) if one.active else console.say("off")
        canvas.put(row, role, shorten(words, canvas.columns - role - 2), text)


def draw_account(
    canvas: Canvas, console: Console, account: StaffAccount | None, roles: Sequence[RoleLine]
) -> None:
    """What is known of somebody, and what can be done."""
    say = console.say
    if account is None:
        canvas.frame(say("Nobody"))
        canvas.run(2, 2, ("A", "key"), (f"  {say('add somebody')}", "text"))
        return
    state = say("in use") if account.active else say("off")
    canvas.frame(account.code, state, note_role="fine" if account.active else "wrong")
    room = canvas.columns - 4
    canvas.put(1, 2, shorten(account.name, room), "strong")
    canvas.put(2, 2, shorten(role_name(console, roles, account.role), room))
    for row, (words, has) in enumerate(
        (
            (say("PIN"), account.has_pin),
            (say("password"), account.has_password),
            (say("second factor"), account.second_factor),
        ),
        start=4,
    ):
        canvas.put(row, 2, fit("✓" if has else "-", 2), "fine" if has else "dim")
        canvas.put(row, 5, shorten(words, room - 3), "text" if has else "dim")
    sessions = console.say_count("{count} open session", "{count} open sessions", account.sessions)
    canvas.put(7, 2, shorten(sessions, room), "dim")
    actions = (
        ("A", say("add somebody")),
        ("R", say("another role")),
        ("P", say("new PIN")),
        ("S", say("switch off") if account.active else say("switch on")),
        ("E", say("end sessions")),
    )
    for row, (letter, words) in enumerate(actions, start=9):
        canvas.run(row, 2, (letter, "key"), ("  " + shorten(words, room - 3), "text"))


def draw_roles(canvas: Canvas, console: Console, roles: Sequence[RoleLine]) -> None:
    """The roles with their numbers."""
    canvas.frame(console.say("Roles"), role="focus")
    for number, role in enumerate(roles[: canvas.rows - 2], start=1):
        canvas.right(number, 5, str(number), "key")
        canvas.put(number, 7, shorten(console.name(role.title), canvas.columns - 9))


def role_name(console: Console, roles: Sequence[RoleLine], name: str) -> str:
    """A role as people call it."""
    return next((console.name(role.title) for role in roles if role.name == name), name)
