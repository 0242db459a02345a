"""Admit at the console: one word and a colour for each scan, counted once whatever happens."""

from __future__ import annotations

import re
from pathlib import Path

from tests.terminal_ui.conftest import venue as venue  # noqa: PLC0414 - a fixture
from tests.terminal_ui.desk_play import Play, played
from tests.terminal_ui.fake_gates import FakeGates
from tests.terminal_ui.fake_venue import FakeVenue


def roles_of(play: Play, panel: str, row: int) -> set[str]:
    canvas = play.app.screen.query_one(f"#{panel}").canvas  # type: ignore[attr-defined]
    return {canvas.role_at(row, column) for column in range(2, canvas.columns - 2)}


async def test_a_scan_checks_in_with_one_key_and_a_copy_is_refused(
    venue: FakeVenue, tmp_path: Path
) -> None:
    gates = FakeGates(venue)
    async with played(venue, tmp_path) as play:
        await play.press("f5")
        play.keys = 0
        await play.scan("VS1TICKET1")
        assert play.keys == 1
        assert "✓ C O M E   I N" in play.text()
        assert "Stalls row 7 seat 1, Adult" in play.text()
        assert roles_of(play, "result", 2) == {"allowed"}
        await play.scan("VS1TICKET1")
        text = play.text()
        assert "✕ R E F U S E D" in text
        assert "A-01" in text
        assert "This ticket was already used" in text
        assert "First used 18:42:00, Front A" in text
        assert roles_of(play, "result", 2) == {"alarm"}
        assert [decision.passage for decision in gates.decisions] == ["passed", ""]


async def test_a_code_can_be_typed_and_the_lane_changed(venue: FakeVenue, tmp_path: Path) -> None:
    gates = FakeGates(venue)
    async with played(venue, tmp_path) as play:
        await play.press("f5", "plus", "V", "S", "1", "X", "enter")
        assert [decision.lane for decision in gates.decisions] == ["2"]
        assert re.search(r"● Front B +1 │", play.text())


async def test_scans_at_other_lanes_are_listed_and_told(venue: FakeVenue, tmp_path: Path) -> None:
    gates = FakeGates(venue)
    async with played(venue, tmp_path) as play:
        await play.press("f5")
        gates.scan(b'{"lane": "2", "code": "NOISE", "commit": false}')
        await play.settle(0.2)
        text = play.text()
        assert "18:42:00  Front B    ✕ A-09 This code is not known here" in text
        assert "lane 2: refused, This code is not known here" in text


async def test_a_scan_whose_answer_is_lost_counts_once(venue: FakeVenue, tmp_path: Path) -> None:
    gates = FakeGates(venue)
    async with played(venue, tmp_path) as play:
        await play.press("f5")
        venue.lose_answers = 1
        await play.scan("VS1TICKET2")
        await play.until(lambda: "▲ cut off" in play.text())
        assert "C O M E" not in play.text()
        venue.mend()
        await play.until(lambda: "✓ C O M E   I N" in play.text())
        assert [decision.result for decision in gates.decisions] == ["allowed"]


async def test_an_usher_sees_only_this_place(venue: FakeVenue, tmp_path: Path) -> None:
    FakeGates(venue)
    venue.permissions = ["admission.view", "admission.scan"]
    async with played(venue, tmp_path) as play:
        assert "Ready. Scan a ticket." in play.text()
        assert "2Sell" not in play.text()
        await play.press("f2")
        assert "Ready. Scan a ticket." in play.text()
        await play.press("f9")
        assert "Lanes" in play.text()
        assert "Sales today" not in play.text()
