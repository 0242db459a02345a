"""What goes wrong on the way to a ticket, and how the kiosk says it and goes on."""

from __future__ import annotations

import pytest
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.state import Screen

from tests.plugins.sales.fake_venue import EXHIBITION, SHOW, TOMORROW, TONIGHT
from tests.plugins.sales.kiosk_session import TO_PAY, TO_SEATS, TO_TICKETS, Session, code_of


@pytest.fixture
def session() -> Session:
    return Session()


# --- failures ----------------------------------------------------------------------------------


def test_s01_a_seat_just_taken_is_told_with_others_at_the_same_price(session: Session) -> None:
    session.touch(*TO_SEATS, m.ZoomIn(0, 0))
    session.venue.seats[110] = "sold"  # the plan on the screen does not know yet
    flow = session.touch(m.TouchSeat(110))
    assert code_of(flow) == "S-01"
    assert flow.failure is not None
    assert flow.failure.sheet_over is Screen.SEAT_ZOOM
    assert flow.failure.title.params == {"number": "2"}
    assert "same price" in flow.failure.advice.text
    assert flow.order is not None
    assert flow.order.together
    assert session.touch(m.TakeSeats()).screen is Screen.TICKETS


def test_s01_choose_again_goes_back_to_the_plan(session: Session) -> None:
    session.touch(*TO_SEATS, m.ZoomIn(0, 0))
    session.venue.seats[110] = "sold"
    flow = session.touch(m.TouchSeat(110), m.Back())
    assert flow.screen is Screen.SEAT_ZOOM
    assert flow.order is not None
    assert flow.chosen_seats == tuple(line.seat_id for line in flow.order.lines)


def test_s02_the_hold_ran_out_and_starts_again_in_one_touch(session: Session) -> None:
    flow = session.touch(*TO_TICKETS)
    assert flow.order is not None
    session.venue.let_go(flow.order.id, "expired")
    flow = session.touch(m.HoldTimeOver())
    assert code_of(flow) == "S-02"
    flow = session.touch(m.Retry())
    assert flow.screen is Screen.SEATS
    assert flow.holds


def test_the_server_decides_whether_the_hold_is_over(session: Session) -> None:
    flow = session.touch(*TO_TICKETS, m.HoldTimeOver())
    assert flow.screen is Screen.TICKETS
    assert flow.holds


def test_s03_sold_out_meanwhile_offers_another_time(session: Session) -> None:
    session.touch(m.ChooseEvent(SHOW))
    session.venue.seats.update(dict.fromkeys(session.venue.seats, "sold"))
    flow = session.touch(m.ChoosePerformance(TONIGHT))
    assert code_of(flow) == "S-03"
    assert flow.failure is not None
    assert flow.failure.next_performance is not None
    assert flow.failure.next_performance.id == TOMORROW
    assert session.touch(m.Back()).screen is Screen.PERFORMANCE


def test_m01_a_declined_payment_is_tried_again(session: Session) -> None:
    flow = session.touch(*TO_PAY)
    assert flow.order is not None
    flow = session.touch(m.OrderSeen(session.venue.phone_says(flow.order.id, "declined")))
    assert code_of(flow) == "M-01"
    assert flow.holds
    flow = session.touch(m.Pay())
    assert flow.screen is Screen.PAY
    assert flow.qr_text.endswith("/2")


def test_m07_an_unknown_payment_is_never_asked_for_again(session: Session) -> None:
    flow = session.touch(*TO_PAY)
    assert flow.order is not None
    session.venue.phone_says(flow.order.id, "unknown")
    flow = session.touch(m.OrderSeen(session.venue.orders[flow.order.id]))
    assert code_of(flow) == "M-07"
    assert flow.failure is not None
    assert flow.order is not None
    assert flow.failure.pickup_code == flow.order.pickup_code
    assert "pay again" in flow.failure.money.text
    started = len(session.of(m.StartQr))
    session.touch(m.Pay(), m.Retry(), m.Back())
    assert len(session.of(m.StartQr)) == started
    assert code_of(session.flow) == "M-07"
    assert [call.code for call in session.venue.calls] == ["M-07"]


def test_m07_goes_on_by_itself_once_it_is_known(session: Session) -> None:
    flow = session.touch(*TO_PAY)
    assert flow.order is not None
    session.touch(m.OrderSeen(session.venue.phone_says(flow.order.id, "unknown")))
    flow = session.touch(m.OrderSeen(session.venue.phone_says(flow.order.id, "paid")))
    assert flow.screen is Screen.THANKS


def test_leaving_an_unknown_payment_releases_nothing(session: Session) -> None:
    flow = session.touch(*TO_PAY)
    assert flow.order is not None
    session.touch(m.OrderSeen(session.venue.phone_says(flow.order.id, "unknown")))
    flow = session.touch(m.End())
    assert flow.screen is Screen.ATTRACT
    assert session.of(m.ReleaseOrder) == []


def test_a_code_that_never_came_is_no_money(session: Session) -> None:
    session.touch(*TO_TICKETS)
    session.tell(m.Pay())
    command = session.waiting.pop()
    flow = session.touch(m.Refused(command, "device_unavailable", "The provider is away."))
    assert code_of(flow) == "M-01"
    flow = session.touch(m.Pay())
    assert flow.qr_text


def test_m08_money_after_the_hold_is_owed_back(session: Session) -> None:
    flow = session.touch(*TO_PAY)
    assert flow.order is not None
    session.venue.let_go(flow.order.id, "expired")
    late = session.venue._with_payment(session.venue.orders[flow.order.id], "paid", 1)
    flow = session.touch(m.OrderSeen(late))
    assert code_of(flow) == "M-08"
    assert "whole amount back" in (flow.failure.money.text if flow.failure else "")


@pytest.mark.parametrize("touch", [m.ChooseEvent(SHOW), m.ChooseEvent(EXHIBITION)])
def test_p02_no_paper_stops_before_anything_is_held(session: Session, touch: m.Message) -> None:
    flow = session.touch(m.PaperSeen("out"), touch)
    assert code_of(flow) == "P-02"
    assert session.of(m.PlaceOrder) == []
    assert session.touch(m.PaperSeen("ok")).screen is Screen.ATTRACT


def test_p02_paper_is_checked_before_money_and_comes_back(session: Session) -> None:
    flow = session.touch(*TO_TICKETS, m.PaperSeen("out"), m.Pay())
    assert code_of(flow) == "P-02"
    assert session.of(m.StartQr) == []
    flow = session.touch(m.PaperSeen("ok"))
    assert flow.screen is Screen.TICKETS
    assert flow.holds


def test_p03_paper_ends_after_paying_and_the_rest_follows(session: Session) -> None:
    session.venue.paper = ["printed", "failed"]
    flow = session.touch(*TO_PAY)
    assert flow.order is not None
    flow = session.touch(m.OrderSeen(session.venue.phone_says(flow.order.id, "paid")))
    assert code_of(flow) == "P-03"
    assert flow.failure is not None
    assert flow.failure.title.params == {"count": 1}
    assert flow.failure.pickup_code
    flow = session.touch(m.PaperSeen("out"), m.PaperSeen("ok"))
    assert flow.screen is Screen.THANKS
    assert sorted(flow.printed) == [1, 2]


@pytest.mark.parametrize(("has_ticket", "code"), [(True, ""), (False, "P-03")])
def test_p04_a_doubtful_ticket_is_asked_about(
    session: Session, has_ticket: bool, code: str
) -> None:
    session.venue.paper = ["printed", "doubtful"]
    flow = session.touch(*TO_PAY)
    assert flow.order is not None
    flow = session.touch(m.OrderSeen(session.venue.phone_says(flow.order.id, "paid")))
    assert code_of(flow) == "P-04"
    assert flow.failure is not None
    assert flow.failure.advice.params == {"number": 2}
    flow = session.touch(m.AnswerDoubt(has_ticket))
    assert code_of(flow) == code
    assert flow.screen is (Screen.THANKS if has_ticket else Screen.FAILURE)
    assert bool(session.of(m.ReportPrinted)) is has_ticket


def test_a_missing_receipt_does_not_keep_the_visitor(session: Session) -> None:
    session.venue.paper = ["printed", "printed", "failed"]
    flow = session.touch(*TO_PAY)
    assert flow.order is not None
    flow = session.touch(m.OrderSeen(session.venue.phone_says(flow.order.id, "paid")))
    assert flow.screen is Screen.THANKS
    assert flow.receipt == "missing"
    assert flow.notice is not None


# --- the server away ---------------------------------------------------------------------------


def test_n02_goes_on_by_itself_with_the_same_operation(session: Session) -> None:
    session.touch(m.ChooseEvent(SHOW))
    session.tell(m.ChoosePerformance(TONIGHT))
    while not isinstance(session.flow.busy, m.PlaceOrder):
        for answer in session.venue.answer(session.waiting.popleft()):
            session.tell(answer)
    session.is_cut = True
    session.settle()
    assert code_of(session.flow) == "N-02"
    assert session.flow.server_away
    session.is_cut = False
    flow = session.touch(m.ServerFound())
    assert flow.screen is Screen.SEATS
    assert flow.holds
    first, again = session.of(m.PlaceOrder)
    assert first == again


def test_an_order_nobody_waits_for_any_more_is_found_and_released(session: Session) -> None:
    """The answer to placing was lost, and the visitor went away before the server was back."""
    session.touch(m.ChooseEvent(SHOW))
    session.tell(m.ChoosePerformance(TONIGHT))
    while not isinstance(session.flow.busy, m.PlaceOrder):
        for answer in session.venue.answer(session.waiting.popleft()):
            session.tell(answer)
    placing = session.flow.busy
    session.venue.answer(placing)  # it was done, but no answer came
    session.waiting.clear()
    session.is_cut = True
    session.touch(m.ServerLost(placing), m.End(), m.ConfirmEnd())
    assert session.flow.screen is Screen.ATTRACT
    assert placing in session.flow.unsettled
    session.is_cut = False
    flow = session.touch(m.ServerFound())
    assert not flow.unsettled
    assert set(session.venue.seats.values()) == {"free"}


def test_a_lost_release_is_sent_again(session: Session) -> None:
    session.touch(*TO_TICKETS)
    session.is_cut = True
    session.touch(m.TimeOut())
    assert [type(one) for one in session.flow.unsettled] == [m.ReleaseOrder]
    session.is_cut = False
    flow = session.touch(m.ServerFound())
    assert not flow.unsettled
    assert set(session.venue.seats.values()) == {"free"}


def test_a_lost_cancel_makes_the_payment_unknown(session: Session) -> None:
    session.touch(*TO_PAY)
    session.is_cut = True
    assert code_of(session.touch(m.Back())) == "M-07"
    session.is_cut = False
    flow = session.touch(m.ServerFound())
    assert flow.screen is Screen.TICKETS
    assert flow.holds


def test_a_cancel_that_takes_too_long_makes_the_payment_unknown(session: Session) -> None:
    session.touch(*TO_PAY)
    session.tell(m.Back())
    session.tell(m.AnswerOverdue())
    assert code_of(session.flow) == "M-07"
    session.settle()
    assert session.flow.screen in (Screen.TICKETS, Screen.PAY)
    assert session.flow.holds


def test_paid_and_the_server_away_keeps_the_code_and_prints_later(session: Session) -> None:
    flow = session.touch(*TO_PAY)
    assert flow.order is not None
    paid = session.venue.phone_says(flow.order.id, "paid")
    session.is_cut = True
    flow = session.touch(m.OrderSeen(paid))
    assert code_of(flow) == "P-03"
    assert flow.failure is not None
    assert flow.failure.pickup_code
    session.is_cut = False
    flow = session.touch(m.ServerFound())
    assert flow.screen is Screen.THANKS
    first, again = session.of(m.PrintPaper)
    assert first == again


def test_attract_only_shows_a_banner_without_the_server(session: Session) -> None:
    session.is_cut = True
    flow = session.touch(m.Buy())
    assert flow.screen is Screen.EVENTS
    assert flow.server_away
    assert flow.failure is None


def test_any_other_refusal_is_shown_in_the_servers_words(session: Session) -> None:
    session.touch(m.ChooseEvent(SHOW))
    session.tell(m.ChoosePerformance(TONIGHT))
    command = session.waiting.popleft()
    session.waiting.clear()
    flow = session.touch(m.Refused(command, "not_allowed", "No {x}.", {"x": "way"}))
    assert code_of(flow) == "not_allowed"
    assert flow.failure is not None
    assert flow.failure.advice.text == "No {x}."
    assert session.touch(m.Back()).screen is Screen.PERFORMANCE


def test_staff_are_called_once_and_then_told_to_be_coming(session: Session) -> None:
    first = session.touch(m.AskStaff()).notice
    second = session.touch(m.AskStaff()).notice
    assert first is not None
    assert second is not None
    assert first.text != second.text
    assert len(session.venue.calls) == 2


def test_a_payment_is_not_sent_again_when_the_paper_ran_out_meanwhile(session: Session) -> None:
    session.touch(*TO_TICKETS)
    session.is_cut = True
    assert code_of(session.touch(m.Pay())) == "N-02"
    session.is_cut = False
    flow = session.touch(m.PaperSeen("out"), m.ServerFound())
    assert code_of(flow) == "P-02"
    assert len(session.of(m.StartQr)) == 1


def test_a_lost_search_for_other_seats_comes_back_to_the_plan(session: Session) -> None:
    session.touch(*TO_SEATS, m.ZoomIn(0, 0))
    session.venue.seats[110] = "sold"
    session.tell(m.TouchSeat(110))
    for answer in session.venue.answer(session.waiting.popleft()):
        session.tell(answer)
    assert code_of(session.flow) == "S-01"
    session.is_cut = True
    session.settle()
    assert code_of(session.flow) == "N-02"
    session.is_cut = False
    flow = session.touch(m.ServerFound())
    assert flow.screen is Screen.SEAT_ZOOM
    assert flow.failure is None
    assert flow.can_take


def test_a_busy_server_is_asked_again_by_one_touch(session: Session) -> None:
    session.touch(m.ChooseEvent(SHOW))
    session.tell(m.ChoosePerformance(TONIGHT))
    command = session.waiting.popleft()
    flow = session.touch(m.Refused(command, "busy", "The venue server is busy."))
    assert code_of(flow) == "N-04"
    flow = session.touch(m.Retry())
    assert flow.screen is Screen.SEATS
    assert flow.holds


def test_a_silent_printer_ends_in_the_page_with_the_code(session: Session) -> None:
    flow = session.touch(*TO_PAY)
    assert flow.order is not None
    session.tell(m.OrderSeen(session.venue.phone_says(flow.order.id, "paid")))
    session.waiting.clear()
    flow = session.touch(m.AnswerOverdue())
    assert code_of(flow) == "P-03"
    assert not flow.may_idle_out
    assert flow.leave_after_s == 180
    flow = session.touch(m.TimeOut())
    assert flow.screen is Screen.ATTRACT
    assert flow.leave_after_s == 0
    assert session.of(m.ReleaseOrder) == []


def test_a_page_about_a_payment_in_doubt_never_says_that_seats_go_back(session: Session) -> None:
    session.touch(*TO_PAY)
    session.is_cut = True
    flow = session.touch(m.Back())  # the code could not be voided: it may be paid
    assert code_of(flow) == "M-07"
    assert not flow.may_idle_out
    assert flow.leave_after_s > 0
