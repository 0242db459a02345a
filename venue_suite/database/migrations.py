"""Numbered migrations per package, run by peewee's own runner, each package with its history."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playhouse.migrations import Runner

from venue_suite.domain.errors import DatabaseTooNew

logger = logging.getLogger(__name__)

KERNEL_MIGRATIONS = {"kernel": Path(__file__).parent.parent / "migrations"}


def migrate(path: Path, database: Any, packages: Mapping[str, Path]) -> None:
    """Apply what is pending, in the order of `packages`.

    Raises:
        DatabaseTooNew: the history knows a migration that no file here describes; nothing is changed.
    """
    runners = {
        name: Runner(database, directory=str(folder), table_name=f"{name}_migration")
        for name, folder in packages.items()
    }
    for name, runner in runners.items():
        statuses = runner.status()
        unknown = [status.name for status in statuses if status.path is None]
        if unknown:
            known = [status.name for status in statuses if status.path is not None]
            raise DatabaseTooNew(
                path=path,
                found=f"{name} {unknown[-1]}",
                known=f"{name} {known[-1] if known else '-'}",
            )
    for name, runner in runners.items():
        for applied in runner.up():
            logger.info("migrated", extra={"package": name, "migration": applied})
