"""A backup while the venue sells: gentle, checked, and never half a file under its name."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import apsw

from venue_suite.upgrade.copying import BESIDE_SALES, Copied, CopyUnsound, Pace, copy_database
from venue_suite.upgrade.errors import BackupFailed
from venue_suite.upgrade.files import demand_room, give_name, remove_unfinished, unfinished

MARK = ".venue-backup-"
_SPARE_BYTES = 16 * 1024 * 1024


def back_up(
    source: Path,
    target: Path,
    pace: Pace = BESIDE_SALES,
    pause: Callable[[float], None] = time.sleep,
) -> Copied:
    """Copy a venue's database to a new file, also while a server writes to it. Blocking.

    Args:
        target: must not exist; its folder must.
        pace: how much of the disk it may take.

    Raises:
        NoRoom: before anything is written.
        BackupFailed: there is nothing under that name then.
    """
    if target.exists():
        raise BackupFailed(path=target, reason="there is such a file already")
    if not target.parent.is_dir():
        raise BackupFailed(path=target, reason=f"there is no folder {target.parent}")
    try:
        remove_unfinished(target.parent, MARK)
        demand_room(target.parent, source.stat().st_size + _SPARE_BYTES)
        with unfinished(target.parent, MARK) as file:
            copied = copy_database(source, file, pace, pause)
            give_name(file, target)
    except FileExistsError as error:
        raise BackupFailed(path=target, reason="there is such a file already") from error
    except (OSError, apsw.Error, CopyUnsound) as error:
        raise BackupFailed(path=target, reason=str(error)) from error
    return copied
