"""Lanes, scans and entries."""

from __future__ import annotations

import peewee

from venue_suite.database import JsonField, MomentField, Row


class LaneRow(Row):
    """One passage. `state`: open or closed."""

    id = peewee.AutoField()
    code = peewee.TextField(unique=True)
    name = JsonField()
    state = peewee.TextField()

    class Meta:
        table_name = "admission_lane"


class ScanRow(Row):
    """One attempt to enter, allowed or refused, with what was answered. Codes are not stored."""

    id = peewee.AutoField()
    at = MomentField(index=True)
    lane = peewee.ForeignKeyField(LaneRow)
    station = peewee.TextField()
    right_id = peewee.TextField(index=True)
    result = peewee.TextField()
    code = peewee.TextField()
    answer = JsonField()
    passage = peewee.TextField()  # "", waiting, passed, timed_out, unknown

    class Meta:
        table_name = "admission_scan"


class EntryRow(Row):
    """One use of a right: numbers 1 to `admits`. First entry wins: the database sees to it."""

    id = peewee.AutoField()
    right_id = peewee.TextField()
    number = peewee.IntegerField()
    scan = peewee.ForeignKeyField(ScanRow, unique=True)
    lane = peewee.ForeignKeyField(LaneRow)
    at = MomentField(index=True)

    class Meta:
        table_name = "admission_entry"
        indexes = ((("right_id", "number"), True),)
