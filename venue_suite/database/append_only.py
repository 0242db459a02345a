"""Tables that nobody changes, not even by hand: the database itself refuses."""

from __future__ import annotations

from typing import Any

import peewee

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME; END $$
"""


def refuse_changes(database: Any, *tables: str) -> None:
    """For migrations: from now on rows of these tables can be added, never changed or removed.

    Args:
        database: peewee's database of either engine.
    """
    on_postgresql = isinstance(database, peewee.PostgresqlDatabase)
    if on_postgresql:
        database.execute_sql(_FUNCTION)
    for table in tables:
        for verb in ("UPDATE", "DELETE", *(("TRUNCATE",) if on_postgresql else ())):
            if on_postgresql:
                each = "STATEMENT" if verb == "TRUNCATE" else "ROW"
                then = f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
            else:
                then = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            database.execute_sql(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {then}"
            )
