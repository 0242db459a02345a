"""The sizes that keep a file one idea and a function one screen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.tidy.tree import parse, python_files, shown

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
CLASS_METHODS_MAX = 20

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_no_file_is_longer_than_five_hundred_lines() -> None:
    too_long = [
        f"{shown(file)}: {lines} lines"
        for file in python_files()
        if (lines := len(file.read_text("utf-8").splitlines())) > FILE_LINES_MAX
    ]
    assert too_long == []


def test_no_function_is_longer_than_seventy_lines() -> None:
    assert [line for file in python_files() for line in _long_functions(file)] == []


def test_no_class_has_more_than_twenty_methods() -> None:
    assert [line for file in python_files() for line in _wide_classes(file)] == []


def _long_functions(file: Path) -> Iterator[str]:
    for node in ast.walk(parse(file)):
        if isinstance(node, _Function):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{shown(file)}:{node.lineno} {node.name}: {lines} lines"


def _wide_classes(file: Path) -> Iterator[str]:
    for node in ast.walk(parse(file)):
        if isinstance(node, ast.ClassDef):
            methods = len({child.name for child in node.body if isinstance(child, _Function)})
            if methods > CLASS_METHODS_MAX:
                yield f"{shown(file)}:{node.lineno} {node.name}: {methods} methods"
