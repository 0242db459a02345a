"""The documents agree with the code, and with each other."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path

import pytest

from tests.tidy.generate_docs import PARTS, renew
from tests.tidy.tree import ROOT, repository_files, shown

DOCUMENTS = [file for file in repository_files() if file.suffix == ".md"]
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=shown)


@pytest.mark.parametrize("document", PARTS, ids=shown)
def test_generated_parts_are_fresh(document: Path) -> None:
    text = document.read_text("utf-8")
    assert text == renew(text, PARTS[document]), "run `make docs`"


@documents
def test_links_lead_somewhere(document: Path) -> None:
    dead = []
    for target in _LINK.findall(_without_code(document.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (document.parent / name).resolve() if name else document
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            dead.append(target)
    assert dead == []


@documents
def test_document_begins_with_its_title(document: Path) -> None:
    assert document.read_text("utf-8").startswith("# ")


def test_further_variables_are_documented() -> None:
    variables = importlib.import_module("venue_suite.config")._OTHER_VARIABLES
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert [name for name in sorted(variables) if f"| `{name}` |" not in text] == []


def test_decision_records_are_numbered_without_a_gap() -> None:
    numbers = [int(f.name[:4]) for f in sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    "record", sorted((ROOT / "docs" / "adr").glob("[0-9]*.md")), ids=lambda file: file.stem
)
def test_decision_record_has_its_three_parts(record: Path) -> None:
    text = record.read_text("utf-8")
    assert re.findall(r"^## (.+)$", text, re.M) == ["Context", "Decision", "Consequences"]


def test_commands_in_documents_are_real() -> None:
    """Each `venue ...` line of a code block is one that the command line understands."""
    make_parser = importlib.import_module("venue_suite.commands.line")._make_parser
    lines = [line for document in DOCUMENTS for line in _code_lines(document)]
    commands = [line for line in lines if line.startswith(("venue ", ".venv/bin/venue "))]
    assert commands != []
    misunderstood = []
    for line in commands:
        try:
            make_parser().parse_args(shlex.split(line, comments=True)[1:])
        except SystemExit:
            misunderstood.append(line)
    assert misunderstood == []


@documents
def test_make_targets_are_real(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = re.findall(r"(?:^|`)make ([a-z-]+)", document.read_text("utf-8"), re.M)
    assert sorted(set(named) - targets) == []


def _code_lines(document: Path) -> list[str]:
    """The lines of blocks that are not Python, TOML or another language of their own."""
    blocks = re.findall(r"^```\n(.*?)^```", document.read_text("utf-8"), re.M | re.S)
    return [line for block in blocks for line in block.splitlines()]


def _without_code(text: str) -> str:
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


def _anchors(file: Path) -> set[str]:
    """The anchors that a reader's software makes of headings."""
    headings = re.findall(r"^#+ +(.+)$", file.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
