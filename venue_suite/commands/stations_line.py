"""The command line of `venue pair` and `venue station`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

KINDS = ("kiosk", "console", "gate")
Late = Callable[[str, str], Callable[[Any, argparse.Namespace], int]]
Commands = Any  # argparse keeps the type of its subparsers to itself


def add_pair_command(commands: Commands, late: Late) -> None:
    """`venue pair`, on the station's own computer."""
    one = commands.add_parser("pair", help="make this computer a station of a venue")
    one.add_argument("--server", metavar="URL", default="", help="address instead of zeroconf")
    one.add_argument("--invitation", metavar="TEXT", default="", help="what a manager gave out")
    one.add_argument("--name", default="", help="name of the station, without an invitation")
    one.add_argument("--kind", choices=KINDS, help="what it is, without an invitation")
    one.add_argument(
        "--yes", action="store_true", help="do not ask whether a manager confirmed the code"
    )
    one.set_defaults(command=late("pairing", "pair"))


def add_station_commands(commands: Commands, late: Late) -> None:
    """`venue station ...`, on the server's computer, also while the server runs."""
    station = commands.add_parser("station", help="stations: kiosks, consoles, gates")
    verbs = station.add_subparsers(required=True, metavar="VERB")
    _add(verbs, late, "list", "list stations, those that wait, and invitations")
    one = _add(verbs, late, "invite", "make an invitation for a new station")
    _add_name_and_kind(one)
    _add_address(one)
    one = _add(verbs, late, "replace", "make an invitation for a new device of a known station")
    one.add_argument("name")
    _add_address(one)
    one = _add(verbs, late, "confirm", "confirm the station that shows this code")
    one.add_argument("code", metavar="CODE", help="the six digits at the station")
    one.add_argument("--replace", action="store_true", help="it takes a known station's place")
    one = _add(verbs, late, "reject", "send a waiting station away")
    one.add_argument("waiting", type=int, metavar="NUMBER", help="its number in the list")
    one = _add(verbs, late, "revoke", "take a station out of service at once")
    one.add_argument("name")
    _add(verbs, late, "new-authority", "its key is lost: end all certificates (server stopped)")
    one = _add(verbs, late, "add", "make a station of a folder on this computer")
    _add_name_and_kind(one)
    one.add_argument("--replace", action="store_true", help="it takes a known station's place")
    one.add_argument(
        "--out", type=Path, metavar="DIR", help="the station's data (default: stations/NAME)"
    )


def _add(verbs: Any, late: Late, verb: str, help_text: str) -> argparse.ArgumentParser:
    one: argparse.ArgumentParser = verbs.add_parser(verb, help=help_text)
    one.set_defaults(command=late("stations", f"{verb.replace('-', '_')}_station"))
    return one


def _add_name_and_kind(one: argparse.ArgumentParser) -> None:
    one.add_argument("name")
    one.add_argument("--kind", choices=KINDS, required=True)


def _add_address(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--address",
        metavar="HOST:PORT",
        default="",
        help="at which the station reaches the server, where it is not the server's own",
    )
