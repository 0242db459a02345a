"""The API as a page for people: one file, no script, nothing from elsewhere, in two languages."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from string import Formatter
from typing import Any

import msgspec
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from venue_suite.routing import JSON
from venue_suite.server.route_table import RouteTable, ServedRoute
from venue_suite.texts import N_, Texts

_FILES = files("venue_suite.server") / "templates"
_STYLE = (_FILES / "api.css").read_text("utf-8")
_ABOUT = (
    N_("JSON in and out. Amounts are whole numbers of minor units (1250 is 12.50); times are UTC."),
    N_("Every change carries Idempotency-Key, an id that the client made and kept before sending."),
    N_("The same id with the same content gets the stored answer: asking again is always safe."),
    N_("A refusal is a problem document with a stable code. Unknown fields and names are refused."),
    N_("Lists that can grow come in pages: after= with the value of next gives what follows."),
)
Say = Callable[..., str]

# The style is part of the page; its hash is what allows it, and nothing else is.
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    + "'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Language",
}


class ApiPage:
    """Writes the page.

    Args:
        table: the routes.
        document: the OpenAPI document of the same routes.
    """

    def __init__(self, table: RouteTable, document: Mapping[str, Any]) -> None:
        self._table = table
        self._document = document
        self._texts = Texts.load(*speaking_packages(table))
        environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
        self._template = environment.from_string((_FILES / "api.html").read_text("utf-8"))

    def render(self, language: str) -> str:
        """The page in `zh` or `en`."""

        def say(text: str, **params: object) -> str:
            return self._texts.say(text, language, **params)

        return self._template.render(
            tag={"zh": "zh-CN"}.get(language, language),
            style=Markup(_STYLE),  # noqa: S704 - our own file
            version=self._document["info"]["version"],
            about=[say(sentence) for sentence in _ABOUT],
            groups=[
                {
                    "id": f"of-{tag}",
                    "title": tag,
                    "operations": [self._operation(one, say) for one in served],
                }
                for tag, served in self._table.headings().items()
            ],
            shapes=list(self._shapes(say)),
            say=say,
        )

    def _operation(self, served: ServedRoute, say: Say) -> dict[str, Any]:
        route = served.route
        told = self._document["paths"][route.path][route.method.lower()]
        answers = told["responses"]
        (success,) = (answers[status] for status in answers if status in ("101", "200"))
        body = told.get("requestBody", {}).get("content", {})
        example = next((one["example"] for one in body.values() if "example" in one), None)
        return {
            "id": served.id,
            "method": route.method,
            "path": f"/api/v1{route.path}",
            "text": say(" ".join(served.text.split())),
            "permission": f"{route.permission} ({say(served.permission_text)})",
            "parameters": list(self._parameters(told["parameters"], say)),
            "takes": _content(body, say),
            "example": "" if example is None else msgspec.json.encode(example).decode(),
            "gives": _content(success.get("content", {}), say) or say(success["description"]),
            "refusals": [
                {
                    "code": refusal.code,
                    "status": refusal.http_status,
                    "text": say(refusal.default_template, **_places(refusal.default_template)),
                }
                for refusal in served.refusals
            ],
        }

    def _parameters(self, told: list[dict[str, Any]], say: Say) -> Iterator[dict[str, Any]]:
        for one in told:
            full = one
            if reference := one.get("$ref"):
                full = self._document["components"]["parameters"][reference.rpartition("/")[2]]
            yield {
                "name": full["name"],
                "place": full["in"],
                "kind": _kind(full["schema"], say),
                "text": say(full.get("description", "")),
            }

    def _shapes(self, say: Say) -> Iterator[dict[str, Any]]:
        for name, schema in self._document["components"]["schemas"].items():
            needed = schema.get("required", [])
            yield {
                "name": name,
                "text": schema.get("description", ""),
                "kind": _kind(schema, say),
                "fields": [
                    {
                        "name": field,
                        "kind": _kind(one, say),
                        "text": "" if field in needed else say("may be left out"),
                    }
                    for field, one in schema.get("properties", {}).items()
                ],
            }


def _places(template: str) -> dict[str, str]:
    """The places of a sentence, filled with themselves: the page shows what will stand there."""
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    return {name: f"{{{name}}}" for name in names}


def speaking_packages(table: RouteTable) -> list[str]:
    """The packages that hold translations of what routes say: where their handlers stand."""
    modules = {served.route.handler.__module__ for served in table.served}
    return sorted({module.rpartition(".")[0] or module for module in modules})


def _content(content: Mapping[str, Any], say: Say) -> str | Markup:
    """What goes in or out: its shape, and its type where that is not JSON."""
    return Markup(", ").join(
        _kind(one["schema"], say) if kind == JSON and "schema" in one else kind
        for kind, one in content.items()
    )


def _kind(schema: Mapping[str, Any], say: Say) -> str | Markup:
    """A schema in words; named shapes are links."""
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        return Markup('<a href="#shape-{0}">{0}</a>').format(name)
    if some := schema.get("anyOf"):
        return Markup(" | ").join(_kind(one, say) for one in some)
    if "enum" in schema:
        return " | ".join(msgspec.json.encode(one).decode() for one in schema["enum"])
    kind = schema.get("type", "")
    if kind == "array":
        return Markup("{} {}").format(say("list of"), _kind(schema.get("items") or {}, say))
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        inner = _kind(schema["additionalProperties"], say)
        return Markup("{} {}").format(say("names to"), inner)
    words = {
        "string": say("text"),
        "integer": say("whole number"),
        "number": say("number"),
        "boolean": say("yes or no"),
        "object": say("any object"),
        "null": "null",
        "": say("anything"),
    }
    return f"{words[kind]}{_bounds(schema)}"


def _bounds(schema: Mapping[str, Any]) -> str:
    if "format" in schema:
        return f" ({schema['format']})"
    least, most = (
        ("minLength", "maxLength") if schema.get("type") == "string" else ("minimum", "maximum")
    )
    low, high = schema.get(least, ""), schema.get(most, "")
    if isinstance(high, int) and high > 2**53:  # only that it fits into 64 bits
        low = low if isinstance(low, int) and low > -(2**53) else ""
        high = ""
    return f" {low}…{high}" if low != "" or high != "" else ""
