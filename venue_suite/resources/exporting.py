"""All records of a maintained table as a file."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from venue_suite.database.work import View
from venue_suite.resources.columns import columns_of, reference_words, write_cells
from venue_suite.resources.csv_files import write_sheet
from venue_suite.resources.reading import values_of
from venue_suite.resources.served import ServedResource, read_notation


def export_csv(view: View, served: ServedResource, language: str = "") -> bytes:
    """CSV that `import` takes back unchanged.

    Args:
        language: of the headings, `zh` or `en`; "": the names of the fields.
    """
    resource = served.resource
    rows = _all_values(served)
    words = {
        name: reference_words(target, {values[name] for values in rows if values[name] is not None})
        for name, target in served.targets.items()
    }
    notation = read_notation(view)
    heading = [one.label(language) if language else one.name for one in columns_of(resource)]
    return write_sheet(heading, (write_cells(resource, one, notation, words) for one in rows))


def export_json(view: View, served: ServedResource) -> bytes:
    """A list of objects with the fields' names, values as the API has them."""
    return msgspec.json.encode(_all_values(served))


def download(content: bytes, form: str, name: str) -> web.Response:
    """A file for the browser to save. `form`: csv or json; `name`: without it."""
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/json"
    disposition = f'attachment; filename="{name}.{form}"'
    return web.Response(
        body=content, headers={"Content-Type": kind, "Content-Disposition": disposition}
    )


def _all_values(served: ServedResource) -> list[dict[str, Any]]:
    resource = served.resource
    order = [getattr(resource.row, name) for name in resource.key]
    return [values_of(resource, row) for row in resource.row.select().order_by(*order)]
