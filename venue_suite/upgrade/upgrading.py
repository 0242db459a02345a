"""Upgrading a SQLite database: a backup, then a copy that is migrated and checked, then one switch.

The database in service is only read until the switch, which is one rename. Whatever goes wrong, and
whenever the power fails, either the old one is there or the new one, whole.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import apsw

from venue_suite.database.migrations import migrate, read_history
from venue_suite.database.rows import thread_database
from venue_suite.database.sqlite import SqliteEngine, SqliteSession, open_writer
from venue_suite.database.work import View
from venue_suite.domain.errors import VenueError
from venue_suite.seams import Seams
from venue_suite.upgrade.copying import CopyUnsound, copy_database, open_to_read
from venue_suite.upgrade.errors import UpgradeFailed
from venue_suite.upgrade.files import (
    PRIVATE,
    demand_room,
    empty_and_remove,
    give_name,
    put_in_place,
    remove_unfinished,
    sync_folder,
    take_after,
    unfinished,
)

logger = logging.getLogger(__name__)

BACKUPS = "backups"
BACKUPS_KEPT = 5
_SPARE_BYTES = 64 * 1024 * 1024

Check = Callable[[View], Iterable[str]]
SetAside = Callable[[str, Exception], None]


def no_check(view: View) -> Iterable[str]:
    """Nothing to look for."""
    return ()
