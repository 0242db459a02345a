"""The link is cut in the middle of work: one sale or none, and the screen says which."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.terminal_ui.desk_play import Play, played
from tests.terminal_ui.fake_venue import FakeVenue

SALE = ("2", "a", "enter", "enter", "enter")


def journals(folder: Path) -> int:
    """How many unfinished changes are kept."""
    return len(list(folder.glob("*.json")))


async def linked_again(play: Play) -> None:
    play.venue.mend()
    await play.until(lambda: play.app.venue_console.link.is_up)
    await play.settle(0.3)


async def test_an_answer_that_is_lost_is_asked_for_again_and_paid_once(
    venue: FakeVenue, tmp_path: Path
) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter", "enter")
        venue.lose_answers = 1
        await play.press("6", "0", "0", "enter")
        await play.until(lambda: "Don't take the money again." in play.text())
        await play.until(lambda: "▲ cut off" in play.text())
        await play.press("enter", "escape", "f2", "enter")
        assert "Don't take the money again." in play.text()
        venue.mend()
        await play.until(lambda: "Paid. Any key goes on selling." in play.text())
        (order,) = venue.orders.values()
        assert (order.state, len(order.payments)) == ("paid", 1)
        assert venue.count("/cash") == 1
        assert journals(tmp_path) == 0


@pytest.mark.parametrize("cut_after", range(len(SALE)))
async def test_cut_between_two_keys_ends_with_one_sale_or_none(
    venue: FakeVenue, tmp_path: Path, cut_after: int
) -> None:
    async with played(venue, tmp_path) as play:
        for number, key in enumerate(SALE):
            await play.press(key)
            if number == cut_after:
                venue.cut_off()
                await play.until(lambda: "▲ cut off" in play.text())
        await linked_again(play)
        await play.until(lambda: not play.app.screen.asked)
        paid = [order for order in venue.orders.values() if order.state == "paid"]
        held = [order for order in venue.orders.values() if order.state == "held"]
        assert len(paid) <= 1
        assert len(paid) + len(held) <= 1
        assert venue.count("/sales/orders") <= 1
        assert venue.count("/cash") <= 1


async def test_a_hold_whose_answer_is_lost_is_held_once(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        venue.lose_answers = 1
        await play.press("2", "a", "enter")
        await play.until(lambda: "2a was asked for; its answer is awaited." in play.text())
        await play.press("1", "c", "enter")
        await linked_again(play)
        await play.until(lambda: "2 Adult" in play.text())
        assert len(venue.orders) == 1
        assert venue.count("/sales/orders") == 1


async def test_what_happened_meanwhile_is_caught_up(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        assert "Stalls 18" in play.text()
        venue.cut_off()
        await play.until(lambda: "▲ cut off" in play.text())
        assert "You can look, count and type." in play.text()
        venue.tell("sales.seats_changed", "performance/1", seats={"1008": "sold", "1009": "sold"})
        venue.tell("sales.places_changed", "performance/2", left=7)
        await linked_again(play)
        assert "Stalls 16" in play.text()
        assert re.search(r"Winter Strings +Studio +7 │", play.text())


async def test_pay_waits_while_the_link_is_cut(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter")
        venue.cut_off()
        await play.until(lambda: "▲ cut off" in play.text())
        await play.press("enter")
        assert "Received" not in play.text()
        assert "Cut off for" in play.text()
        await linked_again(play)
        assert "2 Adult" in play.text()


async def test_a_console_that_dies_during_a_tender_asks_the_same_again(
    venue: FakeVenue, tmp_path: Path
) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter", "enter")
        venue.lose_answers = 1
        await play.press("enter")
        await play.until(lambda: "Don't take the money again." in play.text())
    assert journals(tmp_path) == 1
    venue.mend()
    async with played(venue, tmp_path) as play:
        await play.until(lambda: "A7K2-0931 is paid." in play.text())
        (order,) = venue.orders.values()
        assert len(order.payments) == 1
        assert venue.count("/cash") == 1
    assert journals(tmp_path) == 0


async def test_a_console_that_dies_before_paying_finds_its_cart_again(
    venue: FakeVenue, tmp_path: Path
) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter", "enter", "6")
    async with played(venue, tmp_path) as play:
        await play.until(lambda: "The cart A7K2-0931 is back; nothing was paid." in play.text())
        assert "2 Adult" in play.text()
        assert venue.count("/cash") == 0
    assert journals(tmp_path) == 0


async def test_two_enters_in_a_bounce_cross_one_step(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter")
        await play.press("enter", "enter", "enter", gap_s=0.05)
        (order,) = venue.orders.values()
        assert order.state == "held"


async def test_keys_typed_ahead_go_on_when_the_answer_is_here(
    venue: FakeVenue, tmp_path: Path
) -> None:
    async with played(venue, tmp_path) as play:
        venue.delay_s = 0.5
        await play.press_at_once(*SALE)
        assert not venue.orders
        await play.until(lambda: any(one.state == "paid" for one in venue.orders.values()))


async def test_a_refusal_drops_what_was_typed_ahead(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        venue.seat_states.update(dict.fromkeys(range(1001, 1025), "sold"))
        venue.delay_s = 0.5
        await play.press_at_once("2", "a", "7", "full_stop", "1", "enter", "enter", "enter")
        await play.until(lambda: "Somebody else has just taken" in play.text())
        await play.settle(0.2)
        assert not play.app.typed_ahead
        assert not venue.orders
