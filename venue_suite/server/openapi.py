"""The OpenAPI 3.1 document, written from the routes and the very types that check the input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from venue_suite import __version__
from venue_suite.domain.errors import VenueError
from venue_suite.identity.approvals import HEADER as APPROVAL_HEADER
from venue_suite.identity.permissions import OPEN
from venue_suite.request_reading import INTEGER_MAX, INTEGER_MIN
from venue_suite.routing import (
    JSON,
    OPERATION_ID_CHARS_MAX,
    PATH_NUMBER_DIGITS_MAX,
    PATH_TEXT_CHARS_MAX,
    Media,
    Nothing,
)
from venue_suite.server.route_table import RouteTable, ServedRoute
from venue_suite.wire import Problem

PREFIX = "/api/v1"
PROBLEM = "application/problem+json"
_REF = "#/components/schemas/{name}"
_ABOUT = """\
The HTTP interface of a venue server: JSON in and out.

Amounts are whole numbers of minor units (1250 is 12.50), times are UTC in ISO 8601, names are
`{"zh": ..., "en": ...}`. Texts hold no NUL character, whole numbers fit into 64 bits, a body is at
most 1 MiB where nothing else is said, whole numbers are written without a fraction, and unknown
fields and query names are refused.

Every change carries `Idempotency-Key`, an id that the client made and kept before sending. The same
id with the same content gets the stored answer, so asking again is always safe.

A refusal is a problem document with a stable `code`, an English sentence (`title`), the same with
places (`template`) and the values for them (`params`).

Lists that can grow come in pages: `{"items": [...], "next": "..."}`; `after=` with the value of
`next` gives the items that follow, an empty `next` is the end."""

_OPERATION_ID = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The operation id: made by the client, kept before sending, the same on every "
    "repeat. Printable ASCII.",
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": OPERATION_ID_CHARS_MAX,
        "pattern": "^[!-~]([ -~]*[!-~])?$",
    },
    "example": "3f2b8c1e-kiosk-2-000417",
}
_APPROVAL = {
    "name": APPROVAL_HEADER,
    "in": "header",
    "required": False,
    "description": "The approval of a second person for this one operation, where the permission "
    "is missing.",
    "schema": {"type": "string"},
}
_SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A session token that a sign-in gave to a member of staff, or the key of a "
        "station.",
    },
    "certificate": {
        "type": "mutualTLS",
        "description": "The certificate that a station got when it was paired.",
    },
}


def make_document(table: RouteTable) -> dict[str, Any]:
    """The document as plain values, ready to be encoded."""
    shapes, refusals = _Shapes(table.served), _Refusals()
    paths: dict[str, dict[str, Any]] = {}
    for served in table.served:
        methods = paths.setdefault(served.route.path, {})
        methods[served.route.method.lower()] = _describe(served, shapes, refusals)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Venue suite", "version": __version__, "description": _ABOUT},
        "servers": [{"url": PREFIX}],
        "tags": [{"name": tag} for tag in table.headings()],
        "paths": paths,
        "components": {
            "schemas": shapes.components,
            "responses": dict(sorted(refusals.components.items())),
            "parameters": {"OperationId": _OPERATION_ID, "Approval": _APPROVAL},
            "securitySchemes": _SECURITY,
        },
    }


def _describe(served: ServedRoute, shapes: _Shapes, refusals: _Refusals) -> dict[str, Any]:
    route = served.route
    told: dict[str, Any] = {
        "operationId": served.id,
        "tags": [served.tag],
        "summary": served.summary,
        "description": f"{served.text}\n\n**Permission:** `{route.permission}` "
        f"({served.permission_text})".strip(),
        "x-permission": route.permission,
        "security": [] if route.permission == OPEN else [{name: []} for name in _SECURITY],
        "parameters": [
            *(_place(name, name in route.texts) for name in served.places),
            *shapes.query(route.query),
            *([{"$ref": "#/components/parameters/OperationId"}] if route.changes else []),
            *([{"$ref": "#/components/parameters/Approval"}] if served.is_approvable else []),
        ],
        "responses": {**_success(served, shapes), **refusals.responses(served.refusals)},
    }
    if route.body is not None:
        told["requestBody"] = _body(served, shapes)
    return told


def _place(name: str, is_text: bool) -> dict[str, Any]:
    number = {"type": "integer", "minimum": 0, "maximum": 10**PATH_NUMBER_DIGITS_MAX - 1}
    text = {"type": "string", "minLength": 1, "maxLength": PATH_TEXT_CHARS_MAX}
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": text if is_text else number,
        "example": "name" if is_text else 1,
    }


def _body(served: ServedRoute, shapes: _Shapes) -> dict[str, Any]:
    route = served.route
    if isinstance(route.body, Media):
        content: dict[str, Any] = {route.body.media_type: {"schema": {"type": "string"}}}
    else:
        content = {JSON: {"schema": shapes.schema(route.shown or route.body)}}
        if route.example is not None:
            content[JSON]["example"] = msgspec.to_builtins(route.example)
    return {"required": True, "content": content}


def _success(served: ServedRoute, shapes: _Shapes) -> dict[str, Any]:
    reply = served.route.reply
    if reply is None:
        return {"101": {"description": "The connection goes on as a WebSocket."}}
    if isinstance(reply, Media):
        kinds = (reply.media_type, *reply.also)
        return {"200": {"description": "A file.", "content": {kind: {} for kind in kinds}}}
    return {
        "200": {"description": "Done.", "content": {JSON: {"schema": shapes.schema(reply)}}},
    }


class _Refusals:
    """The responses of refused requests, each written once."""

    def __init__(self) -> None:
        self.components: dict[str, Any] = {}

    def responses(self, refusals: Sequence[type[VenueError]]) -> dict[str, Any]:
        """One response per status, with the codes that it can have."""
        by_status: dict[int, list[type[VenueError]]] = {}
        for refusal in sorted(refusals, key=lambda one: one.code):
            by_status.setdefault(refusal.http_status, []).append(refusal)
        return {
            str(status): {"$ref": f"#/components/responses/{self._response(some)}"}
            for status, some in sorted(by_status.items())
        }

    def _response(self, some: Sequence[type[VenueError]]) -> str:
        name = "-or-".join(one.code for one in some)
        self.components[name] = {
            "description": "\n".join(f"- `{one.code}`: {one.default_template}" for one in some),
            "content": {
                PROBLEM: {
                    "schema": {
                        "allOf": [{"$ref": _REF.format(name="Problem")}],
                        "properties": {"code": {"enum": [one.code for one in some]}},
                    }
                }
            },
        }
        return name


class _Shapes:
    """The schemas of all shapes, each written once.

    Args:
        served: whose shapes.
    """

    def __init__(self, served: Iterable[ServedRoute]) -> None:
        found: list[Any] = [Problem, Nothing]
        for one in served:
            route = one.route
            found += [
                shape
                for shape in (route.shown or route.body, route.reply)
                if shape is not None and not isinstance(shape, Media)
            ]
        schemas, components = msgspec.json.schema_components(
            found, schema_hook=_any_value, ref_template=_REF
        )
        # Two types may be equal and yet not be hashable: looked up one by one.
        self._known = list(zip(found, (_bounded(one) for one in schemas), strict=True))
        self.components = {name: _bounded(one) for name, one in sorted(components.items())}

    def schema(self, shape: Any) -> dict[str, Any]:
        """The schema of one shape, by reference where it has a name."""
        return next(schema for known, schema in self._known if known == shape)

    def query(self, shape: type[msgspec.Struct] | None) -> list[dict[str, Any]]:
        """The parameters behind the `?`."""
        if shape is None:
            return []
        _, components = msgspec.json.schema_components([shape], ref_template=_REF)
        properties = components[shape.__name__]["properties"]
        found = []
        for name, schema in properties.items():
            plain = _bounded(dict(schema))
            meaning = plain.pop("description", "")
            found.append({"name": name, "in": "query", "description": meaning, "schema": plain})
        return found


def _any_value(kind: type) -> dict[str, Any]:
    if kind in (object, msgspec.Raw):
        return {"description": "Any JSON value."}
    raise NotImplementedError(f"{kind} is no shape for JSON")


def _bounded(schema: Any) -> Any:
    """Every whole number says that it fits into 64 bits: larger ones are refused."""
    if isinstance(schema, list):
        return [_bounded(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: _bounded(value) for key, value in schema.items()}
    if told.get("type") == "integer":
        if "exclusiveMinimum" not in told:
            told.setdefault("minimum", INTEGER_MIN)
        if "exclusiveMaximum" not in told:
            told.setdefault("maximum", INTEGER_MAX)
    return told
