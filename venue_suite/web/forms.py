"""The form of any maintained table: new, change, remove."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from venue_suite.database.work import View
from venue_suite.identity.permissions import SIGNED_IN
from venue_suite.resources import fields
from venue_suite.resources.changing import (
    change_record,
    create_record,
    find_refusals,
    no_target,
    remove_record,
)
from venue_suite.resources.columns import reference_key
from venue_suite.resources.declaration import FieldRefusal
from venue_suite.resources.errors import ChangedMeanwhile, FieldsRefused
from venue_suite.resources.fields import Field, Values
from venue_suite.resources.history import read_history
from venue_suite.resources.notation import Notation, NotReadable
from venue_suite.resources.reading import read_record
from venue_suite.resources.served import Problems, ServedResource, read_notation
from venue_suite.resources.showing import show
from venue_suite.resources.wire import AnyRecord, FieldProblem, Removed
from venue_suite.web.lists import read_options
from venue_suite.web.menu import table_path
from venue_suite.web.routing import Page
from venue_suite.web.showing import in_sections, make_entry, texts_of
from venue_suite.web.visit import Visit

Texts = dict[str, dict[str, str]]  # field name -> "" or language -> what stands in the input


async def get_new(visit: Visit) -> web.Response:
    served = visit.table()
    visit.actor.demand(served.resource.rights.create)
    return await _form(visit, served, None, await _start_texts(visit, served), {})


async def get_record(visit: Visit) -> web.Response:
    served = visit.table()
    record = await visit.read(read_record, served, visit.number("id"))
    notation = await visit.read(read_notation)
    texts = {one.name: texts_of(one, record.values, notation) for one in served.resource.fields}
    return await _form(visit, served, record, texts, {})


async def post_new(visit: Visit) -> web.Response:
    served = visit.table()
    texts = _typed(visit, served)
    start = {one.name: one.start for one in served.resource.fields}
    given, unreadable = await _values(visit, served, texts, start, {})
    try:
        if unreadable:
            raise await _refusal(visit, served, unreadable, given, None)
        await visit.commit(create_record, served, given, shape=AnyRecord)
    except FieldsRefused as error:
        problems = msgspec.convert(error.params["fields"], Problems)
        return await _form(visit, served, None, texts, problems, status=422)
    return visit.go(f"{table_path(served)}?done=created")


async def post_record(visit: Visit) -> web.Response:
    served, number = visit.table(), visit.number("id")
    record = await visit.read(read_record, served, number)
    notation = await visit.read(read_notation)
    before = {one.name: texts_of(one, record.values, notation) for one in served.resource.fields}
    texts = before | _typed(visit, served, is_new=False)
    version = visit.form.get("version", "")
    given, unreadable = await _values(visit, served, texts, record.values, before)
    try:
        if unreadable:
            raise await _refusal(visit, served, unreadable, given, record)
        await visit.commit(change_record, served, number, version, given, shape=AnyRecord)
    except FieldsRefused as error:
        problems = msgspec.convert(error.params["fields"], Problems)
        shown = msgspec.structs.replace(record, version=version)
        return await _form(visit, served, shown, texts, problems, status=422)
    except ChangedMeanwhile:
        differences = _differences(visit, served, texts, before, record)
        return await _form(visit, served, record, texts, {}, status=409, differences=differences)
    return visit.go(f"{table_path(served)}?done=changed")


async def get_remove(visit: Visit) -> web.Response:
    """Ask once more before a record goes."""
    served = visit.table()
    visit.actor.demand(served.resource.rights.remove)
    record = await visit.read(read_record, served, visit.number("id"))
    return visit.page(
        "remove.html",
        served=served,
        resource=served.resource,
        record=record,
        list_path=table_path(served),
    )


async def post_remove(visit: Visit) -> web.Response:
    served = visit.table()
    version = visit.form.get("version", "")
    await visit.commit(remove_record, served, visit.number("id"), version, shape=Removed)
    return visit.go(f"{table_path(served)}?done=removed")


# --- from inputs to values ----------------------------------------------------------------------


async def _start_texts(visit: Visit, served: ServedResource) -> Texts:
    notation = await visit.read(read_notation)
    start: Values = {one.name: one.start for one in served.resource.fields}
    return {one.name: texts_of(one, start, notation) for one in served.resource.fields}


def _typed(visit: Visit, served: ServedResource, *, is_new: bool = True) -> Texts:
    """What stands in the inputs that may be written."""
    form, found = visit.form, {}
    for one in served.resource.fields:
        name = f"f.{one.name}"
        if one.read_only or (one.fixed and not is_new):
            continue
        if one.kind == fields.LOCALIZED:
            found[one.name] = {
                language: form.get(f"{name}.{language}", "") for language in fields.LANGUAGES
            }
        elif one.kind == fields.FLAG:
            found[one.name] = {"": "yes" if name in form else "no"}
        elif one.kind == fields.CHOICES:
            found[one.name] = {"": "|".join(form.getall(name, []))}
        else:
            found[one.name] = {"": form.get(name, "")}
    return found


async def _values(
    visit: Visit,
    served: ServedResource,
    texts: Texts,
    old: Values,
    before: Mapping[str, dict[str, str]],
) -> tuple[Values, list[FieldRefusal]]:
    """The values that were typed, and what can't be read.

    A text that stands there as it was shown keeps the value that it was made from, whatever the
    text may leave out.
    """
    notation = await visit.read(read_notation)
    given: Values = {}
    refused: list[FieldRefusal] = []
    for one in served.resource.fields:
        if one.name not in texts or one.read_only or texts[one.name] == before.get(one.name):
            continue
        try:
            given[one.name] = await _value(visit, served, one, texts[one.name], notation)
        except NotReadable as error:
            refused.append(
                FieldRefusal(
                    one.name, code=error.code, template=error.template, params=error.params
                )
            )
    return given, refused


async def _value(
    visit: Visit, served: ServedResource, one: Field, texts: dict[str, str], notation: Notation
) -> Any:
    if one.kind == fields.LOCALIZED:
        return texts
    if one.kind != fields.REFERENCE:
        return notation.read(one, texts[""])
    text = texts[""].strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 15:
        return int(text)
    return await visit.read(_find_by_key, served, one.name, text)


def _find_by_key(view: View, served: ServedResource, name: str, text: str) -> int:
    """The record that a typed key names, where there are too many for a list."""
    target = served.targets[name]
    key = reference_key(target)
    row = target.row.get_or_none(getattr(target.row, key) == text) if key else None
    if row is None:
        refusal = no_target(name, target, text)
        raise NotReadable(refusal.template, code=refusal.code, **refusal.params)
    found: int = row.id
    return found


async def _refusal(
    visit: Visit,
    served: ServedResource,
    unreadable: list[FieldRefusal],
    given: Values,
    record: AnyRecord | None,
) -> FieldsRefused:
    """Told together with all else that is wrong, so that a form is corrected once."""
    old = None if record is None else record.values
    number = 0 if record is None else record.id
    _, others = await visit.read(find_refusals, served, given, old, number)
    names = {one.field for one in unreadable}
    refused = [*unreadable, *(one for one in others if one.field not in names)]
    return served.refuse(refused, await visit.read(read_notation))


# --- the page -----------------------------------------------------------------------------------


def _differences(
    visit: Visit, served: ServedResource, typed: Texts, now: Texts, record: AnyRecord
) -> list[tuple[str, str, str]]:
    """(field, what was typed, what stands there now) of each field that differs."""
    found = []
    for one in served.resource.fields:
        for language, text in typed[one.name].items():
            theirs = now[one.name][language]
            if text != theirs:
                label = visit.name(one.label) + (f" ({language})" if language else "")
                found.append((label, text, theirs))
    return found


async def _form(
    visit: Visit,
    served: ServedResource,
    record: AnyRecord | None,
    texts: Texts,
    problems: Mapping[str, list[FieldProblem]],
    *,
    status: int = 200,
    differences: list[tuple[str, str, str]] | None = None,
) -> web.Response:
    options = await visit.read(read_options, served)
    notation = await visit.read(read_notation)
    card = served.card(visit.actor)
    may_save = card.may.create if record is None else card.may.change
    entries = []
    for one in served.resource.fields:
        entry = make_entry(one, texts[one.name], options, dict(problems), visit.language)
        entry.is_locked = not may_save or one.read_only or (one.fixed and record is not None)
        if entry.is_locked and record is not None:
            value = record.values[one.name]
            entry.texts = {"": show(one, value, record.names, notation, visit.language)}
        entries.append(entry)
    known = served.resource.by_name
    elsewhere = [
        visit.name(problem.text)
        for name, some in problems.items()
        if name not in known
        for problem in some
    ]
    history = []
    if record is not None and may_save:
        history = await visit.read(read_history, served, record.id, visit.language)
    return visit.page(
        "form.html",
        status=status,
        history=[(event, visit.when(event.at)) for event in history],
        served=served,
        resource=served.resource,
        card=card,
        record=record,
        title=visit.name(record.title) if record else visit.say("New"),
        list_path=table_path(served),
        sections=in_sections(entries, visit.language),
        wrong=[entry for entry in entries if entry.problems],
        elsewhere=elsewhere,
        differences=differences or [],
        may_save=may_save,
        currency=notation.currency,
    )


_ONE = "/tables/{owner}/{name}/{id}"
PAGES = (
    Page("GET", "/tables/{owner}/{name}/new", get_new, SIGNED_IN),
    Page("POST", "/tables/{owner}/{name}/new", post_new, SIGNED_IN),
    Page("GET", _ONE, get_record, SIGNED_IN),
    Page("POST", _ONE, post_record, SIGNED_IN),
    Page("GET", _ONE + "/remove", get_remove, SIGNED_IN),
    Page("POST", _ONE + "/remove", post_remove, SIGNED_IN),
)
