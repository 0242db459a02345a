"""packaging/setup.sh on machines of every kind, played by small scripts on PATH."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REAL_TOOLS = [
    "awk",
    "bash",
    "cat",
    "cp",
    "cut",
    "dirname",
    "env",
    "flock",
    "grep",
    "ls",
    "mkdir",
    "pwd",
    "rm",
    "sed",
    "sha256sum",
    "tr",
    "true",
]
ALL_PACKAGES = [
    "xvfb",
    "libgl1",
    "libegl1",
    "libgles2",
    "libgl1-mesa-dri",
    "libmtdev1",
    "fonts-noto-cjk",
    "fonts-roboto-unhinted",
    "xdotool",
    "imagemagick",
    "libpcsclite-dev",
    "gcc",
    "libc6-dev",
    "pcscd",
    "vsmartcard-vpcd",
    "opensc",
    "tmux",
    "strace",
    "postgresql",
]

# Makes a .venv whose python does the same as this one: note the call, succeed.
PYTHON = """#!/bin/bash
echo "python $*" >>"$CALLS"
case "$*" in
  *version_info*) exit {too_old} ;;
  *ensurepip*) [ -f "$HERE/ensurepip-missing" ] && exit 1 ;;
  *base_prefix*) echo /usr ;;
  *Python.h*) [ -f "$HERE/no-python-headers" ] && exit 1 ;;
  --version) echo "Python 3.11.2" ;;
  *"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  *"pip install"*) [ -f "$HERE/pip-fails" ] && exit 1
                   case "$*" in *cards*) [ -f "$HERE/cards-fail" ] && exit 1 ;; esac ;;
esac
exit 0
"""


class Machine:
    """A computer with only the programs it was given."""

    def __init__(self, folder: Path) -> None:
        self.programs = folder / "bin"
        self.checkout = folder / "checkout"
        self.calls_file = folder / "calls"
        self.header = folder / "winscard.h"
        self.folder = folder
        self.programs.mkdir()
        (self.checkout / "packaging").mkdir(parents=True)
        shutil.copy(ROOT / "packaging" / "setup.sh", self.checkout / "packaging")
        shutil.copy(ROOT / "pyproject.toml", self.checkout)
        for tool in REAL_TOOLS:
            found = shutil.which(tool)
            assert found is not None
            (self.programs / tool).symlink_to(found)

    def add(self, name: str, script: str) -> None:
        program = self.programs / name
        program.write_text(script if script.startswith("#!") else f"#!/bin/bash\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def add_python(self, *, too_old: bool = False) -> None:
        self.add("python3", PYTHON.replace("{too_old}", "1" if too_old else "0"))

    def add_debian(self, installed: list[str], *, is_root: bool) -> None:
        lines = "\n".join(f"installed {name}" for name in installed)
        self.add("dpkg-query", f"cat <<'END'\n{lines}\nunpacked broken\nEND")
        self.add("apt-get", 'echo "apt-get $*" >>"$CALLS"')
        self.add("id", f"echo {0 if is_root else 1000}")

    def has(self, condition: str) -> None:
        (self.folder / condition).touch()

    def run(self, *words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        self.calls_file.write_text("")
        done = subprocess.run(
            [shutil.which("bash") or "bash", "packaging/setup.sh", *words],
            cwd=self.checkout,
            env={
                "PATH": str(self.programs),
                "CALLS": str(self.calls_file),
                "HERE": str(self.folder),
                "PCSC_HEADER": str(self.header),
                "LC_ALL": "C.UTF-8",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def calls(self, beginning: str) -> list[str]:
        """What was called, of those calls that contain `beginning`."""
        return [line for line in self.calls_file.read_text().splitlines() if beginning in line]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_fresh_debian_as_root_gets_only_what_is_missing(machine: Machine) -> None:
    machine.add_python()
    machine.add_debian([p for p in ALL_PACKAGES if p not in {"xvfb", "opensc"}], is_root=True)
    machine.header.touch()
    machine.run("test")
    (update, install) = machine.calls("apt-get")
    assert update.split()[-1] == "update"
    assert install.split()[-3:] == ["--no-install-recommends", "xvfb", "opensc"]
    assert [call.split()[-1] for call in machine.calls("pip install")] == [".[all,demo,dev,cards]"]


def test_demo_needs_less(machine: Machine) -> None:
    machine.add_python()
    machine.add_debian([], is_root=True)
    machine.run("demo")
    (_, install) = machine.calls("apt-get")
    assert "fonts-noto-cjk" in install.split()
    assert "pcscd" not in install.split()
    assert [call.split()[-1] for call in machine.calls("pip install")] == [".[all,demo]"]


def test_another_chinese_typeface_will_do(machine: Machine) -> None:
    machine.add_python()
    others = [p for p in ALL_PACKAGES if p != "fonts-noto-cjk"]
    machine.add_debian([*others, "fonts-wqy-microhei"], is_root=True)
    machine.run("demo")
    assert machine.calls("apt-get") == []


def test_without_root_it_says_what_is_missing_and_goes_on(machine: Machine) -> None:
    machine.add_python()
    machine.add_debian([p for p in ALL_PACKAGES if p != "libmtdev1"], is_root=False)
    told = machine.run("demo").stderr
    assert machine.calls("apt-get") == []
    assert "libmtdev1: the kiosk has no window" in told
    assert "sudo apt-get install --no-install-recommends libmtdev1" in told
    assert len(machine.calls("pip install")) == 1


def test_sudo_without_password_is_used(machine: Machine) -> None:
    machine.add_python()
    machine.add_debian([p for p in ALL_PACKAGES if p != "libmtdev1"], is_root=False)
    machine.add("sudo", '[ "$1" = -n ] && shift\necho "sudo $*" >>"$CALLS"\nexec "$@"')
    machine.run("demo")
    assert [call.split()[-1] for call in machine.calls("sudo env")] == ["update", "libmtdev1"]


def test_one_unknown_package_does_not_cost_the_others(machine: Machine) -> None:
    machine.add_python()
    machine.add_debian([], is_root=True)
    machine.add(
        "apt-get",
        'echo "apt-get $*" >>"$CALLS"\ncase "$*" in *libmtdev1*) exit 100 ;; esac',
    )
    told = machine.run("demo").stderr
    assert "libmtdev1 could not be installed" in told
    assert any(call.endswith("--no-install-recommends xvfb") for call in machine.calls("apt-get"))


def test_another_system_is_told_what_to_look_for(machine: Machine) -> None:
    machine.add_python()
    assert "libmtdev1" in machine.run("demo").stderr
    assert len(machine.calls("pip install")) == 1


def test_second_time_it_does_nothing_and_takes_no_time(machine: Machine) -> None:
    machine.add_python()
    machine.add_debian(ALL_PACKAGES, is_root=True)
    machine.run("test")
    begin_s = time.monotonic()
    done = machine.run("test")
    assert time.monotonic() - begin_s < 0.2
    assert machine.calls("") == []
    assert done.stdout + done.stderr == ""
    machine.run("demo")
    assert machine.calls("") == []


@pytest.mark.parametrize(
    ("change", "again"),
    [
        pytest.param(('"msgspec>=0.19"', '"msgspec>=0.20"'), True, id="a dependency"),
        pytest.param(("sales = ", "selling = "), True, id="an entry point"),
        pytest.param(("line-length = 100", "line-length = 99"), False, id="a lint rule"),
    ],
)
def test_only_what_is_installed_counts(
    machine: Machine, change: tuple[str, str], again: bool
) -> None:
    machine.add_python()
    machine.add_debian(ALL_PACKAGES, is_root=True)
    machine.run("demo")
    project = machine.checkout / "pyproject.toml"
    text = project.read_text("utf-8")
    assert change[0] in text
    project.write_text(text.replace(*change), "utf-8")
    machine.run("demo")
    assert bool(machine.calls("pip install")) == again


def test_card_library_that_cannot_be_built_is_left_out(machine: Machine) -> None:
    machine.add_python()
    machine.add_debian(ALL_PACKAGES, is_root=True)
    machine.header.touch()
    machine.has("cards-fail")
    assert "without card readers" in machine.run("test").stderr
    assert machine.calls("pip install")[-1].endswith(".[all,demo,dev]")


def test_debian_python_gets_its_headers_for_the_card_library(machine: Machine) -> None:
    machine.add_python()
    machine.add_debian(ALL_PACKAGES, is_root=True)
    machine.header.touch()
    machine.has("no-python-headers")
    machine.run("test")
    assert [c.split()[-1] for c in machine.calls("apt-get")] == ["update", "python3-dev"]


def test_missing_ensurepip_is_named(machine: Machine) -> None:
    machine.add_python()
    machine.add_debian(ALL_PACKAGES, is_root=False)
    machine.has("ensurepip-missing")
    told = machine.run("demo", status=1).stderr
    assert "sudo apt-get install python3-venv" in told


def test_missing_ensurepip_is_installed_by_root(machine: Machine) -> None:
    machine.add_python()
    machine.add_debian(ALL_PACKAGES, is_root=True)
    machine.has("ensurepip-missing")
    machine.add("apt-get", 'echo "apt-get $*" >>"$CALLS"\nrm -f "$HERE/ensurepip-missing"')
    machine.run("demo")
    assert machine.calls("apt-get")[-1].endswith("python3-venv")


@pytest.mark.parametrize("present", [False, True])
def test_old_or_missing_python_is_named(machine: Machine, present: bool) -> None:
    if present:
        machine.add_python(too_old=True)
    assert "Python 3.11 or newer is needed" in machine.run("demo", status=1).stderr


def test_failed_installation_is_no_set_up(machine: Machine) -> None:
    machine.add_python()
    machine.add_debian(ALL_PACKAGES, is_root=True)
    machine.has("pip-fails")
    assert "could not be installed" in machine.run("demo", status=1).stderr
    (machine.folder / "pip-fails").unlink()
    machine.run("demo")
    assert len(machine.calls("pip install")) == 1


def test_unknown_word_is_refused(machine: Machine) -> None:
    assert "usage" in machine.run("everything", status=2).stderr


def test_it_is_executable() -> None:
    assert os.access(ROOT / "packaging" / "setup.sh", os.X_OK)
