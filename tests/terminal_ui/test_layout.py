"""Every line of every screen is exactly as wide as the terminal, in both languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.terminal_ui.desk_play import Play, played
from tests.terminal_ui.fake_gates import FakeGates, make_report
from tests.terminal_ui.fake_venue import FakeVenue

Steps = Callable[[Play], Awaitable[None]]


async def sell(play: Play) -> None:
    await play.press("2", "a", "1", "c", "enter")


async def seats(play: Play) -> None:
    await sell(play)
    await play.press("f4")


async def tender(play: Play) -> None:
    await sell(play)
    await play.press("enter", "9", "0", "0")


async def code(play: Play) -> None:
    await sell(play)
    await play.press("enter", "3", "enter")


async def paid(play: Play) -> None:
    await tender(play)
    await play.press("enter")


async def order(play: Play) -> None:
    await paid(play)
    await play.press("f3", "0", "9", "3", "1", "enter")


async def admit(play: Play) -> None:
    await play.press("f5")
    await play.scan("VS1TICKET1")
    await play.scan("VS1TICKET1")


async def report(play: Play) -> None:
    await play.press("f9")


async def boards(play: Play) -> None:
    await paid(play)
    await play.press("f9", "f9")
    play.venue.tell("station.called_staff", "station/kiosk-2", code="P-02", screen="pay")
    await play.settle(0.2)


async def help_keys(play: Play) -> None:
    await play.press("f1")


async def prices(play: Play) -> None:
    await sell(play)
    await play.press("question_mark")


async def lost(play: Play) -> None:
    await sell(play)
    play.venue.cut_off()
    await play.until(lambda: "▲" in play.lines()[0])


STEPS: tuple[Steps, ...] = (
    sell, seats, tender, code, paid, order, admit, report, boards, help_keys, prices, lost,
)  # fmt: skip


def prepare(venue: FakeVenue) -> None:
    FakeGates(venue)
    venue.answers["/reports/day"] = lambda query: make_report(query["day"])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("steps", STEPS, ids=lambda steps: steps.__name__)
async def test_every_line_has_the_terminals_width(
    venue: FakeVenue, tmp_path: Path, steps: Steps, language: str
) -> None:
    prepare(venue)
    async with played(venue, tmp_path, language=language) as play:
        await steps(play)
        lines = play.lines()
        assert len(lines) == 24
        assert [cell_len(line) for line in lines] == [80] * 24
        assert frames_are_closed(lines)
        if language == "zh":
            assert english_sentences(lines) == []


async def test_boards_show_sales_lanes_and_shows(venue: FakeVenue, tmp_path: Path) -> None:
    prepare(venue)
    async with played(venue, tmp_path) as play:
        await boards(play)
        text = play.text()
        assert "¥1,120  ✓ the books agree" in text
        assert "Front A             open" in text
        assert "19:30  A Letter on a Rainy Night, Main" in text
        assert "0 / 24" in text
        assert re.search(r"! +18:42:00 +kiosk-2 calls for help \(P-02\)", text)
        await play.press("f9")
        assert "The day's sales" in play.text()


@pytest.mark.parametrize("size", [(100, 30), (120, 40)])
@pytest.mark.parametrize("steps", [sell, seats, tender, order, admit, report, boards])
async def test_larger_terminals_are_filled(
    venue: FakeVenue, tmp_path: Path, steps: Steps, size: tuple[int, int]
) -> None:
    prepare(venue)
    async with played(venue, tmp_path, language="zh", size=size) as play:
        await steps(play)
        lines = play.lines()
        assert [cell_len(line) for line in lines] == [size[0]] * size[1]
        assert frames_are_closed(lines)


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_sign_in_stands_in_the_middle(
    venue: FakeVenue, tmp_path: Path, language: str
) -> None:
    async with played(venue, tmp_path, language=language, signed_in=False) as play:
        lines = play.lines()
        assert [cell_len(line) for line in lines] == [80] * 24
        assert frames_are_closed(lines)
        assert "7F3A-91C2" in play.text()
        assert venue.address.removeprefix("http://") in play.text()


async def test_a_small_terminal_is_told_so(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path, size=(79, 24)) as play:
        assert "79 x 24 cells; the console needs 80 x 24" in play.text()
        await play.pilot.resize_terminal(80, 24)
        await play.settle()
        assert "Sell >" in play.text()


def frames_are_closed(lines: list[str]) -> bool:
    """Each corner has its opposite, and uprights stand below each other."""
    text = "".join(lines)
    counts = [text.count(corner) for corner in "┌┐└┘"]
    return len(set(counts)) == 1 and text.count("│") % 2 == 0


def english_sentences(lines: list[str]) -> list[str]:
    """Rows with two English words in a row: names of keys and codes stand alone."""
    found = []
    for line in lines:
        words = line.replace("Window 2", "").replace("Ctrl+P", "").split()
        for left, right in pairwise(words):
            if _is_word(left) and _is_word(right):
                found.append(line)
    return found


def _is_word(text: str) -> bool:
    letters = text.strip(".,;:!?()")
    latin = all("LATIN" in unicodedata.name(one, "") for one in letters)
    return len(letters) > 2 and latin and letters not in {"Enter", "Esc", "Del", "PgDn", "Space"}
