"""The day report at the console."""

from __future__ import annotations

from pathlib import Path

from tests.terminal_ui.conftest import venue as venue  # noqa: PLC0414 - a fixture
from tests.terminal_ui.desk_play import played
from tests.terminal_ui.fake_gates import make_report
from tests.terminal_ui.fake_venue import FakeVenue


async def test_report_shows_types_tenders_and_that_the_books_agree(
    venue: FakeVenue, tmp_path: Path
) -> None:
    venue.answers["/reports/day"] = lambda query: make_report(query["day"])
    async with played(venue, tmp_path) as play:
        await play.press("f9")
        text = play.text()
        assert "Sat 28 Nov 2026" in text
        assert " Adult                       3          840.00    75 %   ━━━━━━━━━━━━━━━━" in text
        assert " Guest                       1            1.00    <1 %" in text
        assert " Total                       6       ¥1,120.00   net 1,087.00, tax 33.00" in text
        assert "✓ ledger = sales = tenders" in text
        assert "amber: 18:00, ¥840" in text


async def test_books_that_differ_are_shown_with_the_sum(venue: FakeVenue, tmp_path: Path) -> None:
    venue.answers["/reports/day"] = lambda query: make_report(query["day"], agrees=False)
    async with played(venue, tmp_path) as play:
        await play.press("f9")
        assert "!! The books differ by -¥120.00" in play.text()


async def test_other_days_are_one_key_away(venue: FakeVenue, tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(query: dict[str, str]) -> object:
        asked.append(query["day"])
        return make_report(query["day"])

    venue.answers["/reports/day"] = answer
    async with played(venue, tmp_path) as play:
        await play.press("f9", "minus", "left", "plus", "t")
        assert asked == ["2026-11-28", "2026-11-27", "2026-11-26", "2026-11-27", "2026-11-28"]
        assert "Sat 28 Nov 2026" in play.text()


async def test_a_sale_brings_fresh_figures(venue: FakeVenue, tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(query: dict[str, str]) -> object:
        asked.append(query["day"])
        return make_report(query["day"])

    venue.answers["/reports/day"] = answer
    async with played(venue, tmp_path) as play:
        await play.press("f9")
        venue.tell("sales.order_paid", "order/5", order=5, number="A7K2-0930", station="kiosk-1")
        await play.until(lambda: len(asked) == 2)
