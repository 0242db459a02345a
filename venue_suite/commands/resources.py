"""`venue resource list|export|import`: maintained tables as files.

Looking works beside a running server. Writing needs the database for itself; beside a running
server a file is imported in the back office, or over the API.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from venue_suite.config import Config
from venue_suite.domain.errors import BadRequest, NotFound
from venue_suite.domain.localized import localized
from venue_suite.resources.errors import ImportRefused
from venue_suite.resources.exporting import export_csv, export_json
from venue_suite.resources.importing import REFUSED, SAME, carry_out, plan_import
from venue_suite.resources.served import Resources, ServedResource
from venue_suite.resources.wire import FILE_BYTES_MAX, ImportReport
from venue_suite.server.parts import PARTS
from venue_suite.server.running import VenueServer

T = TypeVar("T")


def list_tables(config: Config, options: argparse.Namespace) -> int:
    """Print the tables that can be exported."""
    server = VenueServer(config)
    server.plugins.load_entry_points()
    for one in _resources(server):
        print(f"{one.id:32} {localized(one.resource.label, options.language or 'en')}")
    return 0


def export(config: Config, options: argparse.Namespace) -> int:
    """Write a table to a file or to standard output, also while the server runs."""

    async def run(server: VenueServer, served: ServedResource) -> bytes:
        if options.format == "json":
            return await server.database.read(export_json, served)
        return await server.database.read(export_csv, served, options.headings)

    content = _with_server(config, options.table, run, read_only=True)
    if options.file is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return 0
    try:
        options.file.write_bytes(content)
    except OSError as error:
        raise BadRequest(reason=f"{options.file}: {error.strerror}") from error
    return 0


def import_file(config: Config, options: argparse.Namespace) -> int:
    """Say what a file would do, and with --write do it. Raises ImportRefused after the list."""
    content = _read(options.file)

    async def run(server: VenueServer, served: ServedResource) -> ImportReport:
        plan = await server.database.read(plan_import, served, content)
        _print_report(plan.report, served, options.language or "en")
        if not options.write:
            return plan.report
        return await server.database.write(
            carry_out, served, plan, options.only_good, plan.report.seen
        )

    report = _with_server(config, options.table, run, read_only=not options.write)
    if report.written:
        print(f"written: {report.new} new, {report.changed} changed", file=sys.stderr)
    elif report.refused:
        raise ImportRefused(count=report.refused)
    else:
        print("nothing is written yet; --write does it", file=sys.stderr)
    return 0


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > FILE_BYTES_MAX:
            raise BadRequest(reason=f"{file} is larger than {FILE_BYTES_MAX} bytes")
        return file.read_bytes()
    except OSError as error:
        raise BadRequest(reason=f"{file}: {error.strerror}") from error


def _print_report(report: ImportReport, served: ServedResource, language: str) -> None:
    known = served.resource.by_name
    for row in report.rows:
        if row.state == SAME:
            continue
        print(f"{row.line:6} {row.state:8} {row.title}")
        for change in row.changes:
            print(f"       {change.field}: {change.old or '-'} -> {change.new or '-'}")
        for name, problems in row.problems.items():
            label = localized(known[name].label, language) if name in known else name
            for one in problems:
                print(f"       {label}: {localized(one.text, language)}")
    if report.ignored:
        print(f"       left out: {', '.join(report.ignored)}")
    counts = f"{report.new} new, {report.changed} changed, {report.same} the same"
    print(f"{counts}, {report.refused} {REFUSED} ({report.encoding})")


def _resources(server: VenueServer) -> Resources:
    of_rooms = {part.name: part.resources for part in PARTS}
    return Resources(of_rooms, server.plugins.resources())


def _with_server(
    config: Config,
    table: str,
    run: Callable[[VenueServer, ServedResource], Coroutine[Any, Any, T]],
    *,
    read_only: bool,
) -> T:
    """Open the venue's database, only to read or alone, for one piece of work."""
    server = VenueServer(config)
    if read_only:
        server.open_read_only()
    else:
        server.open()
    try:
        served = _resources(server).get(table.replace("-", "_"))
        if served is None:
            raise NotFound(what="Table", key=table)
        return asyncio.run(run(server, served))
    finally:
        server.close()
