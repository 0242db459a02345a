"""Numbered migrations per package, run by peewee's own runner, each package with its history."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from playhouse.migrations import Runner

from venue_suite.database.engine import Engine
from venue_suite.domain.errors import DatabaseTooNew

logger = logging.getLogger(__name__)

KERNEL_MIGRATIONS = {"kernel": Path(__file__).parent.parent / "migrations"}


def refuse_newer(engine: Engine, database: Any, packages: Mapping[str, Path]) -> None:
    """Compare the history with the files; changes nothing.

    Raises:
        DatabaseTooNew: the history knows a migration that no file here describes.
    """
    for name, folder in packages.items():
        statuses = _runner(database, name, folder).status()
        unknown = [status.name for status in statuses if status.path is None]
        if unknown:
            known = [status.name for status in statuses if status.path is not None]
            raise DatabaseTooNew(
                path=engine.place,
                found=f"{name} {unknown[-1]}",
                known=f"{name} {known[-1] if known else '-'}",
            )


def is_pending(database: Any, packages: Mapping[str, Path]) -> bool:
    """Whether `migrate` would have something to do."""
    return any(
        not status.applied
        for name, folder in packages.items()
        for status in _runner(database, name, folder).status()
    )


def migrate(
    engine: Engine,
    database: Any,
    packages: Mapping[str, Path],
    set_aside: Callable[[str, Exception], None] | None = None,
) -> None:
    """Apply what is pending, in the order of `packages`; each migration wholly or not at all.

    Args:
        set_aside: told a package, other than the kernel, whose migration failed; the others go on.
            Without it, and for what is the disk's fault, the failure is raised.
    """
    for name, folder in packages.items():
        try:
            for applied in _runner(database, name, folder).up():
                logger.info("migrated", extra={"package": name, "migration": applied})
        except Exception as error:
            if set_aside is None or name in KERNEL_MIGRATIONS or engine.is_fault(error):
                raise
            set_aside(name, error)


def _runner(database: Any, name: str, folder: Path) -> Any:
    return Runner(database, directory=str(folder), table_name=f"{name}_migration")


def list_pending(database: Any, packages: Mapping[str, Path]) -> dict[str, tuple[str, str]]:
    """What `migrate` would do: package -> its last migration that was applied ("" if none was),
    and the last one that there is."""
    found: dict[str, tuple[str, str]] = {}
    for name, folder in packages.items():
        statuses = _runner(database, name, folder).status()
        applied = [status.name for status in statuses if status.applied]
        if len(applied) < len(statuses):
            found[name] = (applied[-1] if applied else "", statuses[-1].name)
    return found
