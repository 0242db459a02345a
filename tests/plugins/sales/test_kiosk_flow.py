"""The buying flow of a kiosk, driven against a venue in memory."""

from __future__ import annotations

import pytest
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.state import Screen

from tests.plugins.sales.fake_venue import CHILD, EXHIBITION, GONE, LATER_SLOT, SHOW, SLOT, TONIGHT
from tests.plugins.sales.kiosk_session import TO_PAY, TO_SEATS, TO_TICKETS, Session


@pytest.fixture
def session() -> Session:
    return Session()


# --- touches -----------------------------------------------------------------------------------


def test_the_poster_leads_to_a_payment_code_in_four_touches(session: Session) -> None:
    flow = session.touch(*TO_PAY)
    assert len(TO_PAY) == 4
    assert flow.screen is Screen.PAY
    assert flow.qr_text
    assert flow.chosen_seats == (101, 102)
    assert flow.order is not None
    assert flow.order.total_minor == 76000


def test_any_event_takes_five_touches(session: Session) -> None:
    flow = session.touch(m.Buy(), *TO_PAY)
    assert flow.screen is Screen.PAY


def test_open_admission_takes_three_touches(session: Session) -> None:
    flow = session.touch(m.ChooseEvent(EXHIBITION), m.TakeSeats(), m.Pay())
    assert flow.screen is Screen.PAY
    assert flow.order is not None
    assert [line.seat_id for line in flow.order.lines] == [0]


def test_paid_tickets_come_by_themselves(session: Session) -> None:
    flow = session.touch(*TO_PAY)
    assert flow.order is not None
    flow = session.touch(m.OrderSeen(session.venue.phone_says(flow.order.id, "paid")))
    assert flow.screen is Screen.THANKS
    assert flow.printed == (1, 2)
    assert flow.receipt == "printed"
    flow = session.touch(m.TimeOut())
    assert flow.screen is Screen.ATTRACT
    assert flow.order is None
    assert session.of(m.ReleaseOrder) == []


def test_end_hides_and_back_hides_while_printing(session: Session) -> None:
    flow = session.touch(*TO_PAY)
    assert flow.order is not None
    session.tell(m.OrderSeen(session.venue.phone_says(flow.order.id, "paid")))
    flow = session.flow
    assert flow.screen is Screen.PRINTING
    assert not flow.has_end
    assert not flow.has_back
    for touch in (m.End(), m.Back(), m.TimeOut(), m.ConfirmEnd()):
        session.tell(touch)
        assert session.flow.screen is Screen.PRINTING


# --- choosing ----------------------------------------------------------------------------------


def test_a_sold_out_event_is_not_entered(session: Session) -> None:
    flow = session.touch(m.ChooseEvent(GONE))
    assert flow.screen is Screen.ATTRACT
    assert flow.notice is not None


def test_the_count_changes_the_order_and_stays_within_the_limit(session: Session) -> None:
    flow = session.touch(*TO_SEATS, m.ChangeCount(1))
    assert flow.count == 3
    assert len(flow.chosen_seats) == 3
    flow = session.touch(*[m.ChangeCount(1)] * 4)
    assert flow.count == 6
    assert flow.notice is not None
    assert flow.notice.params == {"count": 6}
    flow = session.touch(*[m.ChangeCount(-1)] * 9)
    assert flow.count == 1


def test_little_paper_limits_an_order_to_four(session: Session) -> None:
    flow = session.touch(m.PaperSeen("low"), *TO_SEATS, *[m.ChangeCount(1)] * 5)
    assert flow.count == 4
    assert flow.notice is not None
    assert "Paper" in flow.notice.text


def test_others_proposes_other_seats_each_time(session: Session) -> None:
    session.touch(*TO_SEATS)
    assert session.flow.chosen_seats == (101, 102)
    assert session.touch(m.Others()).chosen_seats == (103, 104)
    assert session.touch(m.Others()).chosen_seats == (105, 106)


def test_wheelchair_places_and_back(session: Session) -> None:
    flow = session.touch(*TO_SEATS, m.Wheelchair())
    assert flow.wheelchair
    assert flow.chosen_seats == (123, 124)
    assert session.touch(m.Wheelchair()).chosen_seats == (101, 102)


def test_no_wheelchair_places_are_told_and_change_nothing(session: Session) -> None:
    session.venue.seats.update({123: "sold", 124: "sold"})
    flow = session.touch(*TO_SEATS, m.Wheelchair())
    assert not flow.wheelchair
    assert flow.chosen_seats == (101, 102)
    assert flow.notice is not None


def test_own_seats_replace_the_proposed_ones_then_add(session: Session) -> None:
    flow = session.touch(*TO_SEATS, m.ZoomIn(0, 0), m.TouchSeat(110))
    assert flow.screen is Screen.SEAT_ZOOM
    assert set(flow.chosen_seats) == {110, 102} or set(flow.chosen_seats) == {110, 101}
    flow = session.touch(m.TouchSeat(111))
    assert set(flow.chosen_seats) == {110, 111}
    flow = session.touch(m.TouchSeat(112))
    assert set(flow.chosen_seats) == {110, 111, 112}
    assert session.venue.seats[112] == "held"
    flow = session.touch(m.TouchSeat(112), m.TakeSeats())
    assert flow.screen is Screen.TICKETS
    assert flow.order is not None
    assert {line.seat_id for line in flow.order.lines} == {110, 111}
    assert session.venue.seats[101] == "free"


def test_the_last_own_seat_given_back_can_not_be_taken(session: Session) -> None:
    flow = session.touch(*TO_SEATS, m.ZoomIn(0, 0), m.TouchSeat(101), m.TouchSeat(102))
    assert flow.chosen_seats == ()
    assert not flow.can_take
    assert session.touch(m.TakeSeats()).screen is Screen.SEAT_ZOOM
    flow = session.touch(m.TouchSeat(120))
    assert flow.chosen_seats == (120,)
    assert flow.can_take


def test_quick_touches_end_with_what_the_visitor_sees(session: Session) -> None:
    session.touch(*TO_SEATS, m.ZoomIn(0, 0))
    for seat in (110, 111, 112):  # three touches before the first answer
        session.tell(m.TouchSeat(seat))
    assert set(session.flow.chosen_seats) == {110, 111, 112}
    session.settle()
    assert session.flow.order is not None
    assert {line.seat_id for line in session.flow.order.lines} == {110, 111, 112}


def test_a_sold_seat_is_refused_without_asking_the_server(session: Session) -> None:
    session.venue.seats[110] = "sold"
    session.touch(*TO_SEATS, m.ZoomIn(0, 0))
    before = len(session.sent)
    flow = session.touch(m.TouchSeat(110))
    assert len(session.sent) == before
    assert flow.notice is not None
    assert flow.notice.params == {"number": "2"}


def test_seats_of_others_turn_while_they_are_looked_at(session: Session) -> None:
    session.touch(*TO_SEATS)
    flow = session.touch(m.SeatsSeen(TONIGHT, {110: "sold"}), m.SeatsSeen(99, {111: "sold"}))
    assert flow.plan is not None
    states = {seat.id: seat.state for seat in flow.plan.seats}
    assert states[110] == "sold"
    assert states[111] == "free"


def test_a_ticket_type_changes_one_line_and_the_server_prices_it(session: Session) -> None:
    flow = session.touch(*TO_TICKETS, m.ChooseType(1, CHILD))
    assert flow.order is not None
    assert sorted(line.ticket_type_id for line in flow.order.lines) == [1, CHILD]
    assert {line.seat_id for line in flow.order.lines} == {101, 102}
    assert flow.order.total_minor == 57000


def test_types_survive_going_back_for_another_seat(session: Session) -> None:
    session.touch(*TO_TICKETS, m.ChooseType(1, CHILD), m.Back(), m.ZoomIn(0, 0))
    flow = session.touch(m.TouchSeat(110), m.TakeSeats())
    assert flow.order is not None
    assert sorted(line.ticket_type_id for line in flow.order.lines) == [1, CHILD]


def test_another_slot_after_going_back_moves_the_order(session: Session) -> None:
    session.touch(m.ChooseEvent(EXHIBITION), m.ChangeCount(1), m.TakeSeats())
    assert session.venue.places[SLOT] == 28
    flow = session.touch(m.Back(), m.ChoosePerformance(LATER_SLOT), m.TakeSeats())
    assert flow.screen is Screen.TICKETS
    assert flow.order is not None
    assert flow.order.performance.id == LATER_SLOT
    assert session.venue.places == {SLOT: 30, LATER_SLOT: 28}


def test_more_places_after_going_back_change_the_order(session: Session) -> None:
    session.touch(m.ChooseEvent(EXHIBITION), m.TakeSeats(), m.Back(), m.ChangeCount(1))
    flow = session.touch(m.TakeSeats())
    assert flow.screen is Screen.TICKETS
    assert flow.order is not None
    assert len(flow.order.lines) == 2
    assert len(session.of(m.PlaceOrder)) == 1


# --- back and end ------------------------------------------------------------------------------


def test_back_from_the_seats_releases_them_and_says_so(session: Session) -> None:
    flow = session.touch(*TO_SEATS, m.Back())
    assert flow.screen is Screen.PERFORMANCE
    assert flow.notice is not None
    assert set(session.venue.seats.values()) == {"free"}


def test_back_before_the_order_came_releases_it_when_it_comes(session: Session) -> None:
    session.touch(m.ChooseEvent(SHOW))
    session.tell(m.ChoosePerformance(TONIGHT))
    while not isinstance(session.flow.busy, m.PlaceOrder):
        for answer in session.venue.answer(session.waiting.popleft()):
            session.tell(answer)
    session.tell(m.Back())
    session.settle()
    assert session.flow.screen is Screen.PERFORMANCE
    assert session.flow.order is None
    assert set(session.venue.seats.values()) == {"free"}


def test_back_from_paying_voids_the_code_and_keeps_the_seats(session: Session) -> None:
    flow = session.touch(*TO_PAY, m.Back())
    assert flow.screen is Screen.TICKETS
    assert flow.holds
    assert flow.payment is not None
    assert flow.payment.state == "cancelled"
    flow = session.touch(m.Pay())
    assert flow.qr_text.endswith("/2")


def test_back_from_paying_after_the_payer_was_faster_prints(session: Session) -> None:
    session.venue.cancel_to = "paid"
    assert session.touch(*TO_PAY, m.Back()).screen is Screen.THANKS


def test_end_asks_first_and_then_clears(session: Session) -> None:
    flow = session.touch(m.SetLanguage("en"), *TO_TICKETS, m.End())
    assert flow.asking_end
    assert session.touch(m.Pay()).screen is Screen.TICKETS  # the sheet is above
    assert not session.touch(m.Stay()).asking_end
    flow = session.touch(m.End(), m.ConfirmEnd())
    assert flow.screen is Screen.ATTRACT
    assert flow.language == "zh"
    assert set(session.venue.seats.values()) == {"free"}


def test_end_while_paying_voids_the_code_first(session: Session) -> None:
    flow = session.touch(*TO_PAY, m.End(), m.ConfirmEnd())
    assert flow.screen is Screen.ATTRACT
    kinds = [type(command) for command in session.sent]
    assert kinds.index(m.CancelQr) < kinds.index(m.ReleaseOrder)


def test_the_idle_time_out_gives_everything_back_but_never_while_paying(session: Session) -> None:
    session.touch(*TO_PAY, m.TimeOut())
    assert session.flow.screen is Screen.PAY
    assert not session.flow.may_idle_out
    flow = session.touch(m.Back(), m.TimeOut())
    assert flow.screen is Screen.ATTRACT
    assert set(session.venue.seats.values()) == {"free"}
