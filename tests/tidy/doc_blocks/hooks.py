"""The hook reference: name, exact signature, what it is for, who uses it."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from pathlib import Path

from tests.tidy.tree import PLUGINS, parse, python_files

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Hook:
    """One hook specification. `signature` is Python without `self`, body and decorators."""

    name: str
    signature: str
    text: str
    first_result: bool


def find_hooks(specs: Path) -> list[Hook]:
    """The hooks of one hookspecs.py in its own order."""
    return [
        Hook(
            name=node.name,
            signature=_signature(node),
            text=inspect.cleandoc(ast.get_docstring(node) or ""),
            first_result="firstresult=True" in _decorators(node),
        )
        for node in ast.walk(parse(specs))
        if isinstance(node, _Function) and "hookspec" in _decorators(node)
    ]


def find_implementations() -> dict[str, list[str]]:
    """Hook name -> the bundled plugins that implement it."""
    found: dict[str, list[str]] = {}
    for file in python_files():
        if not file.is_relative_to(PLUGINS):
            continue
        for node in ast.walk(parse(file)):
            if isinstance(node, _Function) and "hookimpl" in _decorators(node):
                plugin = file.relative_to(PLUGINS).parts[0]
                users = found.setdefault(node.name, [])
                if plugin not in users:
                    users.append(plugin)
    return found


def render_hooks(specs: Path) -> str:
    """The reference of one program's hooks for docs/hooks.md."""
    users = find_implementations()
    parts = []
    for hook in find_hooks(specs):
        names = ", ".join(f"`{name}`" for name in sorted(users.get(hook.name, [])))
        rule = "\n\nThe first plugin that answers decides." if hook.first_result else ""
        head = f"### {hook.name}\n\n```python\n{hook.signature}\n```"
        used = f"Used by: {names or 'no bundled plugin'}."
        parts.append(f"{head}\n\n{_as_markdown(hook.text)}{rule}\n\n{used}")
    return "\n\n".join(parts)


def render_nouns(specs: Path) -> str:
    """The dataclasses that plugins declare things with, as code that can be copied.

    They stand with the hooks, or beside them in declarations.py.
    """
    beside = specs.with_name("declarations.py")
    files = [specs, beside] if beside.is_file() else [specs]
    return "\n\n".join(
        f"### {node.name}\n\n```python\n{_fields(node)}\n```\n\n{_as_markdown(text)}"
        for file in files
        for node in parse(file).body
        if isinstance(node, ast.ClassDef) and "dataclass" in _decorators(node)
        for text in [inspect.cleandoc(ast.get_docstring(node) or "")]
    )


def _fields(node: ast.ClassDef) -> str:
    lines = [ast.unparse(line) for line in node.body if isinstance(line, ast.AnnAssign)]
    return "\n".join([f"class {node.name}:", *(f"    {line}" for line in lines)])


def _decorators(node: _Function | ast.ClassDef) -> str:
    return " ".join(ast.unparse(decorator) for decorator in node.decorator_list)


def _signature(node: _Function) -> str:
    bare = ast.parse(ast.unparse(node)).body[0]
    assert isinstance(bare, _Function)
    bare.decorator_list = []
    bare.body = [ast.Expr(ast.Constant(...))]
    bare.args.args = [arg for arg in bare.args.args if arg.arg != "self"]
    return ast.unparse(bare).removesuffix("...").rstrip().removesuffix(":")


def _as_markdown(text: str) -> str:
    """Google style sections become lists: `Args:` with its indented lines."""
    lines = []
    for line in text.splitlines():
        if line in {"Args:", "Returns:", "Raises:", "Attributes:"}:
            lines += [f"*{line.rstrip(':')}*", ""]
        elif line.startswith("        "):
            lines.append(f"  {line.strip()}")
        elif line.startswith("    "):
            lines.append(f"- {line.strip()}")
        else:
            lines.append(line)
    return "\n".join(lines)
