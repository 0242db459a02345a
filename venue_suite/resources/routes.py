"""The routes of maintained tables: parse, call one service or query, answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta

from venue_suite.domain.errors import NotFound
from venue_suite.identity.permissions import SIGNED_IN
from venue_suite.paging import Query
from venue_suite.resources.changing import change_record, create_record, remove_record
from venue_suite.resources.errors import (
    ChangedMeanwhile,
    FieldsRefused,
    FileRefused,
    ImportChanged,
    ImportRefused,
    NeverRemoved,
    RecordClash,
    StillUsed,
)
from venue_suite.resources.exporting import download, export_csv, export_json
from venue_suite.resources.importing import Plan, carry_out, plan_import
from venue_suite.resources.reading import Asked, list_records, read_record
from venue_suite.resources.served import Resources, ServedResource
from venue_suite.resources.wire import (
    FILE_BYTES_MAX,
    AnyPage,
    AnyRecord,
    ImportReport,
    Removed,
    RemoveRecord,
    ResourceCard,
)
from venue_suite.routing import BODY_BYTES_MAX, Call, Handler, Media, Route


class ExportQuery(Query, frozen=True):
    format: Annotated[
        Literal["csv", "json"], Meta(description="CSV is UTF-8 with its mark, for spreadsheets")
    ] = "csv"
    language: Annotated[
        Literal["", "zh", "en"],
        Meta(description="of the headings of a CSV; none: the names of the fields"),
    ] = ""


class ImportQuery(Query, frozen=True):
    only_good: Annotated[bool, Meta(description="leave refused rows out")] = False
    seen: Annotated[
        str,
        Meta(max_length=64, description="of the report that was looked at; refused if it changed"),
    ] = ""


CSV = Media("text/csv")


class ResourceRoutes:
    """The routes of one maintained table."""

    def __init__(self, served: ServedResource) -> None:
        self._served = served

    def routes(self) -> list[Route]:
        """Only those that somebody may have the right to."""
        rights, path = self._served.resource.rights, self._served.path
        found = [
            self._route("GET", "", self.get_page, rights.view, query=self._served.shapes.query),
            Route(
                "GET",
                f"{path}/export",
                self.get_export,
                rights.view,
                reply=Media("text/csv", also=("application/json",)),
                query=ExportQuery,
                name=self._name("export"),
            ),
            self._route("GET", "/{id}", self.get_record, rights.view),
        ]
        if rights.create:
            found.append(self._route("POST", "", self.post_new, rights.create))
        if rights.change:
            found.append(self._route("POST", "/{id}/change", self.post_change, rights.change))
        if rights.remove:
            found.append(self._route("POST", "/{id}/remove", self.post_remove, rights.remove))
        # What an import does is demanded row by row: it may make records, change them, or both.
        if may_import := rights.create or rights.change:
            found.append(self._route("POST", "/import/check", self.post_check, may_import))
            found.append(
                self._route("POST", "/import", self.post_import, may_import, query=ImportQuery)
            )
        return found

    def _name(self, verb: str) -> str:
        """Of an operation in the OpenAPI document."""
        return f"{verb}_{self._served.owner}_{self._served.resource.name}"

    def _route(
        self, method: str, below: str, handler: Handler, permission: str, query: Any = None
    ) -> Route:
        shapes = self._served.shapes
        stale, fields = ChangedMeanwhile, FieldsRefused
        verb, body, reply, refusals = {
            "GET": ("list", None, shapes.page, ()),
            "GET/{id}": ("get", None, shapes.record, (NotFound,)),
            "POST": ("create", shapes.create, shapes.record, (fields, RecordClash)),
            "POST/{id}/change": (
                "change",
                shapes.change,
                shapes.record,
                (NotFound, fields, stale, RecordClash),
            ),
            "POST/{id}/remove": (
                "remove",
                RemoveRecord,
                Removed,
                (NotFound, stale, StillUsed, NeverRemoved, RecordClash),
            ),
            "POST/import/check": ("check_import_of", CSV, ImportReport, (FileRefused,)),
            "POST/import": (
                "import",
                CSV,
                ImportReport,
                (FileRefused, ImportRefused, ImportChanged),
            ),
        }[method + below]
        return Route(
            method,
            self._served.path + below,
            handler,
            permission,
            body,
            reply,
            query,
            refusals,
            name=self._name(verb),
            keyed=below != "/import/check",
            body_bytes_max=FILE_BYTES_MAX if body is CSV else BODY_BYTES_MAX,
        )

    async def get_page(self, call: Call) -> AnyPage:
        """A page of the records, with search, filters and order."""
        plain = msgspec.structs.asdict(call.asked(self._served.shapes.query))
        asked = Asked(
            search=plain.pop("search", ""),
            sort=plain.pop("sort"),
            after=plain.pop("after"),
            limit=plain.pop("limit"),
            filters={name: value for name, value in plain.items() if value is not UNSET},
        )
        return await call.read(list_records, self._served, asked)

    async def get_record(self, call: Call) -> AnyRecord:
        """One record."""
        return await call.read(read_record, self._served, call.number("id"))

    async def post_new(self, call: Call) -> msgspec.Raw:
        """Make a record. All that is wrong with it is told at once, field by field."""
        wanted: Any = await call.body(self._served.shapes.create)
        return await call.write(create_record, self._served, wanted.values)

    async def post_change(self, call: Call) -> msgspec.Raw:
        """Change the fields that are given, if the record is still the one that was seen."""
        wanted: Any = await call.body(self._served.shapes.change)
        record = call.number("id")
        return await call.write(change_record, self._served, record, wanted.version, wanted.values)

    async def post_remove(self, call: Call) -> msgspec.Raw:
        """Remove a record, or mark it as not used any more, as its declaration says."""
        wanted, record = await call.body(RemoveRecord), call.number("id")
        return await call.write(remove_record, self._served, record, wanted.version)

    async def get_export(self, call: Call) -> web.Response:
        """All records as a file, CSV or JSON."""
        asked = call.asked(ExportQuery)
        if asked.format == "csv":
            content = await call.read(export_csv, self._served, asked.language)
        else:
            content = await call.read(export_json, self._served)
        return download(content, asked.format, self._served.noun)

    async def post_check(self, call: Call) -> ImportReport:
        """What an import of this file would do, row by row; nothing is written."""
        plan: Plan = await call.read(plan_import, self._served, call.raw_body())
        return plan.report

    async def post_import(self, call: Call) -> msgspec.Raw:
        """Import a file, wholly or not at all; refused rows only where that is chosen."""
        asked = call.asked(ImportQuery)
        plan = await call.read(plan_import, self._served, call.raw_body())
        return await call.write(carry_out, self._served, plan, asked.only_good, asked.seen)


def add_routes(
    routes: dict[str, list[Route]],
    of_plugins: Mapping[str, Sequence[Route]],
    resources: Resources,
) -> None:
    """Put the routes of plugins and of all tables beside the kernel's, which are there already.

    A plugin's tables are served as long as the plugin is; those of the kernel always.
    """
    (kernel,) = routes
    for name, some in of_plugins.items():
        routes[name] = list(some)
    routes[kernel].append(listing_route(resources))
    for served in resources:
        owner = served.owner if served.is_of_plugin else kernel
        routes.setdefault(owner, []).extend(ResourceRoutes(served).routes())


def listing_route(resources: Resources) -> Route:
    """The route that lists all tables."""

    async def get_resources(call: Call) -> list[ResourceCard]:
        """The tables that the caller may look into."""
        return resources.cards(call.actor)

    return Route("GET", "/resources", get_resources, SIGNED_IN, reply=list[ResourceCard])
