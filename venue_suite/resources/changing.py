"""Verbs on one record of a maintained table: make, change, remove."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import peewee

from venue_suite.audit.entries import write_entry
from venue_suite.database.work import View, Work
from venue_suite.domain.localized import Localized, localized
from venue_suite.resources import fields
from venue_suite.resources.checking import take_values
from venue_suite.resources.declaration import (
    NEVER,
    RETIRE,
    Draft,
    FieldRefusal,
    Resource,
)
from venue_suite.resources.errors import (
    Both,
    ChangedMeanwhile,
    NeverRemoved,
    RecordClash,
    StillUsed,
)
from venue_suite.resources.fields import Field, Values
from venue_suite.resources.reading import (
    find_row,
    read_names,
    read_record,
    rows_by_ids,
    title_of,
    values_of,
    version_of,
)
from venue_suite.resources.served import ServedResource, read_notation
from venue_suite.resources.wire import AnyRecord, Removed
from venue_suite.texts import N_

CREATED, CHANGED, REMOVED = "created", "changed", "removed"


def create_record(work: Work, served: ServedResource, given: Mapping[str, Any]) -> AnyRecord:
    """Make a record. Raises NotAllowed, FieldsRefused."""
    resource = served.resource
    work.actor.demand(resource.rights.create)
    values = _settle(work, served, given, None, 0)
    with _explain_clash():
        row = resource.row.create(**to_columns(resource, values))
    _tell(work, served, CREATED, row.id, None, values)
    return read_record(work, served, row.id)


def change_record(
    work: Work, served: ServedResource, record: int, version: str, given: Mapping[str, Any]
) -> AnyRecord:
    """Change the fields that are given.

    Args:
        version: of the record as it was seen.

    Raises:
        NotAllowed, NotFound, FieldsRefused.
        ChangedMeanwhile: the record is another by now; with the values that differ.
    """
    resource = served.resource
    work.actor.demand(resource.rights.change)
    row = find_row(served, record)
    old = values_of(resource, row)
    if version_of(old) != version:
        raise _changed_meanwhile(served, old, given)
    values = _settle(work, served, given, old, record)
    if values != old:
        for name, value in to_columns(resource, values).items():
            setattr(row, name, value)
        with _explain_clash():
            row.save()
        _tell(work, served, CHANGED, record, old, values)
    return read_record(work, served, record)


def remove_record(work: Work, served: ServedResource, record: int, version: str) -> Removed:
    """Remove a record, or mark it as no longer used.

    Raises:
        NotAllowed, NotFound, ChangedMeanwhile.
        StillUsed: something refers to it.
        NeverRemoved: such records stay.
    """
    resource = served.resource
    work.actor.demand(resource.rights.remove)
    row = find_row(served, record)
    old = values_of(resource, row)
    what = Both(_called(served, old))
    if resource.removal.how == NEVER:
        raise NeverRemoved(what=what)
    if version_of(old) != version:
        raise _changed_meanwhile(served, old, {})
    if resource.removal.how == RETIRE:
        new = {**old, resource.removal.flag: False}
        setattr(row, resource.removal.flag, False)
        row.save()
        _tell(work, served, REMOVED, record, old, new)
        return Removed(id=record)
    users = [localized_user(resource, model) for model in find_users(resource, record)]
    if users:
        listed = {
            language: ", ".join(localized(one, language) for one in users)
            for language in fields.LANGUAGES
        }
        raise StillUsed(what=what, users=Both(listed))
    with _explain_clash():
        row.delete_instance()
    _tell(work, served, REMOVED, record, old, None)
    return Removed(id=record)


@contextmanager
def _explain_clash() -> Iterator[None]:
    """The checks before saw nothing wrong, but the database does: with several server processes
    another one may be faster. Nothing may be read here, its transaction is over."""
    try:
        yield
    except peewee.IntegrityError as error:
        raise RecordClash from error


def find_users(resource: Resource, record: int) -> Iterator[type[peewee.Model]]:
    """The tables with a row that refers to a record."""
    for key, model in resource.row._meta.backrefs.items():
        if model.select(key).where(key == record).limit(1).exists():
            yield model


def localized_user(resource: Resource, model: type[peewee.Model]) -> Localized:
    """What the rows of a table that refers to a record are called."""
    table = model._meta.table_name
    return resource.removal.users.get(table, {"en": table.replace("_", " ")})


def to_columns(resource: Resource, values: Values) -> dict[str, Any]:
    """Values as the columns of their row take them."""
    return {one.name: _to_column(one, values[one.name]) for one in resource.fields}


def _to_column(one: Field, value: Any) -> Any:
    return value.isoformat() if one.kind == fields.DATE and value is not None else value


# --- what must hold ---------------------------------------------------------------------------


def _settle(
    work: Work,
    served: ServedResource,
    given: Mapping[str, Any],
    old: Values | None,
    record: int,
) -> Values:
    """The whole record as it is to be. Raises FieldsRefused with all that is wrong."""
    values, refused = find_refusals(work, served, given, old, record)
    if refused:
        raise served.refuse(refused, read_notation(work))
    return values


def find_refusals(
    view: View,
    served: ServedResource,
    given: Mapping[str, Any],
    old: Values | None,
    record: int = 0,
) -> tuple[Values, list[FieldRefusal]]:
    """The whole record as it is to be, and all that is wrong with it.

    Args:
        old: all values as they are; None for a new record.
        record: the record itself; 0 for a new one.
    """
    resource = served.resource
    values, refused = take_values(resource, given, old)
    faulty = {one.field for one in refused}
    sound = {name: value for name, value in values.items() if name not in faulty}
    references, missing = _find_references(served, sound, old)
    refused += missing
    refused += find_taken(resource, sound, record)
    if not refused:
        draft = Draft(values, references, old)
        refused += [one for rule in resource.rules for one in rule(draft)]
    return values, refused


def _find_references(
    served: ServedResource, values: Values, old: Values | None
) -> tuple[dict[str, Any], list[FieldRefusal]]:
    """The rows that a record refers to, and a refusal for each that does not exist."""
    found: dict[str, Any] = {}
    refused: list[FieldRefusal] = []
    for name, target in served.targets.items():
        wanted = values.get(name)
        if wanted is None:
            continue
        rows = {row.id: row for row in rows_by_ids(target, [wanted])}
        if wanted in rows:
            found[name] = rows[wanted]
            refused += check_target(name, target, rows[wanted], old)
        else:
            refused.append(no_target(name, target, wanted))
    return found, refused


def check_target(
    name: str, target: Resource, row: Any, old: Values | None
) -> Iterator[FieldRefusal]:
    """A record that is retired is not chosen anew; where it was chosen before, it may stay."""
    flag = target.removal.flag
    if not flag or getattr(row, flag) or (old is not None and old[name] == row.id):
        return
    yield FieldRefusal(
        name,
        code="retired",
        template=N_("{what} is not in use any more."),
        params={"what": title_of(target, values_of(target, row), {})},
    )


def in_sentence(label: Localized) -> Localized:
    """A label in the middle of a sentence: English begins it with a small letter there."""
    english = label.get("en", "")
    return {**label, "en": english[:1].lower() + english[1:]}


def no_target(name: str, target: Resource, wanted: object) -> FieldRefusal:
    """The refusal of a reference that leads nowhere."""
    return FieldRefusal(
        name,
        code="no_such_record",
        template=N_("There is no {what} {key}."),
        params={"what": in_sentence(target.label_one), "key": str(wanted)[:64]},
    )


def unique_groups(resource: Resource) -> list[tuple[str, ...]]:
    """The groups of fields that no two records share."""
    single = [(one.name,) for one in resource.fields if one.unique]
    return list(dict.fromkeys([resource.key, *resource.unique_together, *single]))


def find_taken(resource: Resource, values: Values, record: int) -> Iterator[FieldRefusal]:
    """A refusal for each group of fields that another record has the same values in.

    Args:
        values: those that are sound; groups with another one are not looked at.
        record: the record itself; 0 for a new one.
    """
    row, known = resource.row, resource.by_name
    for group in unique_groups(resource):
        if any(name not in values or known[name].is_empty(values[name]) for name in group):
            continue
        columns = to_columns_of(resource, values, group)
        same = [getattr(row, name) == value for name, value in columns.items()]
        if row.select(row.id).where(row.id != record, *same).exists():
            yield taken(resource, group)


def to_columns_of(resource: Resource, values: Values, group: Sequence[str]) -> dict[str, Any]:
    """Some values as their columns take them."""
    return {name: _to_column(resource.by_name[name], values[name]) for name in group}


def taken(resource: Resource, group: Sequence[str]) -> FieldRefusal:
    """The refusal of values that another record has already."""
    if len(group) == 1:
        return FieldRefusal(group[0], code="taken", template=N_("Another record has this already."))
    labels = [resource.by_name[name].label for name in group]
    named = {
        language: ", ".join(localized(label, language) for label in labels)
        for language in fields.LANGUAGES
    }
    return FieldRefusal(
        group[-1],
        code="taken",
        template=N_("Another record has the same {fields}."),
        params={"fields": named},
    )


# --- what is told -----------------------------------------------------------------------------


def _called(served: ServedResource, values: Values) -> Localized:
    """`Ticket type Adult`."""
    resource = served.resource
    by_id = read_names(served, [values])
    names = {name: found[values[name]] for name, found in by_id.items() if values[name] in found}
    title = title_of(resource, values, names)
    return {
        language: f"{localized(resource.label_one, language)} {title[language]}"
        for language in fields.LANGUAGES
    }


def _changed_meanwhile(
    served: ServedResource, now: Values, given: Mapping[str, Any]
) -> ChangedMeanwhile:
    """With all values as they are now, of which `theirs` differ from what was sent."""
    plain = msgspec.to_builtins(now)
    theirs = {
        name: plain[name] for name, value in given.items() if name in plain and plain[name] != value
    }
    return ChangedMeanwhile(
        what=Both(_called(served, now)), theirs=theirs, values=plain, version=version_of(now)
    )


def _tell(
    work: Work,
    served: ServedResource,
    verb: str,
    record: int,
    before: Values | None,
    after: Values | None,
) -> None:
    """Audit entry and fact; of a change only the fields that changed."""
    if before is not None and after is not None:
        names = [name for name in after if before[name] != after[name]]
        before = {name: before[name] for name in names}
        after = {name: after[name] for name in names}
    subject = f"{served.noun}/{record}"
    write_entry(work, f"{served.noun}.{verb}", subject, before=before, after=after)
    work.record(f"{served.noun}.changed", subject, verb=verb, ids=[record])
