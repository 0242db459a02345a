"""The demo that people look at: it starts, its workbench works, and Ctrl-C stops all of it."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from venue_suite.commands import run
from venue_suite.demo.stage import MARKER, next_show, to_toml

START_TIMEOUT_S = 60


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `venue demo` without a display, and the address of its workbench."""
    if shutil.which("Xvfb") is None:
        pytest.skip("the kiosk of the demo needs Xvfb or a display")
    process = subprocess.Popen(
        [sys.executable, "-m", "venue_suite", "demo", "--out", str(tmp_path / "demo")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"},
    )
    address = ""
    end_s = time.monotonic() + START_TIMEOUT_S
    assert process.stdout is not None
    while not address and time.monotonic() < end_s:
        line = process.stdout.readline()
        assert line, "the demo ended before it was open"
        if found := re.search(r"papers\s+(http://\S+)", line):
            address = found.group(1)
    yield process, address
    if process.poll() is None:
        process.kill()
        process.wait()
    process.stdout.close()


@pytest.mark.timeout(120)
def test_demo_opens_shows_its_workbench_and_stops_everything(
    demo: tuple[subprocess.Popen[str], str],
) -> None:
    process, address = demo
    with urllib.request.urlopen(address, timeout=10) as page:
        text = page.read().decode()
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "演示工作台" in text
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 5  # devices, server, gate, kiosk, screen
    process.send_signal(signal.SIGINT)
    assert process.wait(40) == 0
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


def test_demo_leaves_a_foreign_folder_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("do not touch")
    assert run(["demo", "--out", str(tmp_path)]) == 1
    assert "was not made by a demo" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text() == "do not touch"
    assert not (tmp_path / MARKER).exists()


def test_show_is_a_saturday_afternoon_that_is_not_over() -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)
    for hours in range(0, 14 * 24, 5):
        now = start + timedelta(hours=hours)
        show = next_show(now)
        assert (show.isoweekday(), show.hour, show.minute) == (6, 14, 5)
        assert timedelta(days=-1) < show - now < timedelta(days=7)


def test_small_configurations_are_written_as_toml() -> None:
    values = {
        "data_dir": 'a "quoted" folder',
        "server": {"port": 8, "advertise": False, "advertise_interfaces": ["127.0.0.1"]},
        "devices": {"printer": {"driver": "escpos_tcp", "host": "h"}},
    }
    assert tomllib.loads(to_toml(values)) == values
