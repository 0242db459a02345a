"""Modules stand on each other in layers: no import, not even one for types only, leads back."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Set
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.tidy.tree import PACKAGES, module_name, package_files, parse

MODULES = {module_name(file): file for file in package_files() if file.parent.name != "migrations"}


def imported_names(tree: ast.AST, module: str, *, is_package: bool) -> Iterator[str]:
    """Every dotted name that an import names, wherever it stands: also the part after `import`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")
            if node.level:
                base = base[: len(base) - node.level + is_package]
            start = [*base, node.module or ""] if node.level else [node.module or ""]
            source = ".".join(part for part in start if part)
            yield from (f"{source}.{alias.name}" for alias in node.names)


def find_module(name: str, known: Set[str]) -> str:
    """The module that a dotted name leads to: `a.b.Thing` -> `a.b`; empty for foreign names."""
    parts = name.split(".")
    paths = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((path for path in paths if path in known), "")


def build_graph(files: Mapping[str, Path]) -> dict[str, set[str]]:
    """Module -> the modules that it imports."""
    graph: dict[str, set[str]] = {}
    for module, file in files.items():
        names = imported_names(parse(file), module, is_package=file.name == "__init__.py")
        graph[module] = {find_module(name, files.keys()) for name in names} - {"", module}
    return graph


def find_circles(graph: Mapping[str, Set[str]]) -> list[str]:
    """One circle after the other, each with its arrows, until what is left has none."""
    left = {module: set(imported) for module, imported in graph.items()}
    circles = []
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1][::-1]  # the sorter walks against the arrows
            circles.append(" -> ".join(circle))
            left[circle[0]].discard(circle[1])
        else:
            return circles


def test_every_package_is_looked_at() -> None:
    graph = build_graph(MODULES)
    assert {module.partition(".")[0] for module in graph} == set(PACKAGES)
    assert "venue_suite.wire" in graph["venue_suite.client"]


def test_no_circle() -> None:
    circles = find_circles(build_graph(MODULES))
    assert circles == [], "\n" + "\n".join(circles)


def test_layers_are_no_circle(tmp_path: Path) -> None:
    """Not even two ways to the same module, or a module named as one of another package."""
    graph = {"stage": {"hall", "door"}, "hall": {"door"}, "door": set[str]()}
    assert find_circles(graph) == []
    door = tmp_path / "door.py"
    door.write_text("import os.path\nfrom garage.door import Door\n", "utf-8")
    assert build_graph({"house.door": door}) == {"house.door": set()}


@pytest.mark.parametrize(
    "back",
    [
        pytest.param("import house.hall\n", id="plain"),
        pytest.param("from house import hall\n", id="a module of a package"),
        pytest.param("from house.hall import Hall\n", id="a name"),
        pytest.param("from . import hall\n", id="relative"),
        pytest.param("from .hall import Hall\n", id="relative name"),
        pytest.param("def open_door():\n    from house.hall import Hall\n", id="in a function"),
        pytest.param(
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from house import hall\n",
            id="for types",
        ),
    ],
)
def test_circle_is_found(tmp_path: Path, back: str) -> None:
    files = {
        "house": tmp_path / "__init__.py",
        "house.hall": tmp_path / "hall.py",
        "house.door": tmp_path / "door.py",
    }
    files["house"].write_text("", "utf-8")
    files["house.hall"].write_text("from house.door import Door\n", "utf-8")
    files["house.door"].write_text(back, "utf-8")
    (circle,) = find_circles(build_graph(files))
    assert circle in (
        "house.hall -> house.door -> house.hall",
        "house.door -> house.hall -> house.door",
    )
