"""The first tables of admission."""

from typing import Any

import peewee


def up(migrator: Any, db: Any) -> None:
    """Called by peewee's runner; `db.Model` is bound to the database that is migrated."""

    class Lane(db.Model):
        code = peewee.TextField(unique=True)
        name = peewee.TextField()
        state = peewee.TextField()

        class Meta:
            table_name = "admission_lane"

    class Scan(db.Model):
        at = peewee.BigIntegerField(index=True)
        lane = peewee.ForeignKeyField(Lane)
        station = peewee.TextField()
        right_id = peewee.TextField(index=True)
        result = peewee.TextField()
        code = peewee.TextField()
        answer = peewee.TextField()
        passage = peewee.TextField()

        class Meta:
            table_name = "admission_scan"

    class Entry(db.Model):
        right_id = peewee.TextField()
        number = peewee.IntegerField()
        scan = peewee.ForeignKeyField(Scan, unique=True)
        lane = peewee.ForeignKeyField(Lane)
        at = peewee.BigIntegerField(index=True)

        class Meta:
            table_name = "admission_entry"
            indexes = ((("right_id", "number"), True),)

    db.create_tables([Lane, Scan, Entry], safe=False)
