"""The whole loop of the product, played for real: window, touches, paper, gate, console, books."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from venue_suite.demo.paper_eye import read_code

STEPS = (
    "set up a sample venue",
    "start the simulated devices",
    "start the server",
    "start the gate, which finds the server by zeroconf",
    "start the kiosk, which finds the server by zeroconf",
    "buy two reserved seats at the kiosk, in Chinese",
    "buy an exhibition ticket at the kiosk, in English",
    "ticket 1 opens the gate",
    "ticket 2 opens the gate",
    "ticket 3 opens the gate",
    "a copy is refused, with the time of its first use",
    "what is no ticket is refused in words",
    "sell one more at the console, in Chinese",
    "find it, check a ticket and read the day, in English",
    "the day report agrees with the ledger",
    "every program stops in good order",
    "venue verify is clean",
)
NEEDED = ("Xvfb", "xdotool", "tmux")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `venue demo --once` left behind."""
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        pytest.skip(f"the story needs {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("story")
    done = subprocess.run(
        [sys.executable, "-m", "venue_suite", "demo", "--once", "--out", str(folder)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


@pytest.fixture(scope="module")
def story(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "story.json").read_text())
    return found


@pytest.mark.timeout(300)
def test_every_step_of_the_story_held(story: dict[str, Any]) -> None:
    assert [step["name"] for step in story["steps"]] == list(STEPS)
    assert all(step["held"] for step in story["steps"])
    assert story["held"] is True


def test_a_picture_of_every_screen_is_kept(out: Path) -> None:
    names = {file.name.split("-", 2)[2] for file in out.glob("kiosk-*.png")}
    wanted = {"attract", "events", "performance", "seats", "tickets", "pay", "printing", "thanks"}
    assert {f"{screen}-zh.png" for screen in wanted} <= names
    assert {f"{screen}-en.png" for screen in ("attract", "events", "slots", "pay")} <= names
    assert len(list(out.glob("console-*.png"))) >= 8


def test_printed_codes_are_read_by_a_library_that_did_not_make_them(out: Path) -> None:
    codes = [read_code(out / f"ticket-{number}.png") for number in (1, 2, 3)]
    assert len(set(codes)) == 3
    assert all(code.startswith("VS1:") and len(code) == 138 for code in codes)


def test_report_agrees_with_the_ledger(out: Path) -> None:
    report = json.loads((out / "report.json").read_text())
    assert report["agrees"] is True
    assert sum(line["amount_minor"] for line in report["tenders"]) == report["total_minor"]
    assert sum(line["amount_minor"] for line in report["types"]) == report["total_minor"]


def test_copy_is_refused_with_time_and_lane(story: dict[str, Any]) -> None:
    step = next(one for one in story["steps"] if one["name"].startswith("a copy"))
    assert step["facts"]["code"] == "A-01"
    assert "14:05" in step["facts"]["reason"]["en"] or "14:06" in step["facts"]["reason"]["en"]
    assert "Front A" in step["facts"]["reason"]["en"]


def test_wheelchair_tickets_are_not_offered_on_ordinary_seats(story: dict[str, Any]) -> None:
    step = next(one for one in story["steps"] if "reserved seats" in one["name"])
    assert step["facts"]["types"] == [f"type/1/{code}" for code in "aces"]
