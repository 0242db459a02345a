"""Tests that find nothing are worth nothing: each planted bug is found by the named test."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.records import recorded
from tests.sabotage.bugs import BUGS, CUTS, DAYS, OPERATIONS, WRITER, Bug
from tests.sabotage.planting import NoVerdict, copied, plant, run_tests
from tests.tidy.tree import ROOT

AT_ONCE = 2
BUGS_MIN = 30


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_bug_is_still_one(bug: Bug) -> None:
    """Its text stands in its file exactly once, else it would be planted nowhere or twice; and the
    test that is to find it exists."""
    assert bug.right != bug.wrong
    assert (ROOT / bug.file).read_text("utf-8").count(bug.right) == 1
    file, _, name = bug.test.partition("::")
    assert f"def {name}" in (ROOT / file).read_text("utf-8")


def test_list_is_long_and_names_each_bug_once() -> None:
    assert len(BUGS) >= BUGS_MIN
    assert [name for name, count in Counter(bug.name for bug in BUGS).items() if count > 1] == []


@pytest.mark.timeout(0)
def test_copy_without_a_bug_is_sound(tmp_path: Path) -> None:
    """Else every bug would seem to be found."""
    with copied(tmp_path / "sound") as tree:
        passed, said = run_tests(tree, (DAYS, CUTS, WRITER, OPERATIONS))
    assert passed, said


@pytest.mark.timeout(0)
def test_every_bug_is_found(tmp_path: Path) -> None:
    def is_found(bug: Bug) -> str:
        began = time.monotonic()
        with copied(tmp_path / str(BUGS.index(bug))) as tree:
            try:
                plant(bug, tree)
                passed, said = run_tests(tree, [bug.test])
            except NoVerdict as error:
                return f"{bug.name}: {bug.test} could not be run\n{error}"
        print(f"{time.monotonic() - began:5.1f} s  {'ESCAPED' if passed else 'found'}  {bug.name}")
        return f"{bug.name}: {bug.test} does not see it\n{said}" if passed else ""

    with recorded("planted bugs", "sqlite", "bugs") as record:
        with ThreadPoolExecutor(AT_ONCE) as lanes:
            escaped = [one for one in lanes.map(is_found, BUGS) if one]
        record.count = len(BUGS)
        record.faults["found"] = len(BUGS) - len(escaped)
        assert escaped == []
