"""`venue audit verify FILE`: on any machine, without the venue's server, database or plugins."""

from __future__ import annotations

import argparse
from pathlib import Path

from venue_suite.audit.bundle import verify_bundle
from venue_suite.config import Config
from venue_suite.domain.errors import NotFound, Refused, VenueError


class AuditBroken(VenueError):
    """An exported audit log does not hold what it should."""

    code = "audit_broken"
    exit_status = 7
    default_template = "The audit log in {file} is not sound. Findings: {count}."


def verify(config: Config, options: argparse.Namespace) -> int:
    """Check an exported audit log. Raises AuditBroken after the list of findings."""
    file: Path = options.file
    try:
        with file.open("rb") as lines:
            verdict = verify_bundle(lines, key=options.key, head=options.head)
    except FileNotFoundError as error:
        raise NotFound(what="The file", key=file) from error
    except OSError as error:
        raise Refused(reason=f"{file} can't be read: {error.strerror or error}") from error
    for note in verdict.notes:
        print(note)
    for finding in verdict.findings:
        print(f"BAD  {finding}")
    if verdict.findings:
        raise AuditBroken(file=file, count=len(verdict.findings))
    print("Nothing in it was changed, removed or added.")
    return 0
