"""The buying flow of a kiosk, driven against a venue in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import count

import pytest
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.flow import advance, start
from venue_plugins.sales.kiosk.state import BuyFlow, Screen

from tests.plugins.sales.fake_venue import (
    CHILD,
    EXHIBITION,
    GONE,
    LATER_SLOT,
    SHOW,
    SLOT,
    TOMORROW,
    TONIGHT,
    FakeVenue,
)


class Session:
    """A kiosk and its venue. `touch` answers everything at once unless `is_cut`."""

    def __init__(self) -> None:
        self.venue = FakeVenue()
        self.ids: Iterator[int] = count(1)
        self.sent: list[m.Command] = []
        self.is_cut = False
        self.waiting: deque[m.Command] = deque()
        self.flow, commands = start("zh")
        self._queue(commands)
        self.settle()

    def _queue(self, commands: tuple[m.Command, ...]) -> None:
        self.sent += commands
        self.waiting.extend(commands)

    def tell(self, message: m.Message) -> None:
        self.flow, commands = advance(self.flow, message, lambda: f"op-{next(self.ids)}")
        self._queue(commands)

    def settle(self) -> None:
        while self.waiting:
            command = self.waiting.popleft()
            answers = [m.ServerLost(command)] if self.is_cut else self.venue.answer(command)
            for answer in answers:
                self.tell(answer)

    def touch(self, *touches: m.Message) -> BuyFlow:
        for touch in touches:
            self.tell(touch)
            self.settle()
        return self.flow

    def of(self, kind: type) -> list[m.Command]:
        return [command for command in self.sent if isinstance(command, kind)]


@pytest.fixture
def session() -> Session:
    return Session()


TO_SEATS = (m.ChooseEvent(SHOW), m.ChoosePerformance(TONIGHT))
TO_TICKETS = (*TO_SEATS, m.TakeSeats())
TO_PAY = (*TO_TICKETS, m.Pay())


def code_of(flow: BuyFlow) -> str:
    return flow.failure.code if flow.failure else ""


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
