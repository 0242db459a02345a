"""A hook exists only with a plugin that uses it, a place in the documents, and a test."""

from __future__ import annotations

import ast

import pytest

from tests.tidy.doc_blocks.hooks import Hook, find_hooks, find_implementations
from tests.tidy.tree import HOOK_SPECS, ROOT, parse, python_files

PROGRAM_OF = dict(zip(HOOK_SPECS, ("venue", "kiosk", "terminal"), strict=True))
KINDS = ("describe", "register", "price", "check", "resolve", "fulfil", "fill", "on")
ALL_HOOKS = [hook for specs in HOOK_SPECS if specs.is_file() for hook in find_hooks(specs)]

hooks = pytest.mark.parametrize("hook", ALL_HOOKS, ids=lambda hook: hook.name)


@pytest.mark.parametrize("program", PROGRAM_OF.values())
def test_program_has_hooks(program: str) -> None:
    (specs,) = (file for file, name in PROGRAM_OF.items() if name == program)
    assert specs.is_file()
    assert find_hooks(specs) != []


@hooks
def test_name_says_who_calls_and_why(hook: Hook) -> None:
    program, kind, *_ = hook.name.split("_")
    assert program in PROGRAM_OF.values()
    assert kind in KINDS


@hooks
def test_hook_is_documented_with_its_exact_signature(hook: Hook) -> None:
    lines = (ROOT / "docs" / "hooks.md").read_text("utf-8").splitlines()
    assert f"### {hook.name}" in lines
    assert hook.signature in lines
    assert hook.text


@hooks
def test_hook_is_used_by_a_bundled_plugin(hook: Hook) -> None:
    assert find_implementations().get(hook.name, []) != []


@hooks
def test_hook_has_a_test(hook: Hook) -> None:
    wanted = f"test_hook_{hook.name}"
    # `test_hook_x_y` is a test of hook `x_y` if there is one, else of `x`.
    longer = tuple(f"test_hook_{h.name}" for h in ALL_HOOKS if h.name.startswith(f"{hook.name}_"))
    found = [
        name
        for name in _test_names()
        if (name == wanted or name.startswith(f"{wanted}_"))
        and not (longer and name.startswith(longer))
    ]
    assert found != [], f"no test is named {wanted}"


def test_no_plugin_implements_a_hook_that_nobody_calls() -> None:
    known = {hook.name for hook in ALL_HOOKS}
    assert sorted(set(find_implementations()) - known) == []


def _test_names() -> list[str]:
    return [
        node.name
        for file in python_files()
        if file.is_relative_to(ROOT / "tests") and file.name.startswith("test_")
        for node in ast.walk(parse(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
