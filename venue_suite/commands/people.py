"""`venue staff ...` on the server's machine, also while the server runs."""

from __future__ import annotations

import argparse
import getpass

import msgspec

from venue_suite.client import VenueClient
from venue_suite.commands.stations import manage_venue
from venue_suite.config import Config
from venue_suite.identity import wire
from venue_suite.paging import Page

PAGE = 200


def add_staff(config: Config, options: argparse.Namespace) -> int:
    """Add a member of staff."""
    wanted = wire.NewStaff(
        code=options.code,
        name=options.name,
        role=options.role,
        pin=options.pin or getpass.getpass("PIN: "),
    )
    return _change(config, "/staff", wanted)


def list_staff(config: Config, options: argparse.Namespace) -> int:
    """Print all accounts."""

    async def work(client: VenueClient) -> None:
        after = ""
        while True:
            page = await client.get("/staff", Page[wire.StaffAccount], after=after, limit=PAGE)
            for one in page.items:
                print(_line(one))
            after = page.next
            if not after:
                return

    return manage_venue(config, work)


def deactivate_staff(config: Config, options: argparse.Namespace) -> int:
    """Switch an account off; its sessions end at once."""
    return _change(config, f"/staff/{options.code}", wire.StaffChange(active=False))


def activate_staff(config: Config, options: argparse.Namespace) -> int:
    """Switch an account on again."""
    return _change(config, f"/staff/{options.code}", wire.StaffChange(active=True))


def set_staff_role(config: Config, options: argparse.Namespace) -> int:
    """Give somebody another role."""
    return _change(config, f"/staff/{options.code}", wire.StaffChange(role=options.role))


def reset_staff_pin(config: Config, options: argparse.Namespace) -> int:
    """Give somebody a new PIN; their sessions end."""
    pin = options.pin or getpass.getpass("PIN: ")
    return _change(config, f"/staff/{options.code}/pin", wire.NewPin(pin=pin))


def reset_staff_password(config: Config, options: argparse.Namespace) -> int:
    """Give somebody a new password; their sessions end."""
    password = options.password or getpass.getpass("Password: ")
    return _change(config, f"/staff/{options.code}/password", wire.NewPassword(password=password))


def remove_staff_factor(config: Config, options: argparse.Namespace) -> int:
    """Take a lost second factor away."""
    return _change(config, f"/staff/{options.code}/second-factor/remove", None)


def _change(config: Config, path: str, wanted: msgspec.Struct | None) -> int:
    async def work(client: VenueClient) -> None:
        operation_id = client.make_operation_id()
        body: object = {} if wanted is None else wanted
        told = await client.post(path, body, wire.StaffAccount, operation_id=operation_id)
        print(_line(told))

    return manage_venue(config, work)


def _line(one: wire.StaffAccount) -> str:
    has = [
        word
        for word, is_so in (
            ("PIN", one.has_pin),
            ("password", one.has_password),
            ("second factor", one.second_factor),
        )
        if is_so
    ]
    state = "active" if one.active else "off"
    return f"{one.code:16} {one.role:18} {state:7} {one.name}  ({', '.join(has) or '-'})"
