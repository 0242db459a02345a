"""The JSON shapes of maintained tables that are the same for all of them.

The shapes of one table's records are made from its declaration (`shapes.py`); screens that draw any
table read and send these.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from venue_suite.domain.localized import Localized
from venue_suite.resources.fields import Field

FILE_BYTES_MAX = 6 * 1024 * 1024


class FieldProblem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a field's value is not taken, with the sentence in every language."""

    code: str
    text: Localized


class May(msgspec.Struct, frozen=True, kw_only=True):
    """What the one who asks may do with a table."""

    create: bool
    change: bool
    remove: bool


class ResourceCard(msgspec.Struct, frozen=True, kw_only=True):
    """A maintained table, for screens. `removal`: delete, retire, never. `retired`: the flag that
    retiring clears. `path` is where its records are, below /api/v1."""

    owner: str
    name: str
    path: str
    label: Localized
    label_one: Localized
    about: Localized
    group: str
    icon: str
    fields: list[Field]
    key: list[str]
    sort: str
    removal: str
    retired: str
    may: May

    @property
    def id(self) -> str:
        """`owner/name`, as references name it."""
        return f"{self.owner}/{self.name}"


class AnyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One record of any table.

    `version` changes with any value. `names`: reference field -> what it refers to is called.
    """

    id: int
    version: str
    title: Localized
    values: dict[str, Any]
    names: dict[str, Localized] = {}


class AnyPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of records, as `venue_suite.paging` has them. `total`: how many there are in all."""

    items: list[AnyRecord]
    next: str
    total: int


class RemoveRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`version`: the one that was seen."""

    version: Annotated[str, msgspec.Meta(max_length=64)]


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    id: int


class ImportChange(msgspec.Struct, frozen=True, kw_only=True):
    """A field that an import changes, as texts."""

    field: str
    old: str
    new: str


class ImportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a file. `state`: new, changed, same, refused. `line` is where it begins."""

    line: int
    state: str
    title: str
    changes: list[ImportChange] = []
    problems: dict[str, list[FieldProblem]] = {}


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import does, or has done.

    `rows`: refused and changed ones first of all; at most `ROWS_TOLD`. `ignored`: columns that the
    table does not have. `encoding`, `delimiter`: how the file was read.
    """

    new: int
    changed: int
    same: int
    refused: int
    rows: list[ImportRow]
    ignored: list[str]
    encoding: str
    delimiter: str
    seen: str
    written: bool = False
