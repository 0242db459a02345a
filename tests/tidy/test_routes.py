"""Every route says in full what it takes, gives and refuses, and its handler keeps to it."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pytest

from tests.tidy.doc_blocks.routes import served_routes
from tests.tidy.tree import entry_points
from venue_suite.identity.permissions import OPEN, SIGNED_IN
from venue_suite.plugin_manager import PluginManager
from venue_suite.routing import Media
from venue_suite.server.api_page import speaking_packages
from venue_suite.server.parts import PARTS
from venue_suite.server.route_table import ServedRoute
from venue_suite.texts import Texts

ROUTES = served_routes().served
ADDRESSES_OF_PARTS = [route.path for part in PARTS for route in part.routes]
LONGEST_SUMMARY = 160

each_route = pytest.mark.parametrize("served", ROUTES, ids=lambda served: served.id)


def test_routes_of_all_plugins_and_rooms_are_told() -> None:
    plugins = PluginManager()
    plugins.load_entry_points()
    told = {served.route.path for served in ROUTES}
    of_plugins = [route.path for some in plugins.routes().values() for route in some]
    assert sorted(plugins.routes()) == sorted(entry_points("venue_suite.plugins"))
    assert [path for path in (*ADDRESSES_OF_PARTS, *of_plugins) if path not in told] == []


def test_no_two_operations_share_a_name_or_an_address() -> None:
    names = Counter(served.id for served in ROUTES)
    addresses = Counter((served.route.method, served.route.path) for served in ROUTES)
    assert [one for one, count in (names + addresses).items() if count > 1] == []


@each_route
def test_route_is_described(served: ServedRoute) -> None:
    assert served.summary, "its handler has no docstring"
    assert len(served.summary) <= LONGEST_SUMMARY
    assert served.permission_text, f"nobody says what {served.route.permission} allows"


@cache
def _texts() -> Texts:
    return Texts.load(*speaking_packages(served_routes()))


@each_route
def test_what_the_page_says_of_a_route_is_translated(served: ServedRoute) -> None:
    """The page of the API speaks both languages; translations stand where the handler does."""
    texts = _texts()
    for sentence in (" ".join(served.text.split()), served.permission_text):
        assert texts.say(sentence, "zh") != sentence, f"add it to locale/zh.po: {sentence}"


@each_route
def test_route_says_what_it_takes_and_gives(served: ServedRoute) -> None:
    route = served.route
    assert route.method in ("GET", "POST")
    assert route.method == "POST" or route.body is None
    assert route.reply is not None or route.path == "/feed"
    assert set(route.texts) <= set(served.places)


@each_route
def test_example_is_a_body_of_the_declared_shape(served: ServedRoute) -> None:
    route = served.route
    if route.example is not None:
        route.decoder.decode(msgspec.json.encode(route.example))


@each_route
def test_handler_asks_for_the_declared_shapes(served: ServedRoute) -> None:
    """What would fail at the first call fails here."""
    route = served.route
    declared = {"body": route.body, "asked": route.query}
    for verb, shape in _shapes_asked_for(route.handler):
        assert shape == declared[verb], f"call.{verb}({shape})"
    for verb, name in _places_asked_for(route.handler):
        assert name in served.places
        assert (name in route.texts) == (verb == "text")


def _calls(handler: Any) -> Iterator[tuple[str, ast.expr]]:
    """(verb, first argument) of each `call.verb(...)` in a handler."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(handler)))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "call"
            and node.args
        ):
            yield node.func.attr, node.args[0]


def _shapes_asked_for(handler: Any) -> Iterator[tuple[str, Any]]:
    known = {**inspect.unwrap(handler).__globals__, "self": getattr(handler, "__self__", None)}
    for verb, argument in _calls(handler):
        if verb in ("body", "asked"):
            yield verb, eval(ast.unparse(argument), known)


def _places_asked_for(handler: Any) -> Iterator[tuple[str, str]]:
    for verb, argument in _calls(handler):
        if verb in ("number", "text") and isinstance(argument, ast.Constant):
            yield verb, argument.value


@each_route
def test_what_a_body_holds_has_an_end(served: ServedRoute) -> None:
    """No number that a column can't hold, no text or list without an end."""
    body = served.route.body
    if body is None or isinstance(body, Media):
        return
    assert sorted(set(_endless(msgspec.inspect.type_info(body), set()))) == []


def _endless(info: Any, seen: set[type]) -> Iterator[str]:
    """Where in a shape such a value is, as `wanted.[].count: a number without bounds`."""
    kinds = msgspec.inspect
    match info:
        case kinds.StructType() if info.cls not in seen:
            seen.add(info.cls)
            parts = [(field.encode_name, field.type) for field in info.fields]
        case kinds.ListType() | kinds.VarTupleType() | kinds.SetType():
            parts = [("[]", info.item_type)]
        case kinds.DictType():
            parts = [("{}", info.value_type)]
        case kinds.UnionType():
            parts = [("", one) for one in info.types]
        case kinds.IntType() if None in (info.le, info.ge):
            parts = []
            yield "a number without bounds"
        case kinds.StrType(max_length=None, pattern=None):
            parts = []
            yield "a text without an end"
        case _:
            parts = []
    for name, one in parts:
        yield from (f"{name}.{more}" for more in _endless(one, seen))


@pytest.mark.parametrize("owner", [*sorted(entry_points("venue_suite.plugins")), "kernel"])
def test_permissions_that_routes_demand_are_their_owners(owner: str) -> None:
    demanded = {one.route.permission for one in ROUTES if one.owner == owner} - {OPEN, SIGNED_IN}
    rooms = {part.name for part in PARTS} if owner == "kernel" else {owner}
    assert [one for one in demanded if one.partition(".")[0] not in rooms] == []
