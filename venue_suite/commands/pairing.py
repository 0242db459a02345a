"""`venue pair`: makes this computer a station of a venue."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from pathlib import Path

from venue_suite.config import Config
from venue_suite.discovery import find_venue
from venue_suite.domain.errors import BadRequest, TlsNeeded
from venue_suite.seams import shifted
from venue_suite.station_access import spell_address
from venue_suite.trust.credentials import FOLDER, Credentials
from venue_suite.trust.invitations import read_invitation
from venue_suite.trust.pairing_client import PairingRefused, pair_by_code, pair_by_invitation

NOT_CONFIRMED = "not confirmed at the station"


def pair(config: Config, options: argparse.Namespace) -> int:
    """Pair by invitation if there is one, else by code; prints who this station is now."""
    if options.invitation:
        known = asyncio.run(_by_invitation(config, options.invitation))
    else:
        name, kind = options.name or config.station.name, options.kind
        if not name or not kind:
            raise BadRequest(reason="without an invitation a station needs --name and --kind")
        known = asyncio.run(_by_code(config, options.server, name, kind, options.yes))
    print(
        f"This is {known.about.name} ({known.about.kind}) now, of the venue with the key "
        f"{known.hint}. Its certificate ends on {known.leaf.expires_at:%Y-%m-%d} "
        "and is renewed by itself."
    )
    return 0


async def _by_invitation(config: Config, text: str) -> Credentials:
    seams = shifted(config.clock_ahead_s)
    return await pair_by_invitation(read_invitation(text), config.data_path / FOLDER, seams)


async def _by_code(config: Config, server: str, name: str, kind: str, yes: bool) -> Credentials:
    address = spell_address(server or config.station.server)
    if not address:
        address = await find_venue(interfaces=config.station.discover_interfaces)
    if not address.startswith("https:"):
        raise TlsNeeded(address=address)

    def show(code: str) -> None:
        print(f"The server at {address} was found. This station's code is", flush=True)
        print(f"\n        {code[:3]} {code[3:]}\n", flush=True)
        print("A manager confirms it: console, Stations; or venue station confirm.", flush=True)

    # First beside the place where it counts: until a person has said yes it is nobody's.
    folder = config.data_path / f"{FOLDER}.pairing"
    try:
        known = await pair_by_code(address, name, kind, folder, show, shifted(config.clock_ahead_s))
        if not yes and not await asyncio.to_thread(_is_confirmed):
            raise PairingRefused(state=NOT_CONFIRMED)
        return await asyncio.to_thread(_take_over, known, config.data_path / FOLDER)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _take_over(known: Credentials, folder: Path) -> Credentials:
    """Put credentials in the place of older ones."""
    older = folder.with_name(f"{folder.name}.old")
    shutil.rmtree(older, ignore_errors=True)
    if folder.exists():
        folder.rename(older)
    known.folder.rename(folder)
    shutil.rmtree(older, ignore_errors=True)
    return Credentials(folder, known.about, known.leaf, known.authority)


def _is_confirmed() -> bool:
    """A server that is not the venue's would say so by itself: only a person knows."""
    if not sys.stdin.isatty():
        return False
    print("The server says: a manager confirmed this code. Did one, just now? [y/N] ", end="")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes", "j", "是")
