"""How long a stranger waits: from a clean checkout to a demo whose kiosk shows the house."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.rows import Row

ROOT = Path(__file__).resolve().parents[2]


def measure(folder: Path) -> Iterator[Row]:
    """Clone, set up in a fresh virtual environment, and play the demo up to the open kiosk."""
    clone = folder / "clone"
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    started_s = time.monotonic()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    subprocess.run(
        ["packaging/setup.sh", "demo"], cwd=clone, env=environment, check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    set_up_s = time.monotonic() - started_s
    script = (
        "import sys, tempfile; from pathlib import Path; "
        "from venue_suite.demo.stage import Stage, Wish; "
        "from venue_suite.demo.story import Story; "
        "folder = Path(tempfile.mkdtemp()); "
        "story = Story(Stage(Wish(folder / 'stage', virtual_screen=True)), folder); "
        "story.open_the_house(); story.stage.stop()"
    )
    subprocess.run(
        [str(clone / ".venv/bin/python"), "-c", script], cwd=clone, env=environment, check=True,
        stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    total_s = time.monotonic() - started_s
    yield Row("set-up", "clean checkout to everything installed", set_up_s, "s", 270.0)
    yield Row("set-up", "clean checkout to a running demo", total_s, "s", 300.0)
