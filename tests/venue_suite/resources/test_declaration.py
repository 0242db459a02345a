"""Declarations that contradict themselves or their table are named, and their plugin put aside."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from tests.venue_suite.plugins import Named
from tests.venue_suite.resources.things import BOXES, THINGS, Things, resources
from venue_suite.hookspecs import hookimpl
from venue_suite.plugin_manager import PluginManager
from venue_suite.resources import fields
from venue_suite.resources.declaration import (
    RETIRE,
    Removal,
    Resource,
    Rights,
    check_resources,
)
from venue_suite.resources.fields import Choice, Field
from venue_suite.resources.served import Resources, ResourceUndeclared, fact_kinds

LABEL = {"zh": "名", "en": "Name"}
CODE = BOXES.fields[0]


def box(**other: Any) -> Resource:
    return dataclasses.replace(BOXES, **other)


def box_with(**other: Any) -> Resource:
    """The table of boxes, its field `active` with something else."""
    active = msgspec.structs.replace(BOXES.fields[1], **other)
    return box(fields=(CODE, active), removal=Removal())


@pytest.mark.parametrize(
    ("resource", "fault"),
    [
        (box(name="Boxes"), "not snake_case"),
        (box(fields=(CODE, CODE)), "declared twice"),
        (box(key=()), "needs a key"),
        (box(rights=Rights("")), "right to view"),
        (box(group="elsewhere"), "no group elsewhere"),
        (box(key=("colour",)), "names a field colour"),
        (box(sort="-colour"), "names a field colour"),
        (box(title=("colour",)), "names a field colour"),
        (box(unique_together=(("code", "colour"),)), "names a field colour"),
        (box(removal=Removal(how=RETIRE, flag="gone")), "names a field gone"),
        (box(key=("active",)), "must be required"),
        (box_with(name="search"), "can't be named search"),
        (box_with(name="id"), "can't be named id"),
        (box_with(kind="colour"), "no kind colour"),
        (box_with(label={"en": "On"}), "a label in Chinese and English"),
        (box_with(kind=fields.CHOICE), "choices belong to a choice"),
        (box_with(choices=(Choice("a", LABEL),)), "choices belong to a choice"),
        (box_with(kind=fields.REFERENCE), "a reference names the resource"),
        (box_with(kind=fields.REFERENCE, reference="things/boxes"), "is a foreign key"),
        (box_with(pattern="x"), "a pattern belongs to a text"),
        (box_with(searchable=True), "only texts are searched"),
        (box_with(name="colour"), "no such column"),
        (box_with(kind=fields.NUMBER, default=None), "its column may not"),
        (box(fields=(BOXES.fields[1],), key=("active",)), "must be required"),
    ],
)
def test_fault_is_named(resource: Resource, fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as caught:
        check_resources("things", [resource])
    assert str(caught.value).startswith(f"resource things/{resource.name}: ")


def test_column_that_nothing_fills_keeps_records_from_being_made() -> None:
    code = next(one for one in THINGS.fields if one.name == "code")
    only = dataclasses.replace(THINGS, fields=(code,), rules=())
    check_resources("things", [only])
    active = Field(name="active", kind=fields.FLAG, label=LABEL)
    with pytest.raises(ValueError, match="names a field code"):
        check_resources("things", [box(fields=(active,), removal=Removal())])


def test_a_name_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declares a resource twice"):
        check_resources("things", [BOXES, BOXES])


def test_hook_venue_register_resources_puts_a_bad_plugin_aside() -> None:
    class Bad(Named):
        @hookimpl
        def venue_register_resources(self) -> Sequence[Resource]:
            return [box(key=())]

    class Strange(Named):
        @hookimpl
        def venue_register_resources(self) -> Sequence[Resource]:
            return ["boxes"]  # type: ignore[list-item]

    manager = PluginManager()
    for name, plugin in (("bad", Bad("bad")), ("odd", Strange("odd")), ("things", Things())):
        manager.register(name, plugin)
    assert set(manager.resources()) == {"things"}
    states = {status.name: status.state.value for status in manager.statuses}
    assert states == {"bad": "quarantined", "odd": "quarantined", "things": "enabled"}


def test_reference_that_leads_nowhere_keeps_the_server_from_starting() -> None:
    with pytest.raises(ResourceUndeclared, match="box of things/odd_things refers to things/boxes"):
        Resources({}, {"things": [THINGS]})


def test_small_column_limits_its_numbers() -> None:
    served = resources().get("things/odd_things")
    assert served is not None
    known = served.resource.by_name
    assert (known["count"].minimum, known["count"].maximum) == (-5, 2**31 - 1)
    assert known["price_minor"].maximum is None


def test_whoever_sees_a_table_hears_of_its_changes() -> None:
    kinds = {kind.name: kind.permission for kind in fact_kinds(resources())}
    assert set(kinds) == {"things.boxes.changed", "things.odd_things.changed"}
    assert set(kinds.values()) == {"things.see"}


def test_schema_shows_the_exact_types_while_the_body_takes_all() -> None:
    """What OpenAPI shows is what a record needs; what comes in is checked field by field."""
    served = resources().get("things/odd_things")
    assert served is not None
    schema = msgspec.json.schema(served.shapes.create)
    values = schema["$defs"]["OddThingsCreate"]["properties"]["values"]
    assert values["required"] == ["code"]
    assert values["additionalProperties"] is False
    assert values["properties"]["colour"]["enum"] == ["", "blue", "red"]
    assert values["properties"]["count"]["anyOf"][0]["maximum"] == 2**31 - 1
    assert "made" not in values["properties"]
    changed = msgspec.json.schema(served.shapes.change)["$defs"]["OddThingsChange"]
    assert "code" not in changed["properties"]["values"]["properties"]
    body = b'{"values": {"code": 7, "nonsense": true}}'
    decoded = msgspec.json.decode(body, type=served.shapes.create)
    assert decoded.values == {"code": 7, "nonsense": True}
