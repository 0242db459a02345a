"""The table of error codes, read from the classes without importing their modules."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tidy.tree import module_name, package_files, parse

_ATTRIBUTES = ("code", "http_status", "exit_status", "default_template")
# Carries what the server said; its class has no code of its own.
RELAYS = frozenset({"ServerRefused"})


@dataclass(frozen=True)
class Refusal:
    """One subclass of `VenueError`. `own_code`: it declares a code rather than inheriting one."""

    name: str
    module: str
    meaning: str
    code: str
    http_status: int
    exit_status: int
    template: str
    own_code: bool


def find_refusals() -> list[Refusal]:
    """All refusals of the suite, sorted by code."""
    classes: dict[str, tuple[Path, ast.ClassDef]] = {
        node.name: (file, node)
        for file in package_files()
        for node in ast.walk(parse(file))
        if isinstance(node, ast.ClassDef)
    }
    found = [
        _describe(file, node, classes)
        for name, (file, node) in classes.items()
        if name not in RELAYS and "VenueError" in _ancestors(name, classes)
    ]
    return sorted(found, key=lambda refusal: refusal.code)


def render_refusals() -> str:
    """The table of docs/error-codes.md."""
    rows = [
        "| code | HTTP | exit | what people read | when |",
        "|---|---|---|---|---|",
        *(
            f"| `{r.code}` | {r.http_status} | {r.exit_status} | {_cell(r.template)} | "
            f"{_cell(r.meaning)} |"
            for r in find_refusals()
        ),
    ]
    return "\n".join(rows)


def _ancestors(name: str, classes: dict[str, tuple[Path, ast.ClassDef]]) -> list[str]:
    """Base names from the class itself up, as far as they are known here."""
    if name not in classes:
        return [name]
    bases = [ast.unparse(base).rpartition(".")[2] for base in classes[name][1].bases]
    return [name, *(above for base in bases if base != name for above in _ancestors(base, classes))]


def _describe(
    file: Path, node: ast.ClassDef, classes: dict[str, tuple[Path, ast.ClassDef]]
) -> Refusal:
    values: dict[str, Any] = {}
    for ancestor in reversed(_ancestors(node.name, classes)):
        if ancestor in classes:
            values |= _literals(classes[ancestor][1])
    return Refusal(
        name=node.name,
        module=module_name(file),
        meaning=inspect.cleandoc(ast.get_docstring(node) or "").partition("\n\n")[0],
        code=values["code"],
        http_status=values["http_status"],
        exit_status=values["exit_status"],
        template=values["default_template"],
        own_code="code" in _literals(node),
    )


def _literals(node: ast.ClassDef) -> dict[str, Any]:
    values = {}
    for line in node.body:
        target = line.targets[0] if isinstance(line, ast.Assign) else None
        target = line.target if isinstance(line, ast.AnnAssign) else target
        if isinstance(target, ast.Name) and target.id in _ATTRIBUTES:
            assert isinstance(line, ast.Assign | ast.AnnAssign)
            assert line.value is not None, f"{node.name}.{target.id} has no value"
            values[target.id] = ast.literal_eval(line.value)
    return values


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
