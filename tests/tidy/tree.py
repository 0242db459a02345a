"""What the tidy tests look at: the files of the checkout, parsed once."""

from __future__ import annotations

import ast
import shutil
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

# Import package -> its folder.
PACKAGES = {
    "venue_suite": ROOT / "venue_suite",
    "venue_plugins": ROOT / "plugins" / "venue_plugins",
    "venue_kiosk": ROOT / "kiosk" / "venue_kiosk",
    "venue_terminal": ROOT / "terminal_ui" / "venue_terminal",
    "venue_devices": ROOT / "devices" / "venue_devices",
    "venue_templates": ROOT / "templates" / "venue_templates",
}
PLUGINS = PACKAGES["venue_plugins"]
HOOK_SPECS = (
    PACKAGES["venue_suite"] / "hookspecs.py",
    PACKAGES["venue_kiosk"] / "hookspecs.py",
    PACKAGES["venue_terminal"] / "hookspecs.py",
)
_LEFT_OUT = {".git", ".venv", "out", "dist", "build", "node_modules", "venue-data"}


@cache
def repository_files() -> tuple[Path, ...]:
    """Every file that is, or will be, part of the repository; not what git ignores."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout.decode()
        files = {ROOT / name for name in listed.split("\0") if name}
        return tuple(sorted(file for file in files if file.is_file()))
    # An unpacked source archive, or a computer without git.
    return tuple(sorted(file for file in ROOT.rglob("*") if file.is_file() and _counts(file)))


def _counts(file: Path) -> bool:
    parts = file.relative_to(ROOT).parts
    return not (_LEFT_OUT & set(parts)) and not any(
        part.endswith(("_cache", ".pyc")) or part == "__pycache__" for part in parts
    )


@cache
def python_files() -> tuple[Path, ...]:
    return tuple(file for file in repository_files() if file.suffix == ".py")


@cache
def parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"), str(file))


def shown(file: Path) -> str:
    """The path as messages name it."""
    return str(file.relative_to(ROOT))


def module_name(file: Path) -> str:
    """The import name of a file inside one of the packages."""
    for package, folder in PACKAGES.items():
        if file.is_relative_to(folder):
            parts = [package, *file.relative_to(folder).with_suffix("").parts]
            return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    raise ValueError(f"{file} belongs to no package")


@cache
def package_files() -> tuple[Path, ...]:
    """The Python files that are shipped."""
    folders = tuple(PACKAGES.values())
    return tuple(f for f in python_files() if any(f.is_relative_to(folder) for folder in folders))


@cache
def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def entry_points(group: str) -> dict[str, str]:
    """Name -> `module:attribute` of one entry point group, as pyproject.toml declares it."""
    found: dict[str, str] = project()["project"]["entry-points"][group]
    return found


def bundled_plugins() -> tuple[Path, ...]:
    """The folders of the bundled plugins."""
    return tuple(
        sorted(f for f in PLUGINS.iterdir() if f.is_dir() and (f / "__init__.py").is_file())
    )
