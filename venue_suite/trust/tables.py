"""Stations."""

from __future__ import annotations

import peewee

from venue_suite.database.rows import MomentField, Row


class StationRow(Row):
    """One kiosk, console or gate. `key_hash` is the SHA-256 of its key."""

    id = peewee.AutoField()
    name = peewee.TextField(unique=True)
    kind = peewee.TextField()
    key_hash = peewee.TextField(unique=True)
    active = peewee.BooleanField(default=True)
    added_at = MomentField()

    class Meta:
        table_name = "station"
