"""The command line of `venue staff`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

Late = Callable[[str, str], Callable[[Any, argparse.Namespace], int]]
Commands = Any  # argparse keeps the type of its subparsers to itself


def add_staff_commands(commands: Commands, late: Late) -> None:
    """`venue staff ...`, on the server's computer, also while the server runs."""
    staff = commands.add_parser("staff", help="staff accounts")
    verbs = staff.add_subparsers(required=True, metavar="VERB")

    def add(verb: str, command: str, help_text: str, *names: str) -> argparse.ArgumentParser:
        one: argparse.ArgumentParser = verbs.add_parser(verb, help=help_text)
        for name in names:
            one.add_argument(name)
        one.set_defaults(command=late("people", command))
        return one

    one = add("add", "add_staff", "add a member of staff; asks for the PIN", "code", "name")
    one.add_argument("--role", required=True, help="for example manager, cashier, usher")
    one.add_argument("--pin", default="", help="the PIN (asked for when left out)")
    add("list", "list_staff", "list the accounts")
    add("deactivate", "deactivate_staff", "switch an account off; its sessions end", "code")
    add("activate", "activate_staff", "switch an account on again", "code")
    add("set-role", "set_staff_role", "give somebody another role", "code", "role")
    one = add("reset-pin", "reset_staff_pin", "give somebody a new PIN; asks for it", "code")
    one.add_argument("--pin", default="", help="the PIN (asked for when left out)")
    one = add("reset-password", "reset_staff_password", "the same with a password", "code")
    one.add_argument("--password", default="", help="the password (asked for when left out)")
    add("remove-factor", "remove_staff_factor", "take a lost second factor away", "code")
