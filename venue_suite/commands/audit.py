"""`venue audit export FILE`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from venue_suite.audit.exporting import export_lines
from venue_suite.audit.signing import HeadSigner, load_signer
from venue_suite.config import Config
from venue_suite.domain.errors import Refused
from venue_suite.server.running import VenueServer


def export(config: Config, options: argparse.Namespace) -> int:
    """Write the whole audit log to a file, also of a venue that is open."""
    target: Path = options.file
    signer = load_signer(config.data_path / "keys")
    server = VenueServer(config)
    server.open_read_only()
    try:
        asyncio.run(_write(server, signer, target))
    finally:
        server.close()
    if signer is None:
        print("The signing key is not in the data folder, so the end is unsigned.", file=sys.stderr)
    print(f"The audit log is in {target}. Check it anywhere: venue audit verify {target}")
    return 0


async def _write(server: VenueServer, signer: HeadSigner | None, target: Path) -> None:
    try:
        with target.open("xb") as out:
            async for piece in export_lines(server.database, signer):
                out.write(piece)
    except FileExistsError as error:
        raise Refused(reason=f"{target} exists already") from error
    except OSError as error:
        raise Refused(reason=f"{target} can't be written: {error.strerror or error}") from error
