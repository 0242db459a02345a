"""The plugin that docs/plugin-guide.md builds passes the tests that are printed there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.tidy.tree import ROOT

GUIDE = ROOT / "docs" / "plugin-guide.md"


def _printed_files() -> dict[str, str]:
    """File name -> content of each code block that begins with a file name."""
    text = GUIDE.read_text("utf-8")
    return dict(re.findall(r"^```python\n# (\S+\.py)\n(.*?)^```", text, re.M | re.S))


def test_guide_plugin_works_as_printed(tmp_path: Path) -> None:
    files = _printed_files() | {"venue_lost_property/__init__.py": ""}
    for name, code in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-o", "asyncio_mode=auto", "-W", "error", tmp_path],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 0, done.stdout
    printed = files["test_lost_property.py"].count("async def test_")
    assert f"{printed} passed" in done.stdout


def test_guide_code_is_in_house_style(tmp_path: Path) -> None:
    for name, code in _printed_files().items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, "utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "ruff",
            "format",
            "--check",
            "--config",
            ROOT / "pyproject.toml",
            ".",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
