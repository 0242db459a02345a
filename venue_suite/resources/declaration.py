"""How a maintained table is declared.

HALLS = Resource(
    name="halls",
    label={"zh": "厅", "en": "Halls"},
    label_one={"zh": "厅", "en": "Hall"},
    row=HallRow,
    fields=(
        Field(name="code", kind=TEXT, label={"zh": "代号", "en": "Code"}, required=True),
        Field(name="name", kind=LOCALIZED, label={"zh": "名称", "en": "Name"}, in_list=True),
    ),
    key=("code",),
    rights=Rights(view="sales.see_catalogue", create="sales.edit_catalogue"),
)
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from venue_suite.domain.localized import Localized
from venue_suite.resources.fields import (
    CHOICE,
    CHOICES,
    KINDS,
    LOCALIZED,
    REFERENCE,
    TEXT,
    Field,
    Values,
)

GROUPS = ("today", "programme", "customers", "business")
RESERVED = frozenset({"id", "version", "search", "sort", "after", "limit", "format", "language"})
DELETE = "delete"  # refused while something refers to the record
RETIRE = "retire"  # a flag says that it is not used any more; it stays
NEVER = "never"
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class FieldRefusal:
    """Why a field's value is not taken.

    Attributes:
        field: its name.
        code: stable, snake_case.
        template: English sentence with places, the key of its translation.
        params: fill the places; names in several languages are told in the reader's.
    """

    field: str
    code: str
    template: str
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole record as it is to be, for rules that look at more than one field.

    Attributes:
        values: all fields.
        references: field name -> the row that it refers to; only those that exist.
        old: all fields as they are now; None for a new record.
    """

    values: Values
    references: Mapping[str, Any]
    old: Values | None


Rule = Callable[[Draft], Iterable[FieldRefusal]]


@dataclass(frozen=True, slots=True)
class Rights:
    """Permissions. An empty one means that nobody does it through this resource."""

    view: str
    create: str = ""
    change: str = ""
    remove: str = ""


@dataclass(frozen=True, slots=True)
class Removal:
    """What removing a record means.

    Attributes:
        how: `delete`, `retire` or `never`.
        flag: with `retire`: the field that becomes false.
        users: table -> what its rows are called, for those that keep a record from being deleted.
    """

    how: str = DELETE
    flag: str = ""
    users: Mapping[str, Localized] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resource:
    """A table that people maintain.

    Attributes:
        name: snake_case plural. Routes are `/<owner>/<name with hyphens>`, facts
            `<owner>.<name>.changed`.
        label, label_one: what the records, and one of them, are called.
        row: the peewee table; its key is an integer `id`.
        fields: in the order of the form.
        key: the fields by which people, and files, know a record; no two records share them.
        rights: who may do what.
        title: the fields that a record is called by; empty: those of `key`.
        unique_together: further groups of fields that no two records share.
        rules: checks over the whole record.
        removal: what removing means.
        sort: order of lists, for example `position` or `-starts_at`; empty: the first key field.
        group: where it stands in the back office: one of `GROUPS`.
        icon: its drawing there.
        about: one sentence for people who see the list for the first time.
    """

    name: str
    label: Localized
    label_one: Localized
    row: type[Any]  # a `Row` with an integer `id`
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    rights: Rights
    title: tuple[str, ...] = ()
    unique_together: tuple[tuple[str, ...], ...] = ()
    rules: tuple[Rule, ...] = ()
    removal: Removal = Removal()
    sort: str = ""
    group: str = "programme"
    icon: str = "table"
    about: Localized = dataclasses.field(default_factory=dict)

    @property
    def by_name(self) -> dict[str, Field]:
        return {one.name: one for one in self.fields}

    @property
    def title_fields(self) -> tuple[str, ...]:
        return self.title or self.key


def check_resources(owner: str, resources: Sequence[Resource]) -> None:
    """Raises ValueError with the first thing that is wrong in the declarations of one owner."""
    names = [one.name for one in resources]
    if len(set(names)) < len(names):
        raise ValueError(f"{owner} declares a resource twice")
    for resource in resources:
        for fault in _faults(resource):
            raise ValueError(f"resource {owner}/{resource.name}: {fault}")


def _faults(resource: Resource) -> Iterable[str]:
    known = resource.by_name
    if not _NAME.fullmatch(resource.name):
        yield "its name is not snake_case"
    if len(known) < len(resource.fields):
        yield "a field is declared twice"
    if not resource.key or not resource.rights.view:
        yield "it needs a key and a right to view"
    if resource.group not in GROUPS:
        yield f"there is no group {resource.group}"
    named = [*resource.key, *resource.title, *sum(resource.unique_together, ())]
    named += [name for name in (resource.sort.lstrip("-"), resource.removal.flag) if name]
    for name in named:
        if name not in known:
            yield f"it names a field {name} that it does not have"
    for name in resource.key:
        if known[name].kind in (LOCALIZED, CHOICES) or not known[name].required:
            yield f"the key field {name} must be required, and one plain value"
    for one in resource.fields:
        yield from _field_faults(one)
        yield from _column_faults(one, resource.row)
    if resource.rights.create:
        yield from _undeclared_columns(resource)


def _field_faults(one: Field) -> Iterable[str]:
    if not _NAME.fullmatch(one.name) or one.name in RESERVED:
        yield f"a field can't be named {one.name}"
    if one.kind not in KINDS:
        yield f"field {one.name}: there is no kind {one.kind}"
    if not (one.label.get("zh") and one.label.get("en")):
        yield f"field {one.name} needs a label in Chinese and English"
    if (one.kind in (CHOICE, CHOICES)) != bool(one.choices):
        yield f"field {one.name}: choices belong to a choice"
    if (one.kind == REFERENCE) != bool(one.reference):
        yield f"field {one.name}: a reference names the resource that it leads to"
    if one.pattern and not (one.kind == TEXT and one.pattern_help):
        yield f"field {one.name}: a pattern belongs to a text and needs words for people"
    if one.searchable and one.kind not in (TEXT, LOCALIZED):
        yield f"field {one.name}: only texts are searched"


def _column_faults(one: Field, row: type[Any]) -> Iterable[str]:
    column = row._meta.fields.get(one.name)
    if column is None:
        yield f"field {one.name}: the table has no such column"
    elif (one.kind == REFERENCE) != isinstance(column, peewee.ForeignKeyField):
        yield f"field {one.name}: a reference is a foreign key"
    elif one.empty is None and not (one.required or one.read_only or column.null):
        yield f"field {one.name} may be empty, but its column may not"


def _undeclared_columns(resource: Resource) -> Iterable[str]:
    """Columns that a new record would lack."""
    for name, column in resource.row._meta.fields.items():
        given = name in resource.by_name or column.null or column.default is not None
        if not given and not isinstance(column, peewee.AutoField):
            yield f"records can't be created: nothing fills the column {name}"
