"""What a program loads: entry points resolve, and nothing pulls in what it does not need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy.tree import PACKAGES, entry_points, module_name, package_files, project, shown

SCREENS = {"kivy", "textual"}
TABLES = {"peewee", "playhouse", "apsw"}
CABLES = {"escpos", "serial", "smartcard", "pymodbus"}

_DOMAIN = [
    module_name(file)
    for file in package_files()
    if file.is_relative_to(PACKAGES["venue_suite"] / "domain")
]

# Imports each `module:attribute` and prints what went wrong and which packages are loaded.
_PROBE = """
import importlib, json, sys
broken = {}
for target in sys.argv[1:]:
    module, _, attribute = target.partition(":")
    try:
        value = importlib.import_module(module)
        if attribute:
            getattr(value, attribute)
    except Exception as error:
        broken[target] = f"{type(error).__name__}: {error}"
loaded = sorted({name.partition(".")[0] for name in sys.modules})
print("\\n" + json.dumps({"broken": broken, "loaded": loaded}))
"""

# Imports each module in a process of its own, forked from one that holds the big libraries.
_ONE_BY_ONE = """
import importlib, os, sys
import aiohttp, babel, cryptography, msgspec, peewee, pluggy, textual.app, zeroconf
for module in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        try:
            importlib.import_module(module)
        except Exception as error:
            print(f"{module}: {type(error).__name__}: {error}", flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def _import(targets: list[str], home: Path) -> tuple[dict[str, str], set[str]]:
    """Import in a fresh interpreter; returns (target -> failure, loaded packages)."""
    environment = os.environ | {
        "KIVY_HOME": str(home),
        "KIVY_NO_ARGS": "1",
        "KIVY_NO_CONSOLELOG": "1",
        "KIVY_NO_FILELOG": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, *targets],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=home,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    return told["broken"], set(told["loaded"])


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        pytest.param(_DOMAIN, SCREENS | TABLES | CABLES | {"aiohttp", "msgspec"}, id="domain"),
        pytest.param(["venue_suite.ports"], SCREENS | TABLES | CABLES | {"aiohttp"}, id="ports"),
        pytest.param(["venue_suite.config"], SCREENS | TABLES | CABLES | {"aiohttp"}, id="config"),
        pytest.param(["venue_suite.client"], SCREENS | TABLES | CABLES, id="client"),
        pytest.param(["venue_suite.__main__"], SCREENS | CABLES, id="command line"),
    ],
)
def test_headless_module_stays_headless(
    modules: list[str], unwanted: set[str], tmp_path: Path
) -> None:
    broken, loaded = _import(modules, tmp_path)
    assert broken == {}
    assert sorted(loaded & unwanted) == []


@pytest.mark.parametrize(
    ("group", "unwanted"),
    [
        # On the server a plugin brings its tables, but no screen and no cable.
        pytest.param("venue_suite.plugins", SCREENS | CABLES, id="plugins"),
        pytest.param("venue_suite.kiosk", {"textual"} | TABLES | CABLES, id="kiosk"),
        pytest.param("venue_suite.terminal", {"kivy"} | TABLES | CABLES, id="terminal"),
        pytest.param("venue_suite.devices", SCREENS | TABLES, id="devices"),
        pytest.param("venue_suite.shells", TABLES | CABLES, id="shells"),
    ],
)
def test_entry_points_import_and_pull_nothing_foreign(
    group: str, unwanted: set[str], tmp_path: Path
) -> None:
    broken, loaded = _import(list(entry_points(group).values()), tmp_path)
    assert broken == {}
    assert sorted(loaded & unwanted) == []


def test_commands_import(tmp_path: Path) -> None:
    broken, _ = _import(list(project()["project"]["scripts"].values()), tmp_path)
    assert broken == {}


def test_every_module_imports_alone(tmp_path: Path) -> None:
    """In any order: no module relies on another having been imported before it."""
    modules = [
        module_name(file)
        for file in package_files()
        if file.parent.name != "migrations" and "kiosk" not in shown(file)
    ]
    done = subprocess.run(
        [sys.executable, "-c", _ONE_BY_ONE, *modules],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        cwd=tmp_path,
    )
    assert done.stdout.splitlines() == []
    assert done.returncode == 0, done.stderr
