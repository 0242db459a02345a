"""The counter from the screen where people look for it: seats, tenders, orders, refusals, scans."""

from __future__ import annotations

from pathlib import Path

from tests.terminal_ui.desk_play import FakePaper, played
from tests.terminal_ui.fake_venue import FakeVenue


async def test_a_wrong_pin_is_refused_and_the_number_stays(
    venue: FakeVenue, tmp_path: Path
) -> None:
    async with played(venue, tmp_path, signed_in=False) as play:
        await play.press("C", "0", "7", "enter", "1", "enter")
        text = play.text()
        assert "Number or PIN is wrong." in text
        assert "C07" in text
        assert "4711" not in text
        await play.press("4", "7", "1", "1")
        assert "****" in play.text()
        await play.press("enter")
        await play.until(lambda: "Sell >" in play.text())


async def test_the_language_is_changed_at_sign_in(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path, signed_in=False) as play:
        await play.press("l")
        assert "登录" in play.text()
        await play.press("l")
        assert "Sign in" in play.text()


async def test_a_seat_is_taken_and_given_back_on_the_map(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("f4", "7", "full_stop", "1", "enter", "space")
        (order,) = venue.orders.values()
        assert [(line.row, line.number) for line in order.lines] == [("7", "1")]
        assert "Yours: 1" in play.text()
        await play.press("t", "right", "space")
        (order,) = venue.orders.values()
        assert [(line.number, line.ticket_type_code) for line in order.lines] == [
            ("1", "A"),
            ("3", "C"),
        ]
        await play.press("left", "space")
        (order,) = venue.orders.values()
        assert [line.number for line in order.lines] == ["3"]
        await play.press("right", "space")
        assert venue.orders[931].state == "released"
        assert venue.seat_states == {}
        assert "Yours: 0" in play.text()


async def test_best_seats_and_others(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter", "f4", "b")
        assert venue.count("/change") == 1
        assert "Yours: 2" in play.text()


async def test_a_seat_that_somebody_else_took_greys_out_and_is_refused(
    venue: FakeVenue, tmp_path: Path
) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("f4")
        venue.seat_states[1016] = "held"
        venue.tell("sales.seats_changed", "performance/1", seats={"1016": "held"})
        await play.settle(0.2)
        assert "111~11" in play.text()
        await play.press("7", "full_stop", "1", "enter", "space")
        assert "Somebody else has just taken 1 of these seats." in play.text()
        assert not venue.orders


async def test_floors_are_turned_with_page_down(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("f4", "pagedown")
        assert "Main hall Circle" in play.text()
        await play.press("right_square_bracket")
        assert "Main hall Stalls" in play.text()


async def test_less_and_nothing(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "1", "c", "enter", "minus", "1", "c", "enter")
        assert len(venue.orders[931].lines) == 2
        await play.press("delete")
        assert venue.orders[931].state == "released"
        assert "the cart is empty" in play.text()


async def test_what_the_line_does_not_understand_is_said(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "z", "enter")
        assert "No ticket type has the letter z." in play.text()
        await play.press("9", "full_stop", "1", "enter")
        assert "There is no show 9 in the list." in play.text()
        await play.press("enter")
        assert "The cart is empty. Type how many, as in 2a." in play.text()
        assert not venue.orders


async def test_another_show_waits_for_the_cart(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter", "3", "full_stop", "1", "a", "enter")
        assert "The cart holds places of another show" in play.text()
        assert len(venue.orders) == 1


async def test_shows_are_found_by_words_and_initials(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("slash", *"strings", "enter")
        text = play.text()
        assert "Found: strings" in text
        assert "Night skating" not in text
        await play.press("slash", *"ychb", "enter")
        assert "Night skating" in play.text()
        await play.press("slash", "enter")
        assert "A Letter on a Rainy" in play.text()


async def test_the_time_to_pay_runs_out_and_the_cart_says_so(
    venue: FakeVenue, tmp_path: Path
) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter")
        venue.expire(931)
        await play.until(lambda: "The time to pay is over" in play.text())
        assert "empty" in play.text()


async def test_too_little_money_is_refused_and_can_be_mended(
    venue: FakeVenue, tmp_path: Path
) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter", "enter", "5", "0", "0", "enter")
        assert "50000 were received; 56000 are due." in play.text()
        await play.press("6", "0", "0", "enter")
        assert venue.orders[931].state == "paid"
        assert venue.count("/cash") == 2


async def test_quick_amounts_are_one_or_two_plus_keys(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter", "enter", "plus")
        assert "600" in play.lines()[5]
        await play.press("plus")
        assert "700" in play.lines()[5]
        assert "Give        100 x 1  20 x 2" in play.text()
        await play.press("enter")
        assert venue.orders[931].payments[0].received_minor == 70000


async def test_leaving_the_tender_keeps_the_seats(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter", "enter", "escape")
        assert "Sell >" in play.text()
        assert venue.orders[931].state == "held"
        await play.press("f10")
        assert "Received" in play.text()


async def test_pay_by_code(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter", "enter", "3", "enter")
        assert "█▀▀▀▀▀█" in play.text()
        venue.settle_code(931, "paid")
        await play.until(lambda: "A7K2-0931 is paid." in play.text())
        assert "2 tickets, QR payment" in play.text()


async def test_a_code_is_taken_back_and_cash_is_taken(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter", "enter", "3", "enter", "escape")
        await play.until(lambda: "The payment by code was taken back." in play.text())
        await play.press("enter")
        order = venue.orders[931]
        assert [(one.tender, one.state) for one in order.payments] == [
            ("qr", "cancelled"),
            ("cash", "paid"),
        ]


async def test_a_payer_who_was_faster_has_paid(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter", "enter", "3", "enter")
        order = venue.orders[931]
        venue.posts["/sales/orders/931/qr/cancel"] = lambda _: venue.settle_code(order.id, "paid")
        await play.press("escape")
        await play.until(lambda: "A7K2-0931 is paid." in play.text())


async def test_paper_that_failed_is_printed_again_with_l(venue: FakeVenue, tmp_path: Path) -> None:
    paper = FakePaper(outcomes=["printed", "failed"])
    async with played(venue, tmp_path, paper=paper) as play:
        await play.press("3", "a", "enter", "enter", "enter")
        await play.until(lambda: "2 sheets were not printed. L prints them." in play.text())
        assert len(paper.printed) == 2
        assert play.venue.orders[931].state == "paid"


async def test_a_printer_without_paper_is_said_before_the_money(
    venue: FakeVenue, tmp_path: Path
) -> None:
    paper = FakePaper(reason="There is no paper in the printer.")
    async with played(venue, tmp_path, paper=paper) as play:
        await play.press("2", "a", "enter", "enter")
        assert "The printer is not ready: There is no paper in the printer." in play.text()
        await play.press("enter")
        await play.until(lambda: "Nothing was printed" in play.text())
        assert paper.printed == []
        await play.press("f3", "0", "9", "3", "1", "enter", "p", "enter")
        assert venue.count("/print") == 0


async def test_reprint_is_approved_by_a_second_person(venue: FakeVenue, tmp_path: Path) -> None:
    """The server says no; a manager's number and PIN come; the same operation goes on."""
    venue.permissions.remove("sales.reprint")
    venue.approver = ("C03", "975303")
    async with played(venue, tmp_path, paper=FakePaper()) as play:
        await play.press("1", "a", "enter", "enter", "enter", "f3", "0", "9", "3", "1", "enter")
        assert "a manager approves it" in play.text()
        await play.press("p", "enter")
        assert "A second person approves" in play.text()
        assert "sales.reprint is missing" in play.text()
        await play.press(*"C03", "enter", *"111111")
        assert "******" in play.text()
        assert "111111" not in play.text()
        await play.press("enter")
        assert "Number or PIN is wrong." in play.text()
        await play.press(*"975303", "enter")
        assert "1 sheet printed." in play.text()
    asked = {operation for path, operation in venue.requests if path.endswith("/print")}
    refused = [path for path, _ in venue.requests if path.endswith("/print")]
    # The sale's own paper, then one reprint in two tries.
    assert (len(refused), len(asked)) == (3, 2)


async def test_reprint_that_nobody_approves_is_refused(venue: FakeVenue, tmp_path: Path) -> None:
    venue.permissions.remove("sales.reprint")
    async with played(venue, tmp_path, paper=FakePaper()) as play:
        await play.press("1", "a", "enter", "enter", "enter", "f3", "0", "9", "3", "1", "enter")
        await play.press("p", "enter", *"C0", "escape")
        assert "the permission sales.reprint is missing" in play.text()
        assert venue.count("/approvals") == 0
        assert "A second person approves" not in play.text()


async def test_an_unknown_order_is_said(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("f3", "9", "9", "9", "9", "enter")
        assert "Nothing is found by “9999”." in play.text()


async def test_a_held_order_goes_back_into_the_cart(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter")
        play.app.venue_console.listeners.clear()
        await play.press("f3", "0", "9", "3", "1", "enter", "o")
        assert "2 Adult" in play.text()
        assert "Sell >" in play.text()


async def test_the_live_line_tells_what_others_do(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        venue.tell("sales.order_paid", "order/5", order=5, number="A7K2-0930", station="kiosk-1")
        await play.settle(0.2)
        assert "Live 18:42:00 kiosk-1 sold A7K2-0930" in play.text()
        venue.tell("station.called_staff", "station/kiosk-2", code="P-02", screen="pay")
        await play.settle(0.2)
        assert "kiosk-2 calls for help (P-02)" in play.text()


async def test_function_keys_by_semicolon(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("semicolon", "3")
        assert "Find" in play.lines()[1]
        await play.press("semicolon", "2")
        assert "Sell >" in play.text()
        assert "Sell > 2" not in play.text()


async def test_lock_keeps_the_cart(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("2", "a", "enter")
        await play.pilot.press("ctrl+l")
        await play.settle(0.2)
        assert "Sign in" in play.text()
        assert venue.count("/sign-out") == 1
        assert "2 Adult" not in play.text()
        await play.press("f2")
        assert "Sign in" in play.text()
        await play.press("C", "0", "7", "enter", "4", "7", "1", "1", "enter")
        await play.until(lambda: "2 Adult" in play.text())


async def test_help_lists_the_keys_of_the_screen(venue: FakeVenue, tmp_path: Path) -> None:
    async with played(venue, tmp_path) as play:
        await play.press("f1")
        assert "two for show 3 of the list" in play.text()
        await play.press("escape")
        assert "Sell >" in play.text()
