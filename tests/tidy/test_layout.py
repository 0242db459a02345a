"""Where things lie: the fixed folders, and the one anatomy of all plugins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tidy.tree import PACKAGES, ROOT, bundled_plugins, entry_points, package_files, shown

# An `__init__.py` here would shadow a library of that name when run from the repository root.
NOT_PACKAGES = ("plugins", "kiosk", "terminal_ui", "devices", "templates", "packaging", "tests")
PLUGIN_MODULES = {
    "plugin",
    "domain",
    "services",
    "tables",
    "migrations",
    "wire",
    "routes",
    "resources",
    "kiosk",
    "terminal",
    "web",
    "reports",
    "config",
    "sample",
    "checks",
    "jobs",
}
README_HEADINGS = ("what", "hooks", "tables", "routes", "settings")

plugins = pytest.mark.parametrize("plugin", bundled_plugins(), ids=lambda folder: folder.name)


@pytest.mark.parametrize("folder", NOT_PACKAGES)
def test_fixed_folder_is_no_package(folder: str) -> None:
    assert (ROOT / folder).is_dir()
    assert not (ROOT / folder / "__init__.py").exists()


@pytest.mark.parametrize("package", [name for name in PACKAGES if name != "venue_templates"])
def test_package_is_typed(package: str) -> None:
    assert (PACKAGES[package] / "py.typed").is_file()


def test_every_source_folder_is_a_package() -> None:
    """A folder without `__init__.py` imports as a namespace, and the type checker passes it by.

    Migrations are run by number from their folder; they are no modules.
    """
    folders = {file.parent for file in package_files() if file.parent.name != "migrations"}
    assert [shown(f) for f in sorted(folders) if not (f / "__init__.py").is_file()] == []


def test_bundled_plugins_are_those_that_are_registered() -> None:
    registered = entry_points("venue_suite.plugins")
    assert sorted(registered) == [folder.name for folder in bundled_plugins()]
    for name, target in registered.items():
        assert target == f"venue_plugins.{name}.plugin:plugin"


@plugins
def test_plugin_has_the_usual_files_only(plugin: Path) -> None:
    strange = []
    for entry in sorted(plugin.iterdir()):
        if entry.name in {"__init__.py", "README.md", "locale", "__pycache__"}:
            continue
        known = entry.suffix in {"", ".py"} and entry.stem in PLUGIN_MODULES
        if not known:
            strange.append(shown(entry))
    assert strange == []


@plugins
def test_plugin_is_wired_and_says_what_it_is_for(plugin: Path) -> None:
    assert (plugin / "plugin.py").is_file()
    assert (plugin / "__init__.py").read_text("utf-8").strip()
    assert (plugin / "locale" / "zh.po").is_file()


@plugins
def test_plugin_readme_has_the_usual_headings(plugin: Path) -> None:
    readme = plugin / "README.md"
    assert readme.is_file()
    headings = [
        line.lower().split()[0]
        for line in re.findall(r"^## +(\S.*)$", readme.read_text("utf-8"), re.M)
    ]
    assert [heading for heading in README_HEADINGS if heading not in headings] == []


@plugins
def test_plugin_has_tests(plugin: Path) -> None:
    assert list((ROOT / "tests" / "plugins" / plugin.name).glob("**/test_*.py"))
