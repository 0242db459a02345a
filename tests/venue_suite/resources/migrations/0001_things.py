"""Tables of the imaginary plugin `things`."""

import peewee


def up(migrator, db):
    class Box(db.Model):
        code = peewee.TextField(unique=True)
        active = peewee.BooleanField()

        class Meta:
            table_name = "things_box"

    class Thing(db.Model):
        code = peewee.TextField(unique=True)
        note = peewee.TextField()
        name = peewee.TextField()
        count = peewee.IntegerField(null=True)
        price_minor = peewee.BigIntegerField(null=True)
        is_on = peewee.BooleanField()
        colour = peewee.TextField()
        sizes = peewee.TextField()
        box = peewee.ForeignKeyField(Box, null=True)
        day = peewee.TextField(null=True)
        starts_at = peewee.BigIntegerField(null=True)
        made = peewee.IntegerField()

        class Meta:
            table_name = "things_thing"

    db.create_tables([Box, Thing], safe=False)
