"""The list of routes, read from the tables that head each `wire.py`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from tests.tidy.tree import PACKAGES, PLUGINS, parse, repository_files

_PREFIX = "/api/v1"


@dataclass(frozen=True)
class Route:
    """One documented route. `path` is without /api/v1 and without its query."""

    method: str
    path: str
    query: str
    takes: str
    gives: str
    permission: str


def wire_files() -> dict[str, Path]:
    """Who owns the routes (`kernel` or a plugin) -> the file that documents them."""
    plugins = {
        file.parent.name: file
        for file in repository_files()
        if file.name == "wire.py" and file.parent.parent == PLUGINS
    }
    return {"kernel": PACKAGES["venue_suite"] / "wire.py", **plugins}


def find_routes(file: Path) -> list[Route]:
    """The routes in the table of one wire.py."""
    table = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in (ast.get_docstring(parse(file)) or "").splitlines()
        if line.strip().startswith("|")
    ]
    if not table:
        return []
    columns, rows = table[0], table[2:]
    routes = []
    for row in rows:
        cells = dict(zip(columns, row, strict=True))
        method, _, address = cells[columns[0]].partition(" ")
        path, _, query = address.strip().partition("?")
        takes = cells.get("in", "")
        if takes.startswith("?"):
            query, takes = takes.removeprefix("?"), ""
        path = path.removesuffix(" (WebSocket)")
        routes.append(Route(method, path, query, takes, cells["out"], cells["permission"]))
    return routes


def render_routes() -> str:
    """All routes for docs/routes.md."""
    parts = []
    for owner, file in wire_files().items():
        title = "The kernel" if owner == "kernel" else f"Plugin `{owner}`"
        rows = [
            f"| {r.method} | `{_PREFIX}{r.path}` | {_query(r.query)} | {_code(r.takes)} | "
            f"{_code(r.gives)} | {_code(r.permission)} |"
            for r in find_routes(file)
        ]
        head = ["| | route | query | takes | gives | permission |", "|---|---|---|---|---|---|"]
        parts.append("\n".join([f"## {title}", "", *head, *rows]))
    return "\n\n".join(parts)


def _query(text: str) -> str:
    names = [part.rstrip("=").rstrip() for part in text.split("&") if part]
    return ", ".join(f"`{name.split('=')[0].split(' ')[0]}`" for name in names)


def _code(text: str) -> str:
    if text in {"", "open", "signed in"}:
        return text
    return f"`{text}`"
