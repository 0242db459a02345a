"""Import of a file into any maintained table: choose it, look at what it would do, do it."""

from __future__ import annotations

import base64
import binascii

from aiohttp import web

from venue_suite.identity.permissions import SIGNED_IN
from venue_suite.resources.columns import Column, columns_of
from venue_suite.resources.csv_files import guard, unguard, write_sheet
from venue_suite.resources.errors import FileRefused, ImportChanged
from venue_suite.resources.exporting import download
from venue_suite.resources.importing import REFUSED, Plan, carry_out, plan_import
from venue_suite.resources.notation import Notation
from venue_suite.resources.served import ServedResource, read_notation
from venue_suite.resources.wire import FILE_BYTES_MAX, ImportReport
from venue_suite.web.menu import table_path
from venue_suite.web.routing import FORM_BYTES_MAX, Page
from venue_suite.web.safety import FormStale
from venue_suite.web.visit import Visit

ROWS_SHOWN = 200


async def get_import(visit: Visit) -> web.Response:
    served = visit.table()
    _demand(visit, served)
    return _choose(visit, served)


async def post_import(visit: Visit) -> web.Response:
    """`step`: check (look at a new file), write, or refused (the wrong rows as a file)."""
    served = visit.table()
    _demand(visit, served)
    step = visit.form.get("step", "check")
    try:
        content = _content(visit, step)
        plan = await visit.read(plan_import, served, content)
        if step == "refused":
            return _refused_rows(visit, served, plan, await visit.read(read_notation))
        if step == "check":
            return _report(visit, served, content, plan.report)
        only_good = visit.form.get("only_good", "") == "yes"
        seen = visit.form.get("seen", "")
        try:
            report = await visit.commit(
                carry_out, served, plan, only_good, seen, shape=ImportReport
            )
        except ImportChanged as error:
            return _report(visit, served, content, plan.report, visit.explain(error))
    except FileRefused as error:
        return _choose(visit, served, visit.explain(error), error.http_status)
    return _report(visit, served, b"", report)


def _demand(visit: Visit, served: ServedResource) -> None:
    rights = served.resource.rights
    visit.actor.demand(rights.create or rights.change)


def _content(visit: Visit, step: str) -> bytes:
    """The file: freshly chosen, or as the page of the check carries it on."""
    if step == "check":
        return visit.file
    try:
        return base64.b64decode(visit.form.get("content", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormStale from error


def _choose(
    visit: Visit, served: ServedResource, problem: str = "", status: int = 200
) -> web.Response:
    key = set(served.resource.key)
    columns = [
        (column.name, column.label(visit.language), column.field.name in key)
        for column in columns_of(served.resource)
    ]
    return visit.page(
        "import.html",
        status=status,
        served=served,
        resource=served.resource,
        list_path=table_path(served),
        columns=columns,
        problem=problem,
        file_mb_max=FILE_BYTES_MAX // 1024 // 1024,
    )


def _report(
    visit: Visit, served: ServedResource, content: bytes, report: ImportReport, problem: str = ""
) -> web.Response:
    by_name = {column.name: column for column in columns_of(served.resource)}

    def label(name: str) -> str:
        column = by_name.get(name) or Column(served.resource.by_name[name])
        return column.label(visit.language)

    return visit.page(
        "import_report.html",
        status=409 if problem else 200,
        served=served,
        resource=served.resource,
        list_path=table_path(served),
        report=report,
        rows=report.rows[:ROWS_SHOWN],
        left_out=report.new + report.changed + report.same + report.refused - ROWS_SHOWN,
        label=label,
        known=served.resource.by_name,
        count=report.new + report.changed,
        content=base64.b64encode(content).decode(),
        problem=problem,
    )


def _refused_rows(
    visit: Visit, served: ServedResource, plan: Plan, notation: Notation
) -> web.Response:
    """The wrong rows as they came, with a column that says why."""
    wrong = {step.line: step.refused for step in plan.of(REFUSED)}
    known = served.resource.by_name

    def why(line: int) -> str:
        problems = served.say(wrong[line], notation)
        return " ".join(
            f"{visit.name(known[name].label)}: {visit.name(one.text)}"
            for name, some in problems.items()
            for one in some
        )

    rows = (
        [*(guard(unguard(cell)) for cell in line.cells), why(line.number)]
        for line in plan.sheet.lines
        if line.number in wrong
    )
    heading = [*plan.sheet.heading, visit.say("Why it was refused")]
    return download(write_sheet(heading, rows), "csv", f"{served.noun}-refused")


PAGES = (
    Page("GET", "/tables/{owner}/{name}/import", get_import, SIGNED_IN),
    Page(
        "POST",
        "/tables/{owner}/{name}/import",
        post_import,
        SIGNED_IN,
        form_bytes_max=FILE_BYTES_MAX * 4 // 3 + FORM_BYTES_MAX,
    ),
)
