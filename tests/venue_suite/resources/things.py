"""An imaginary plugin with a field of every kind, for tests of maintained tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import peewee

from venue_suite.database import JsonField, MomentField, Row
from venue_suite.hookspecs import PluginInfo, VenueHooks, hookimpl
from venue_suite.identity.permissions import Permission
from venue_suite.resources import fields
from venue_suite.resources.declaration import (
    RETIRE,
    Draft,
    FieldRefusal,
    Removal,
    Resource,
    Rights,
)
from venue_suite.resources.fields import Choice, Field
from venue_suite.resources.served import Resources

RIGHTS = Rights("things.see", "things.make", "things.change", "things.remove")


class BoxRow(Row):
    id = peewee.AutoField()
    code = peewee.TextField(unique=True)
    active = peewee.BooleanField(default=True)

    class Meta:
        table_name = "things_box"


class ThingRow(Row):
    id = peewee.AutoField()
    code = peewee.TextField(unique=True)
    note = peewee.TextField(default="")
    name = JsonField(default=dict)
    count = peewee.IntegerField(null=True)
    price_minor = peewee.BigIntegerField(null=True)
    is_on = peewee.BooleanField(default=False)
    colour = peewee.TextField(default="")
    sizes = JsonField(default=list)
    box = peewee.ForeignKeyField(BoxRow, null=True)
    day = peewee.TextField(null=True)
    starts_at = MomentField(null=True)
    made = peewee.IntegerField(default=7)

    class Meta:
        table_name = "things_thing"


def label(text: str) -> dict[str, str]:
    return {"en": text.capitalize(), "zh": f"{text}名"}


def choices(*keys: str) -> tuple[Choice, ...]:
    return tuple(Choice(key, {"en": key.upper(), "zh": f"{key}号"}) for key in keys)


BOXES = Resource(
    name="boxes",
    label=label("boxes"),
    label_one=label("box"),
    row=BoxRow,
    fields=(
        Field(name="code", kind=fields.TEXT, label=label("code"), required=True, in_list=True),
        Field(name="active", kind=fields.FLAG, label=label("active"), default=True, in_list=True),
    ),
    key=("code",),
    rights=RIGHTS,
    removal=Removal(how=RETIRE, flag="active"),
)


def cheap_things_are_small(draft: Draft) -> Iterator[FieldRefusal]:
    """A rule over two fields."""
    price_minor, count = draft.values["price_minor"], draft.values["count"]
    if price_minor is not None and count is not None and price_minor < 100 < count:
        yield FieldRefusal(
            "price_minor",
            code="too_cheap",
            template="That is too cheap for {count}.",
            params={"count": count},
        )


THINGS = Resource(
    name="odd_things",
    label=label("things"),
    label_one=label("thing"),
    row=ThingRow,
    fields=(
        Field(
            name="code",
            kind=fields.TEXT,
            label=label("code"),
            required=True,
            fixed=True,
            in_list=True,
            searchable=True,
            length_max=40,
        ),
        Field(
            name="note",
            kind=fields.TEXT,
            label=label("note"),
            long=True,
            searchable=True,
            section=label("more"),
        ),
        Field(
            name="name",
            kind=fields.LOCALIZED,
            label=label("name"),
            in_list=True,
            searchable=True,
        ),
        Field(
            name="count",
            kind=fields.NUMBER,
            label=label("count"),
            minimum=-5,
            unit=label("pieces"),
            in_list=True,
        ),
        Field(name="price_minor", kind=fields.MONEY, label=label("price"), minimum=0, in_list=True),
        Field(name="is_on", kind=fields.FLAG, label=label("on"), in_list=True),
        Field(
            name="colour",
            kind=fields.CHOICE,
            label=label("colour"),
            choices=choices("red", "blue"),
        ),
        Field(
            name="sizes",
            kind=fields.CHOICES,
            label=label("sizes"),
            choices=choices("s", "m", "l"),
        ),
        Field(name="box", kind=fields.REFERENCE, label=label("box"), reference="things/boxes"),
        Field(name="day", kind=fields.DATE, label=label("day")),
        Field(name="starts_at", kind=fields.MOMENT, label=label("start")),
        Field(name="made", kind=fields.NUMBER, label=label("made"), read_only=True, default=7),
    ),
    key=("code",),
    rights=RIGHTS,
    rules=(cheap_things_are_small,),
)


class Things(VenueHooks):
    """The plugin."""

    @hookimpl
    def venue_describe(self) -> PluginInfo:
        return PluginInfo("things", "Things and boxes", "1.0")

    @hookimpl
    def venue_register_migrations(self) -> Path:
        return Path(__file__).parent / "migrations"

    @hookimpl
    def venue_register_permissions(self) -> Sequence[Permission]:
        return [
            Permission("things.see", "see things", ("cashier",)),
            Permission("things.make", "make things", ("cashier",)),
            Permission("things.change", "change things"),
            Permission("things.remove", "remove things"),
        ]

    @hookimpl
    def venue_register_resources(self) -> Sequence[Resource]:
        return [BOXES, THINGS]


def resources() -> Resources:
    """The tables without any server."""
    return Resources({}, {"things": [BOXES, THINGS]})
