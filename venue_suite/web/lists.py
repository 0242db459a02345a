"""The list of any maintained table: search, filters, order, pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from venue_suite.database.work import View
from venue_suite.domain.errors import BadRequest
from venue_suite.domain.localized import Localized
from venue_suite.identity.permissions import SIGNED_IN
from venue_suite.resources import fields
from venue_suite.resources.exporting import download, export_csv, export_json
from venue_suite.resources.fields import Field
from venue_suite.resources.notation import Notation
from venue_suite.resources.reading import Asked, list_records, title_of, values_of
from venue_suite.resources.served import ServedResource, read_notation
from venue_suite.resources.shapes import SORTED
from venue_suite.resources.showing import NUMERIC, show
from venue_suite.resources.wire import AnyRecord
from venue_suite.web.menu import table_path
from venue_suite.web.routing import Page
from venue_suite.web.showing import Options
from venue_suite.web.visit import Visit

PAGE_LENGTH = 50
OPTIONS_MAX = 500  # records that a reference is chosen from by a list; more are typed
_CHOSEN = (fields.FLAG, fields.CHOICE, fields.REFERENCE)


@dataclass(frozen=True, slots=True)
class Heading:
    """One column. `sort_path`: the list in its order; "" where it has none."""

    label: str
    is_number: bool
    sort_path: str = ""
    sorted: str = ""  # ascending, descending, ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value. `chip`: ok or off, for flags. `in_title`: the title of the record tells it."""

    label: str
    text: str
    is_number: bool
    in_title: bool
    chip: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """One choice above the list. `options`: value, label, chosen."""

    name: str
    label: str
    options: list[tuple[str, str, bool]]


async def get_list(visit: Visit) -> web.Response:
    served = visit.table()
    asked = _read_asked(visit, served)
    page = await visit.read(list_records, served, asked)
    notation = await visit.read(read_notation)
    options = await visit.read(read_options, served)
    shown = shown_fields(served)
    rows = [
        (record, [_cell(visit, served, one, record, notation) for one in shown])
        for record in page.items
    ]
    return visit.page(
        "list.html",
        served=served,
        resource=served.resource,
        card=served.card(visit.actor),
        list_path=table_path(served),
        headings=[_heading(visit, served, one, asked) for one in shown],
        rows=rows,
        filters=_filters(visit, served, asked, options),
        asked=asked,
        is_searchable=any(one.searchable for one in served.resource.fields),
        total=page.total,
        next_path=_path(served, asked, after=page.next) if page.next else "",
        done=visit.asked("done"),
    )


def shown_fields(served: ServedResource) -> list[Field]:
    """The columns of a list; where none is declared, the fields of the title."""
    resource = served.resource
    shown = [one for one in resource.fields if one.in_list]
    return shown or [resource.by_name[name] for name in resource.title_fields]


def _read_asked(visit: Visit, served: ServedResource) -> Asked:
    filters: dict[str, Any] = {}
    for one in served.resource.fields:
        text = visit.asked(one.name)
        if not text or one.kind not in _CHOSEN:
            continue
        if one.kind == fields.FLAG:
            filters[one.name] = text == "yes"
        elif one.kind == fields.CHOICE:
            filters[one.name] = text
        elif text.isascii() and text.isdigit() and len(text) <= 15:
            filters[one.name] = int(text)
        else:
            raise BadRequest(reason=f"{one.name} must be a number")
    return Asked(
        search=visit.asked("search"),
        filters=filters,
        sort=visit.asked("sort"),
        after=visit.asked("after"),
        limit=PAGE_LENGTH,
    )


def _path(served: ServedResource, asked: Asked, **other: str) -> str:
    """The address of a list, with something else in it."""
    plain = {name: _plain(value) for name, value in asked.filters.items()}
    query = {"search": asked.search, "sort": asked.sort, **plain, **other}
    told = {name: value for name, value in query.items() if value}
    return table_path(served) + (f"?{urlencode(told)}" if told else "")


def _plain(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _heading(visit: Visit, served: ServedResource, one: Field, asked: Asked) -> Heading:
    label, is_number = visit.name(one.label), one.kind in NUMERIC
    if one.kind not in SORTED:
        return Heading(label, is_number)
    now = asked.sort or served.resource.sort or served.resource.key[0]
    ways = {one.name: "ascending", f"-{one.name}": "descending"}
    wanted = f"-{one.name}" if now == one.name else one.name
    return Heading(label, is_number, _path(served, asked, sort=wanted), ways.get(now, ""))


def _cell(
    visit: Visit, served: ServedResource, one: Field, record: AnyRecord, notation: Notation
) -> Cell:
    label, in_title = visit.name(one.label), one.name in served.resource.title_fields
    value = record.values[one.name]
    if one.kind == fields.FLAG:
        words = visit.say("yes") if value else visit.say("no")
        return Cell(label, words, False, in_title, "ok" if value else "off")
    text = show(one, value, record.names, notation, visit.language)
    return Cell(label, text, one.kind in NUMERIC, in_title)


def _filters(visit: Visit, served: ServedResource, asked: Asked, options: Options) -> list[Filter]:
    found = []
    for one in served.resource.fields:
        chosen = _plain(asked.filters.get(one.name, ""))
        choices: list[tuple[str, str]] = []
        if one.kind == fields.FLAG:
            choices = [("yes", visit.say("yes")), ("no", visit.say("no"))]
        elif one.kind == fields.CHOICE:
            choices = [(choice.key, visit.name(choice.label)) for choice in one.choices]
        elif one.name in options:
            choices = [(str(record), visit.name(title)) for record, title in options[one.name]]
        if choices:
            found.append(
                Filter(
                    one.name,
                    visit.name(one.label),
                    [(value, label, value == chosen) for value, label in choices],
                )
            )
    return found


def read_options(view: View, served: ServedResource) -> dict[str, list[tuple[int, Localized]]]:
    """Reference field -> what it can lead to, where that is few enough for a list."""
    found = {}
    for name, target in served.targets.items():
        rows = list(target.row.select().order_by(*_order(target)).limit(OPTIONS_MAX + 1))
        if len(rows) <= OPTIONS_MAX:
            found[name] = [(row.id, title_of(target, values_of(target, row), {})) for row in rows]
    return found


def _order(target: Any) -> list[Any]:
    name = (target.sort or target.key[0]).removeprefix("-")
    return [getattr(target.row, name)]


async def get_export(visit: Visit) -> web.Response:
    """The file that a click on "Export" saves."""
    served = visit.table()
    form = visit.asked("format") or "csv"
    if form not in ("csv", "json"):
        raise BadRequest(reason="format is csv or json")
    if form == "csv":
        content = await visit.read(export_csv, served, visit.language)
    else:
        content = await visit.read(export_json, served)
    return download(content, form, served.noun)


PAGES = (
    Page("GET", "/tables/{owner}/{name}", get_list, SIGNED_IN),
    Page("GET", "/tables/{owner}/{name}/export", get_export, SIGNED_IN),
)
