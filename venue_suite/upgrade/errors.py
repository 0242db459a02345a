"""Why there is no copy, or no upgrade."""

from __future__ import annotations

from venue_suite.domain.errors import VenueError


class NoRoom(VenueError):
    """The disk has too little room for what is about to be written. Nothing was begun."""

    code = "no_room"
    exit_status = 6
    default_template = (
        "There is too little room in {folder}: {needed} MB are needed, {free} MB are free."
    )


class UpgradeFailed(VenueError):
    """The old database is as it was, and the program that wrote it can go on with it."""

    code = "upgrade_failed"
    exit_status = 6
    default_template = "The database {path} was not upgraded and is as it was: {reason}"


class BackupFailed(VenueError):
    """There is no backup under that name; the database is as it was."""

    code = "backup_failed"
    exit_status = 6
    default_template = "There is no backup {path}: {reason}"


class DumpMissing(VenueError):
    """A PostgreSQL database is upgraded only after a dump of it was made."""

    code = "dump_missing"
    exit_status = 6
    default_template = (
        "The database {place} was not upgraded: no dump of it could be made ({reason}). Please "
        "make one by hand, then run `venue upgrade --dump-is-made`."
    )
