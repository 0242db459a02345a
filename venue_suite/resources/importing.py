"""Import of a file: first a plan that says what each row would do, then the plan is carried out.

The plan is made on a snapshot, so a long file keeps no sale waiting; the one transaction that
carries it out only writes, and refuses if a record that it counted on is another by now.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import peewee

from venue_suite.audit.entries import write_entry
from venue_suite.database.work import View, Work
from venue_suite.domain.errors import NotAllowed
from venue_suite.resources import fields
from venue_suite.resources.changing import (
    check_target,
    no_target,
    taken,
    to_columns,
    unique_groups,
)
from venue_suite.resources.checking import take_values
from venue_suite.resources.columns import (
    Column,
    column_names,
    columns_of,
    fold,
    reference_key,
    write_cell,
)
from venue_suite.resources.csv_files import Line, Sheet, read_sheet, unguard
from venue_suite.resources.declaration import Draft, FieldRefusal, Resource
from venue_suite.resources.errors import FileRefused, ImportChanged, ImportRefused
from venue_suite.resources.fields import Values
from venue_suite.resources.notation import Notation, NotReadable
from venue_suite.resources.reading import (
    rows_by_ids,
    values_of,
    version_of,
)
from venue_suite.resources.served import ServedResource, read_notation
from venue_suite.resources.wire import ImportChange, ImportReport, ImportRow
from venue_suite.texts import N_

NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"
ROWS_TOLD = 1000  # rows of a report, so that it stays readable
CHUNK = 200  # rows of one statement; SQLite's limit is on the number of values
Key = tuple[Any, ...]


@dataclass(slots=True)
class Step:
    """What one row of the file does."""

    line: int
    state: str
    values: Values
    record: int = 0
    old: Values | None = None
    refused: list[FieldRefusal] = field(default_factory=list)
    title: str = ""  # what the file calls the record


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file does to a table."""

    steps: list[Step]
    report: ImportReport
    sheet: Sheet

    def of(self, state: str) -> list[Step]:
        return [step for step in self.steps if step.state == state]


def plan_import(view: View, served: ServedResource, content: bytes) -> Plan:
    """Look at a file without changing anything. Raises FileRefused."""
    resource = served.resource
    names = column_names(resource)
    sheet = read_sheet(content, lambda heading: fold(heading) in names)
    columns = [names.get(fold(heading)) for heading in sheet.heading]
    _check_heading(resource, sheet, columns)
    notation = read_notation(view)
    planner = _Planner(served, notation, columns)
    steps = [planner.plan(line) for line in sheet.lines]
    return Plan(steps, _report(planner, served, sheet, columns, steps), sheet)


def _check_heading(resource: Resource, sheet: Sheet, columns: Sequence[Column | None]) -> None:
    named = [one.name for one in columns if one is not None]
    twice = {name for name in named if named.count(name) > 1}
    if twice:
        raise FileRefused("The column {name} stands there twice.", name=min(twice))
    missing = [
        one.name
        for one in columns_of(resource)
        if one.field.name in resource.key and one.name not in named
    ]
    if missing:
        raise FileRefused(
            "The first line must name the columns. Missing: {missing}. Found: {found}.",
            missing=", ".join(missing),
            found=", ".join(sheet.heading)[:200],
        )


class _Planner:
    """Plans rows one after the other; reads the table once."""

    def __init__(
        self, served: ServedResource, notation: Notation, columns: Sequence[Column | None]
    ) -> None:
        self._served = served
        self._resource = resource = served.resource
        self.notation = notation
        self._columns = columns
        self._groups = unique_groups(resource)
        self._by_key: dict[Key, tuple[int, Values]] = {}
        # Group of fields -> its values -> the line, or the record, that has them.
        self._owners: dict[tuple[str, ...], dict[Key, int]] = {one: {} for one in self._groups}
        self._seen: set[Key] = set()
        for row in resource.row.select():
            values = values_of(resource, row)
            self._by_key[self._key(resource.key, values)] = (row.id, values)
            for group in self._groups:
                self._owners[group][self._key(group, values)] = row.id
        self._targets: dict[str, dict[str, int]] = {}
        self._rows: dict[str, dict[int, Any]] = {}
        for name, target in served.targets.items():
            key = reference_key(target)
            rows = {row.id: row for row in target.row.select()}
            self._rows[name] = rows
            self._targets[name] = {
                str(values_of(target, row)[key]) if key else str(row.id): row.id
                for row in rows.values()
            }

    @staticmethod
    def _key(group: Sequence[str], values: Values) -> Key:
        return tuple(values[name] for name in group)

    def plan(self, line: Line) -> Step:
        given, refused = self._read(line)
        unreadable = {one.field for one in refused}
        step = Step(line.number, NEW, {}, refused=refused, title=self._title(line))
        if not unreadable & set(self._resource.key):
            normal, _ = take_values(
                self._resource, {name: given.get(name) for name in self._resource.key}, None
            )
            key = self._key(self._resource.key, normal)
            step.record, step.old = self._by_key.get(key, (0, None))
            if key in self._seen:
                refused.append(taken(self._resource, self._resource.key))
            self._seen.add(key)
        if step.old is not None:
            for name, value in given.items():  # a language that the file lacks stays as it is
                if isinstance(value, dict):
                    given[name] = {**step.old[name], **value}
        step.values, more = take_values(self._resource, given, step.old)
        refused += [one for one in more if one.field not in unreadable]
        if not refused:
            refused += self._check_others(step)
        if refused:
            step.state = REFUSED
        elif step.old is not None:
            step.state = SAME if step.values == step.old else CHANGED
        return step

    def _title(self, line: Line) -> str:
        pairs = zip(self._columns, line.cells, strict=False)
        named = {one.field.name: unguard(cell).strip() for one, cell in pairs if one is not None}
        return " · ".join(filter(None, (named.get(name) for name in self._resource.key)))[:200]

    def words(self) -> dict[str, dict[int, str]]:
        """Reference field -> id -> how the file names it."""
        return {
            name: {record: words for words, record in by_words.items()}
            for name, by_words in self._targets.items()
        }

    def _read(self, line: Line) -> tuple[dict[str, Any], list[FieldRefusal]]:
        """The cells of a row as values; columns that the file lacks keep what they have."""
        given: dict[str, Any] = {}
        refused: list[FieldRefusal] = []
        if len(line.cells) > len(self._columns):
            name = self._resource.key[0]
            template = N_("The row has more cells than the first line names columns.")
            refused.append(FieldRefusal(name, code="cells_left_over", template=template))
        for column, cell in zip(self._columns, line.cells, strict=False):
            if column is None:
                continue
            name, text = column.field.name, unguard(cell)
            if column.language:
                given.setdefault(name, {})[column.language] = text
                continue
            try:
                given[name] = self._read_cell(column, text)
            except NotReadable as error:
                refused.append(
                    FieldRefusal(
                        name, code=error.code, template=error.template, params=error.params
                    )
                )
        return given, refused

    def _read_cell(self, column: Column, text: str) -> Any:
        name = column.field.name
        if column.field.kind != fields.REFERENCE:
            return self.notation.read(column.field, text)
        wanted = text.strip()
        if not wanted:
            return None
        if wanted not in self._targets[name]:
            refusal = no_target(name, self._served.targets[name], wanted)
            raise NotReadable(refusal.template, code=refusal.code, **refusal.params)
        return self._targets[name][wanted]

    def _check_others(self, step: Step) -> Iterable[FieldRefusal]:
        """What the other records, the other rows and the rules say."""
        found: list[FieldRefusal] = []
        references = {}
        for name, target in self._served.targets.items():
            if step.values[name] is not None:
                references[name] = self._rows[name][step.values[name]]
                found += check_target(name, target, references[name], step.old)
        known = self._resource.by_name
        me = step.record or -step.line  # rows of the file that make new records have no id yet
        for group in self._groups:
            if any(known[name].is_empty(step.values[name]) for name in group):
                continue
            owner = self._owners[group].setdefault(self._key(group, step.values), me)
            if owner != me:
                found.append(taken(self._resource, group))
        draft = Draft(step.values, references, step.old)
        return found + [one for rule in self._resource.rules for one in rule(draft)]


# --- the report -------------------------------------------------------------------------------


def _report(
    planner: _Planner,
    served: ServedResource,
    sheet: Sheet,
    columns: Sequence[Column | None],
    steps: Sequence[Step],
) -> ImportReport:
    counts = Counter(step.state for step in steps)
    order = {state: place for place, state in enumerate((REFUSED, CHANGED, NEW, SAME))}
    told = sorted(steps, key=lambda step: (order[step.state], step.line))[:ROWS_TOLD]
    return ImportReport(
        new=counts[NEW],
        changed=counts[CHANGED],
        same=counts[SAME],
        refused=counts[REFUSED],
        rows=[_row(planner, served, step) for step in told],
        ignored=[
            heading
            for heading, one in zip(sheet.heading, columns, strict=True)
            if one is None and heading
        ],
        encoding=sheet.encoding,
        delimiter=sheet.delimiter,
        seen=_digest(steps),
    )


def _row(planner: _Planner, served: ServedResource, step: Step) -> ImportRow:
    changes = []
    if step.state == CHANGED and step.old is not None:
        words = planner.words()
        for column in columns_of(served.resource):
            name = column.field.name
            old, new = (
                write_cell(column, values[name], planner.notation, words.get(name, {}))
                for values in (step.old, step.values)
            )
            if old != new:
                changes.append(ImportChange(field=column.name, old=old, new=new))
    return ImportRow(
        line=step.line,
        state=step.state,
        title=step.title,
        changes=changes,
        problems=served.say(step.refused, planner.notation),
    )


def _digest(steps: Sequence[Step]) -> str:
    """Of all that the plan does, and of the records that it counts on."""
    counted = [
        (step.line, step.state, step.record, step.old, step.values)
        for step in steps
        if step.state in (NEW, CHANGED)
    ]
    return hashlib.sha256(msgspec.json.encode(counted, order="sorted")).hexdigest()[:20]


# --- carrying it out --------------------------------------------------------------------------


def carry_out(
    work: Work, served: ServedResource, plan: Plan, only_good: bool, seen: str
) -> ImportReport:
    """Write what a plan says, wholly or not at all.

    Args:
        only_good: leave refused rows out.
        seen: of the report that was looked at; "": nobody looked.

    Raises:
        NotAllowed: some rows would make, others change records.
        ImportRefused: there are refused rows and `only_good` was not chosen.
        ImportChanged: a record that the plan counts on is another by now.
    """
    resource = served.resource
    new, changed = plan.of(NEW), plan.of(CHANGED)
    for steps, permission in ((new, resource.rights.create), (changed, resource.rights.change)):
        if steps and not (permission and work.actor.may(permission)):
            raise NotAllowed(permission=permission or f"{served.noun}: -")
    if plan.report.refused and not only_good:
        raise ImportRefused(count=plan.report.refused)
    if seen and seen != plan.report.seen:
        raise ImportChanged
    _check_unchanged(resource, changed)
    try:
        _insert(resource, new)
    except peewee.IntegrityError as error:  # somebody made such a record since the plan
        raise ImportChanged from error
    for step in changed:
        columns = to_columns(resource, step.values)
        row = resource.row
        row.update(**columns).where(row.id == step.record).execute()
    _tell(work, served, new, changed)
    return msgspec.structs.replace(plan.report, written=True)


def _check_unchanged(resource: Resource, changed: Sequence[Step]) -> None:
    now = {
        row.id: version_of(values_of(resource, row))
        for row in rows_by_ids(resource, {step.record for step in changed})
    }
    for step in changed:
        assert step.old is not None, "a changed record was there before"
        if now.get(step.record) != version_of(step.old):
            raise ImportChanged


def _insert(resource: Resource, new: Sequence[Step]) -> None:
    for start in range(0, len(new), CHUNK):
        rows = [to_columns(resource, step.values) for step in new[start : start + CHUNK]]
        resource.row.insert_many(rows).execute()
    keys = [resource.row.id]
    keys += [getattr(resource.row, name) for name in resource.key]
    by_key = {row[1:]: row[0] for row in resource.row.select(*keys).tuples()} if new else {}
    for step in new:
        columns = to_columns(resource, step.values)
        step.record = by_key[tuple(columns[name] for name in resource.key)]


def _tell(work: Work, served: ServedResource, new: Sequence[Step], changed: Sequence[Step]) -> None:
    """One entry and one fact a chunk: ten thousand of each would keep the writer for seconds."""
    for verb, steps in ((NEW, new), (CHANGED, changed)):
        for start in range(0, len(steps), CHUNK):
            some = steps[start : start + CHUNK]
            before = {str(one.record): _difference(one.old, one.values) for one in some}
            after = {str(one.record): _difference(one.values, one.old) for one in some}
            write_entry(
                work,
                f"{served.noun}.imported",
                f"{served.noun}/{verb}",
                before=before if verb == CHANGED else None,
                after=after,
            )
            work.record(
                f"{served.noun}.changed",
                served.noun,
                verb="imported",
                ids=[one.record for one in some],
            )


def _difference(values: Values | None, other: Values | None) -> Values:
    if values is None:
        return {}
    return {name: value for name, value in values.items() if other is None or other[name] != value}
