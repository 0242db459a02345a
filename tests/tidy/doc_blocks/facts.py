"""The list of fact kinds, from the declarations of the kernel's rooms and the bundled plugins."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

from tests.tidy.tree import PACKAGES, PLUGINS, entry_points, package_files, parse
from venue_suite.domain.facts import FactKind
from venue_suite.server.parts import PARTS

_TELLING = {"record", "tell"}


def declared_facts() -> dict[str, list[FactKind]]:
    """Owner (`kernel` or a plugin) -> what it declares."""
    found = {"kernel": [kind for part in PARTS for kind in part.facts]}
    for name, target in sorted(entry_points("venue_suite.plugins").items()):
        module, _, attribute = target.partition(":")
        plugin = getattr(importlib.import_module(module), attribute)
        register = getattr(type(plugin), "venue_register_facts", None)
        if register is not None and hasattr(register, "venue_suite_impl"):
            found[name] = list(plugin.venue_register_facts())
    return found


def told_kinds() -> Iterator[tuple[Path, int, str]]:
    """Where the server's code tells a fact whose kind stands there: file, line, kind."""
    for file in package_files():
        if not file.is_relative_to(PACKAGES["venue_suite"]) and not file.is_relative_to(PLUGINS):
            continue
        for node in ast.walk(parse(file)):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            for argument in node.args[:2]:
                if (
                    name in _TELLING
                    and isinstance(argument, ast.Constant)
                    and isinstance(argument.value, str)
                    and "." in argument.value
                ):
                    yield file, node.lineno, argument.value


def render_facts() -> str:
    """All kinds for docs/facts.md."""
    parts = []
    for owner, kinds in declared_facts().items():
        title = "The kernel" if owner == "kernel" else f"Plugin `{owner}`"
        rows = [
            f"| `{kind.name}{'…' if kind.name.endswith('.') else ''}` | {kind.summary} | "
            f"`{kind.permission}`{_own(kind)} |"
            for kind in kinds
        ]
        head = ["| kind | what has happened | who hears it |", "|---|---|---|"]
        parts.append("\n".join([f"## {title}", "", *head, *rows]))
    return "\n\n".join(parts)


def _own(kind: FactKind) -> str:
    return f"; at its own station `{kind.own_permission}`" if kind.own_permission else ""
