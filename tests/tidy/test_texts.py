"""What stands in the files: nothing about the machine they were made on, no stray output."""

from __future__ import annotations

import ast
import codecs
import re
from pathlib import Path

import pytest

from tests.tidy.tree import PACKAGES, package_files, parse, repository_files, shown

# Kept in rot13, so that this file passes its own test.
HOME_FOLDERS = ("jbex", "ebbg", "ubzr", "Hfref")
REGISTRY_HOSTS = (
    "clcv.bet",
    "clgubaubfgrq.bet",
    "ertvfgel.aczwf",
    "cebkl.tbynat.bet",
    "qro.qrovna.bet",
    "tuce.vb",
    "qbpxre.vb",
)
WRITING_TOOLS = (
    "pynhqr",
    "naguebcvp",
    "pungtcg",
    "bcranv",
    "pbcvybg",
    "trzvav",
    "yyz",
    "yyzf",
    "nv",
)
# Command lines talk to people by printing; everything else logs.
COMMAND_LINES = (PACKAGES["venue_suite"] / "commands",)


def _words(hidden: tuple[str, ...]) -> str:
    return "|".join(re.escape(codecs.decode(word, "rot13")) for word in hidden)


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(rf"(?<![\w.$}}-])/(?:{_words(HOME_FOLDERS)})/\w", id="paths of one machine"),
        pytest.param(rf"\b(?:{_words(REGISTRY_HOSTS)})", id="package registries"),
        pytest.param(rf"(?i:(?<![\w.])(?:{_words(WRITING_TOOLS)})(?!\w|\.\w))", id="writing tools"),
    ],
)
def test_no_file_names(pattern: str) -> None:
    wanted = re.compile(pattern)
    assert [
        f"{shown(file)}:{number}: {hit[0]}"
        for file in repository_files()
        for number, line in enumerate(_lines(file), 1)
        if (hit := wanted.search(line))
    ] == []


def test_only_command_lines_print() -> None:
    printing = [
        f"{shown(file)}:{node.lineno}"
        for file in package_files()
        if file.name != "__main__.py"
        and not any(file.is_relative_to(place) for place in COMMAND_LINES)
        for node in ast.walk(parse(file))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"print", "input", "breakpoint"}
    ]
    assert printing == []


def test_nothing_is_left_to_be_done_in_code() -> None:
    """An unfinished thought is an issue, not a comment."""
    marks = re.compile(r"#.*\b(TODO|FIXME|XXX|HACK)\b")
    assert [
        f"{shown(file)}:{number}"
        for file in repository_files()
        if file.suffix in {".py", ".sh"} and file != Path(__file__)
        for number, line in enumerate(_lines(file), 1)
        if marks.search(line)
    ] == []


def _lines(file: Path) -> list[str]:
    """The lines of a text file; none for pictures and typefaces."""
    content = file.read_bytes()
    return [] if b"\0" in content else content.decode("utf-8").splitlines()
