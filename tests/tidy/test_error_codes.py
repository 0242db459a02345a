"""Every refusal has a code of its own, and people can look it up."""

from __future__ import annotations

import ast
import re
from collections import Counter

from tests.tidy.doc_blocks.refusals import find_refusals
from tests.tidy.tree import ROOT, package_files, parse, project


def test_refusals_are_found() -> None:
    assert {"not_found", "refused", "server_away"} <= {refusal.code for refusal in find_refusals()}


def test_every_refusal_declares_a_code_of_its_own() -> None:
    assert [refusal.name for refusal in find_refusals() if not refusal.own_code] == []


def test_codes_are_unique() -> None:
    counted = Counter(refusal.code for refusal in find_refusals())
    assert [code for code, count in counted.items() if count > 1] == []


def test_codes_are_snake_case() -> None:
    codes = [refusal.code for refusal in find_refusals()]
    assert [code for code in codes if not re.fullmatch(r"[a-z]+(_[a-z]+)*", code)] == []


def test_every_code_is_in_the_documents() -> None:
    text = (ROOT / "docs" / "error-codes.md").read_text("utf-8")
    assert [r.code for r in find_refusals() if f"| `{r.code}` |" not in text] == []


def test_exit_statuses_are_small_and_not_success() -> None:
    """A shell keeps one byte, and takes 126 and above for its own messages."""
    assert [r.name for r in find_refusals() if not 1 <= r.exit_status <= 125] == []


def test_every_sentence_ends_as_a_sentence() -> None:
    ends = (".", "?", "!", "}", ")")
    assert [r.name for r in find_refusals() if not r.template.endswith(ends)] == []


def test_extras_that_refusals_name_can_be_installed() -> None:
    known = project()["project"]["optional-dependencies"]
    named = {
        keyword.value.value
        for file in package_files()
        for node in ast.walk(parse(file))
        # A sentence of its own speaks of something else, for example of a system package.
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ExtraMissing" and not node.args
        for keyword in node.keywords
        if keyword.arg == "extra" and isinstance(keyword.value, ast.Constant)
    }
    assert named != set()
    assert named - set(known) == set()
