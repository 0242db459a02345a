"""What is installed: all packages, all data, all entry points.

A folder that is missing from the build configuration gives a good-looking wheel without it.
"""

from __future__ import annotations

import configparser
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.tidy.tree import PACKAGES, ROOT, project

_NOT_SHIPPED = {".pyc", ".pyo"}


def _build(root: Path, target: str, folder: Path) -> Path:
    """Build without a network: the backend is installed, so nothing is fetched."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


def _names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_wheel_holds_every_file_of_every_package(wheel: Path) -> None:
    wanted = {
        f"{package}/{file.relative_to(folder).as_posix()}"
        for package, folder in PACKAGES.items()
        for file in folder.rglob("*")
        if file.is_file() and file.suffix not in _NOT_SHIPPED
    }
    assert _names(wheel) == wanted


def test_wheel_from_the_source_archive_is_the_same(wheel: Path, tmp_path: Path) -> None:
    archive = _build(ROOT, "sdist", tmp_path / "sdist")
    with tarfile.open(archive) as files:
        # Debian 12's Python does not know the argument `filter` yet; later ones demand a choice.
        files.extraction_filter = getattr(tarfile, "data_filter", None)
        files.extractall(tmp_path / "unpacked")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert _names(_build(unpacked, "wheel", tmp_path / "again")) == _names(wheel)


def test_wheel_registers_every_entry_point(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith("entry_points.txt"))
        text = archive.read(name).decode()
    found = configparser.ConfigParser(delimiters=("=",))
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string(text)
    declared = project()["project"]
    wanted = {**declared["entry-points"], "console_scripts": declared["scripts"]}
    assert {group: dict(found[group]) for group in found.sections()} == wanted
