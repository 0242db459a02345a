"""The shortest ways of the counter, key by key, as the design promises them."""

from __future__ import annotations

from pathlib import Path

from tests.terminal_ui.desk_play import FakePaper, played
from tests.terminal_ui.fake_venue import FakeVenue


async def test_two_adults_best_seats_exact_cash_in_five_keys(
    venue: FakeVenue, tmp_path: Path
) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter", "enter", "enter")
        (order,) = venue.orders.values()
        assert (order.state, len(order.lines), order.payments[0].received_minor) == (
            "paid",
            2,
            56000,
        )
        assert play.keys == 5
        assert "A7K2-0931 is paid." in play.text()


async def test_the_customer_hands_over_six_hundred_in_eight_keys(
    venue: FakeVenue, tmp_path: Path
) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter", "enter", "6", "0", "0", "enter")
        (order,) = venue.orders.values()
        assert (order.state, order.payments[0].change_minor) == ("paid", 4000)
        assert play.keys == 8
        assert "Paid. Any key goes on selling." in play.text()
        await play.press("1")
        assert "Sell > 1" in play.text()
        assert "cash, change 40.00" in play.text()


async def test_the_same_on_the_number_pad_alone_in_seven_keys(
    venue: FakeVenue, tmp_path: Path
) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "enter", "enter", "6", "0", "0", "enter")
        (order,) = venue.orders.values()
        assert (order.state, len(order.lines)) == ("paid", 2)
        assert play.keys == 7


async def test_two_chosen_seats_are_in_the_cart_after_six_keys(
    venue: FakeVenue, tmp_path: Path
) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "7", "full_stop", "1", "enter")
        (order,) = venue.orders.values()
        assert [(line.row, line.number) for line in order.lines] == [("7", "1"), ("7", "3")]
        await play.press("enter")
        assert "Received" in play.text()
        assert play.keys == 7


async def test_find_by_last_digits_and_reprint_in_eight_keys(
    venue: FakeVenue, tmp_path: Path
) -> None:
    paper = FakePaper()
    async with played(venue, tmp_path, paper=paper) as play:
        await play.press("2", "a", "enter", "enter", "enter")
        await play.until(lambda: len(paper.printed) == 2)
        play.keys = 0
        await play.press("f3", "0", "9", "3", "1", "enter", "p", "enter")
        assert play.keys == 8
        assert len(paper.printed) == 4
        assert "2 sheets printed." in play.text()


async def test_reprint_from_the_torn_ticket_in_three_keys(venue: FakeVenue, tmp_path: Path) -> None:
    paper = FakePaper()
    async with played(venue, tmp_path, paper=paper) as play:
        await play.press("1", "a", "enter", "enter", "enter")
        await play.until(lambda: paper.printed)
        play.keys = 0
        await play.scan("QR-TICKET-931")
        assert "A7K2-0931" in play.text()
        await play.press("p", "enter")
        assert play.keys == 3
        assert len(paper.printed) == 2


async def test_another_show_in_the_same_line(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("3", "full_stop", "2", "c", "enter")
        (order,) = venue.orders.values()
        assert (order.performance.id, len(order.lines)) == (3, 2)
        assert "2 places are held." in play.text()
