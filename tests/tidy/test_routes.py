"""The documented routes are those that are served, each behind the documented permission."""

from __future__ import annotations

import importlib
import re

import pytest

from tests.tidy.doc_blocks.routes import find_routes, wire_files
from tests.tidy.tree import entry_points

Served = set[tuple[str, str, str]]


def _documented(owner: str) -> Served:
    return {
        (r.method, _without_names(r.path), r.permission.replace(" ", "_"))
        for r in find_routes(wire_files()[owner])
    }


def _without_names(path: str) -> str:
    """`/orders/{order}` and `/orders/{id}` are the same address."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def _kernel_routes() -> Served:
    routes = importlib.import_module("venue_suite.server.kernel_routes").KernelRoutes
    return {
        (r.method, _without_names(r.path), r.permission)
        for r in routes.routes(routes.__new__(routes))
    }


def test_every_plugin_with_routes_documents_their_shapes() -> None:
    assert sorted(wire_files()) == sorted(["kernel", *entry_points("venue_suite.plugins")])


def test_kernel_serves_what_it_documents() -> None:
    assert _kernel_routes() == _documented("kernel")


@pytest.mark.parametrize("name", sorted(entry_points("venue_suite.plugins")))
def test_plugin_serves_what_it_documents(name: str) -> None:
    module, _, attribute = entry_points("venue_suite.plugins")[name].partition(":")
    plugin = getattr(importlib.import_module(module), attribute)
    served = {
        (r.method, _without_names(r.path), r.permission) for r in plugin.venue_register_routes()
    }
    assert served == _documented(name)


@pytest.mark.parametrize("name", sorted(entry_points("venue_suite.plugins")))
def test_plugin_declares_the_permissions_that_its_routes_demand(name: str) -> None:
    module, _, attribute = entry_points("venue_suite.plugins")[name].partition(":")
    plugin = getattr(importlib.import_module(module), attribute)
    declared = {permission.name for permission in plugin.venue_register_permissions()}
    demanded = {route.permission for route in plugin.venue_register_routes()}
    assert sorted(demanded - declared - {"open", "signed_in"}) == []
    assert [permission for permission in declared if not permission.startswith(f"{name}.")] == []
