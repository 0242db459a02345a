"""A copy of the checkout with one bug in it, and a test that is run on that copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.sabotage.bugs import Bug
from tests.tidy.tree import PACKAGES, ROOT, repository_files

TEST_TIMEOUT_S = 240
SHARE = "0.25"  # of what the fault tests do: a bug of this list shows soon
TESTS_FAILED = 1  # as pytest says it; everything else is no verdict


class NoVerdict(Exception):
    """The test could not be run on the copy, so it neither found the bug nor missed it."""


@contextmanager
def copied(folder: Path) -> Iterator[Path]:
    """The checkout once more, gone afterwards."""
    for file in repository_files():
        target = folder / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)
    yield folder
    shutil.rmtree(folder)


def plant(bug: Bug, tree: Path) -> None:
    """Put a bug into a copy. Raises NoVerdict if there is not exactly one place for it."""
    file = tree / bug.file
    text = file.read_text("utf-8")
    if text.count(bug.right) != 1:
        raise NoVerdict(f"{bug.file} does not have once: {bug.right}")
    file.write_text(text.replace(bug.right, bug.wrong), "utf-8")


def run_tests(tree: Path, tests: Iterable[str]) -> tuple[bool, str]:
    """Run tests on a copy; returns whether they passed and the end of what pytest said.

    Raises NoVerdict if pytest found no test, or could not even begin.
    """
    packages = [str(tree / one.relative_to(ROOT).parent) for one in PACKAGES.values()]
    clean = {name: text for name, text in os.environ.items() if not name.startswith("VENUE_")}
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=line"),
            *("-p", "no:cacheprovider", "--engine", "sqlite", *tests),
        ],
        cwd=tree,
        env=clean
        | {
            "PYTHONPATH": os.pathsep.join(dict.fromkeys([str(tree), *packages])),
            "PYTHONDONTWRITEBYTECODE": "1",
            "VENUE_FAULT_SHARE": SHARE,
        },
        capture_output=True,
        check=False,
        text=True,
        timeout=TEST_TIMEOUT_S,
    )
    said = "\n".join(run.stdout.splitlines()[-12:]) + run.stderr[-2000:]
    if run.returncode not in (0, TESTS_FAILED):
        raise NoVerdict(said)
    return run.returncode == 0, said
