"""JSON shapes of one table's records, made from its declaration with `msgspec.defstruct`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from venue_suite.domain.localized import Localized
from venue_suite.paging import PageQuery
from venue_suite.resources import fields
from venue_suite.resources.declaration import Resource
from venue_suite.resources.fields import Field

SearchText = Annotated[str, Meta(max_length=200)]
FILTERED = (fields.FLAG, fields.CHOICE, fields.REFERENCE, fields.TEXT)
SORTED = (
    fields.TEXT,
    fields.NUMBER,
    fields.MONEY,
    fields.FLAG,
    fields.CHOICE,
    fields.DATE,
    fields.MOMENT,
)


@dataclass(frozen=True, slots=True)
class Shapes:
    """The types of one resource.

    Attributes:
        values: the values of one record as they are answered.
        record: one record as it is answered.
        page: a page of them.
        create: the body that makes one.
        change: the body that changes one: the version that was seen, and the fields that change.
        query: what a list may be asked for.
    """

    values: Any
    record: Any
    page: Any
    create: Any
    change: Any
    query: Any


def make_shapes(resource: Resource) -> Shapes:
    """Make the types of a resource. Their names stand in the OpenAPI document.

    Bodies take any value for a field, so that all that is wrong can be told at once, field by
    field; the schema that they show is nevertheless that of the exact types.
    """
    noun = "".join(part.capitalize() for part in resource.name.split("_"))
    values = _struct(f"{noun}Values", [_answered(one) for one in resource.fields])
    record = _struct(
        f"{noun}Record",
        [
            ("id", int),
            ("version", str),
            ("title", Localized),
            ("values", values),
            ("names", dict[str, Localized], msgspec.field(default_factory=dict)),
        ],
    )
    items: Any = list[record]  # type: ignore[valid-type]
    page = _struct(f"{noun}Page", [("items", items), ("next", str), ("total", int)])
    taken = [one for one in resource.fields if not one.read_only]
    new = _loose(f"{noun}New", [_created(one) for one in taken])
    create = _struct(f"{noun}Create", [("values", new)], strict=True)
    version = Annotated[str, Meta(max_length=64, description="of the record as it was seen")]
    changed = _loose(f"{noun}Changed", [_changed(one) for one in taken if not one.fixed])
    change = _struct(f"{noun}Change", [("version", version), ("values", changed)], strict=True)
    return Shapes(values, record, page, create, change, _query(resource, noun))


def _loose(name: str, members: list[Any]) -> Any:
    """Any object, shown as the struct of these members."""
    exact = _struct(name, members, strict=True)
    shown = msgspec.json.schema(exact)["$defs"][name]
    return Annotated[dict[str, Any], Meta(extra_json_schema=shown)]


def _query(resource: Resource, noun: str) -> Any:
    found: list[Any] = []
    if any(one.searchable for one in resource.fields):
        words = "what stands in any of the searchable fields"
        found.append(_asked("search", SearchText, words))
    names = [one.name for one in resource.fields if one.kind in SORTED]
    orders: Any = Literal[("", *names, *(f"-{name}" for name in names))]
    found.append(_asked("sort", orders, "a field; with - before it the other way round"))
    for one in resource.fields:
        if one.kind in FILTERED:
            words = f"only those with this: {one.label['en']}"
            found.append(_asked(one.name, _filtered(one), words))
    return msgspec.defstruct(
        f"{noun}Query",
        found,
        bases=(PageQuery,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
        module=__name__,
    )


def _asked(name: str, kind: Any, words: str) -> Any:
    start: Any = "" if name in ("search", "sort") else UNSET
    about = Annotated[kind, Meta(description=words)]
    return (name, about if start == "" else about | UnsetType, start)


def _filtered(field: Field) -> Any:
    if field.kind == fields.FLAG:
        return bool
    if field.kind == fields.REFERENCE:
        return Annotated[int, Meta(ge=1, le=fields.INTEGER_MAX)]
    if field.kind == fields.CHOICE:
        return Literal[("", *(one.key for one in field.choices))]
    return SearchText


def _struct(name: str, members: list[Any], *, strict: bool = False) -> Any:
    return msgspec.defstruct(
        name, members, frozen=True, kw_only=True, forbid_unknown_fields=strict, module=__name__
    )


def _answered(field: Field) -> Any:
    kind = fields.TYPES[field.kind]
    return (field.name, kind if field.empty is not None else kind | None)


def _created(field: Field) -> Any:
    kind = _received(field)
    if field.empty is None and not field.required:
        kind = kind | None
    if field.required and field.default is None:
        return (field.name, kind)
    start = field.start
    if isinstance(start, list | dict):
        return (field.name, kind, msgspec.field(default_factory=lambda: field.start))
    return (field.name, kind, start)


def _changed(field: Field) -> Any:
    kind = _received(field)
    if field.empty is None:
        kind = kind | None
    return (field.name, kind | UnsetType, UNSET)


def _received(field: Field) -> Any:
    """The type that comes in, with the limits that can be told in a schema."""
    about = Meta(description=field.help.get("en") or field.label["en"])
    kind = _limited(field) if field.kind in _LIMITED else fields.TYPES[field.kind]
    if field.kind == fields.MOMENT:
        kind = Annotated[kind, Meta(tz=True)]
    return Annotated[kind, about]


_LIMITED = {
    fields.TEXT,
    fields.LOCALIZED,
    fields.NUMBER,
    fields.MONEY,
    fields.REFERENCE,
    fields.CHOICE,
    fields.CHOICES,
}


def _limited(field: Field) -> Any:
    keys = [one.key for one in field.choices]
    kind: Any
    if field.kind == fields.TEXT:
        pattern = f"^(?:{field.pattern})$" if field.pattern and field.required else None
        kind = Annotated[str, Meta(max_length=field.length_max, pattern=pattern)]
    elif field.kind == fields.LOCALIZED:
        kind = dict[Literal["zh", "en"], Annotated[str, Meta(max_length=field.length_max)]]
    elif field.kind == fields.CHOICE:
        kind = Literal[tuple(keys if field.required else ["", *keys])]
    elif field.kind == fields.CHOICES:
        one_of: Any = Literal[tuple(keys)]
        kind = list[one_of]
    else:
        low = 1 if field.kind == fields.REFERENCE else field.minimum
        low = -fields.INTEGER_MAX if low is None else low
        high = fields.INTEGER_MAX if field.maximum is None else field.maximum
        kind = Annotated[int, Meta(ge=low, le=high)]
    return kind
