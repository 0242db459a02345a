"""`venue verify`, `upgrade`, `backup`: looking after the venue's data."""

from __future__ import annotations

import argparse
import os
import re
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec

from venue_suite.config import Config
from venue_suite.database.engine import Engine
from venue_suite.database.engines import make_engine
from venue_suite.database.sqlite import SqliteEngine, check_library
from venue_suite.domain.errors import BadRequest, Refused, VerifyFailed
from venue_suite.seams import Seams
from venue_suite.server.running import VenueServer, find_violations
from venue_suite.upgrade.backing_up import back_up
from venue_suite.upgrade.postgresql import make_dump
from venue_suite.upgrade.upgrading import no_check
from venue_suite.verify.findings import Finding

_NICE = 10
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def verify(config: Config, options: argparse.Namespace) -> int:
    """Check every invariant, also of a venue that is open. Raises VerifyFailed after the list."""
    _demand_database(config)
    last = _length(options.last) if options.last else None
    server = VenueServer(config)
    server.open_read_only()
    try:
        findings = find_violations(server, last)
    finally:
        server.close()
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(findings)).decode())
    else:
        for finding in findings:
            _show(finding)
    broken = sum(not finding.holds for finding in findings)
    if broken:
        raise VerifyFailed(count=broken)
    return 0


def upgrade(config: Config, options: argparse.Namespace) -> int:
    """Bring the database up to date, as the server's start would, and end."""
    _demand_database(config)
    server = VenueServer(config)
    backups: list[Path] = []
    wish = replace(server.upgrade_wish(), on_backup=backups.append)
    if options.accept_findings:
        wish = replace(wish, check=no_check)
    if options.dump_is_made:
        wish = replace(wish, dumps=None)
    try:
        server.open(wish)
    finally:
        server.close()
    for backup in backups:
        print(f"The old database is kept as {backup}.", file=sys.stderr)
    print("The database is up to date.", file=sys.stderr)
    return 0


def backup(config: Config, options: argparse.Namespace) -> int:
    """Copy the database, gently, to a file that is there only when it is whole. It need not
    have this version's tables: who is about to upgrade wants a copy first."""
    _demand_database(config)
    os.nice(_NICE)
    engine = make_engine(config.database_place)
    is_file = isinstance(engine, SqliteEngine)
    target = _target(options.file, "db" if is_file else "dump")
    if is_file:
        check_library()
        size_bytes = back_up(config.database_path, target).size_bytes
    else:
        size_bytes = _dump(engine, target)
    print(f"{target}: {size_bytes / 2**20:.1f} MB, checked.", file=sys.stderr)
    return 0


def _demand_database(config: Config) -> None:
    if config.database_place == config.database_path and not config.database_path.exists():
        raise Refused(reason=f"there is no database {config.database_path}")


def _target(file: Path, ending: str) -> Path:
    """The file, or one in that folder with a name of now."""
    if not file.is_dir():
        return file.absolute()
    return file.absolute() / f"venue-{Seams().now():%Y%m%dT%H%M%SZ}.{ending}"


def _dump(engine: Engine, target: Path) -> int:
    reader = engine.open_reader()
    try:
        make_dump(reader.connection, target.parent, name=target.name)
    finally:
        reader.close()
    return target.stat().st_size


def _length(text: str) -> timedelta:
    """`90m`, `24h`, `7d`. Raises BadRequest."""
    match = re.fullmatch(r"(\d{1,5})([mhd])", text, re.ASCII)
    if match is None:
        raise BadRequest(reason=f"--last {text} is no length of time like 24h")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _show(finding: Finding) -> None:
    word = "ok " if finding.holds else "BAD"
    print(f"{word}  {finding.name:32} {finding.summary}")
    for sentence in finding.sentences:
        print(f"     {sentence}")
