""".ci/run fails when anything fails, and ends with pytest's closing line."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD = "============ 12 passed, 1 skipped in 3.21s ============"
LONG = "====== 1 failed, 12 passed in 121.00s (0:02:01) ======"


def _run(folder: Path, *, check: int, test: int, closing: str) -> tuple[int, list[str]]:
    """Run it with a `make` that says what it is told to; returns (exit status, lines)."""
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci")
    for name, script in (
        ("packaging/setup.sh", "exit 0"),
        (
            "bin/make",
            f"""case "$*" in
              *check*) exit {check} ;;
              *test*) [ "$CI" = true ] || exit 9
                      echo "collected 13 items"; echo "{closing}"; echo "after it"; exit {test} ;;
            esac""",
        ),
    ):
        program = folder / name
        program.parent.mkdir()
        program.write_text(f"#!/bin/bash\n{script}\n")
        program.chmod(0o755)
    done = subprocess.run(
        ["bash", ".ci/run"],
        cwd=folder,
        env={"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return done.returncode, done.stdout.splitlines()


def test_all_good(tmp_path: Path) -> None:
    status, lines = _run(tmp_path, check=0, test=0, closing=GOOD)
    assert (status, lines[-1]) == (0, GOOD)


@pytest.mark.parametrize(("check", "test"), [(1, 0), (0, 1), (1, 1)])
def test_any_failure_counts_and_the_tests_run_anyway(tmp_path: Path, check: int, test: int) -> None:
    status, lines = _run(tmp_path, check=check, test=test, closing=LONG)
    assert (status, lines[-1]) == (1, LONG)


def test_tests_that_never_finished_are_a_failure(tmp_path: Path) -> None:
    status, _ = _run(tmp_path, check=0, test=0, closing="Killed")
    assert status == 1
