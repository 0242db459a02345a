"""The buying flow of a kiosk: one pure function from (state, message) to (state, commands).

    flow, commands = start("zh")
    flow, commands = advance(flow, ChooseEvent(3), make_id)

`flow` says which screen to draw and what it shows; `commands` are executed by the shell's link, in
order, and answered by messages (see `messages`). Nothing here waits, reads a clock or draws, so a
session can be replayed from its messages and the ids that `make_id` gave.

Touches from the attract loop, with what we propose taken as it is:

| way                    | touches                                                              |
|------------------------|----------------------------------------------------------------------|
| tonight's poster (4)   | ChooseEvent, ChoosePerformance, TakeSeats, Pay                       |
| any event (5)          | Buy, ChooseEvent, ChoosePerformance, TakeSeats, Pay                  |
| open admission (3)     | ChooseEvent, TakeSeats (the next slot, one adult), Pay               |
| own seats (+3)         | ZoomIn, TouchSeat, TouchSeat before TakeSeats                        |

A touch that makes no sense on the present screen, or that would start a second change while one
is under way, is ignored: screens may send what they like.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from venue_plugins.sales.kiosk import choosing, failures, lost, ordering, printing
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.moves import MakeId, Step, home, money_in_doubt, release, stay
from venue_plugins.sales.kiosk.state import BuyFlow, Screen, Sentence


def start(language: str = "zh") -> Step:
    """The attract loop, before anything is known. `language` is the venue's default."""
    return BuyFlow(language=language, default_language=language), (m.LoadEvents(),)


def advance(flow: BuyFlow, message: m.Message, make_id: MakeId) -> Step:
    """The next state, and what is to be done.

    Args:
        flow: the present state.
        message: a touch, an answer or a fact.
        make_id: gives a new operation id for each change that is wanted.
    """
    if flow.asking_end and isinstance(message, m.Touch) and not isinstance(message, _ON_SHEET):
        return stay(flow)
    return _HANDLERS[type(message)](flow, message, make_id)


# --- leaving -----------------------------------------------------------------------------------


def back(flow: BuyFlow, _: m.Back, make_id: MakeId) -> Step:
    handler = _BACK.get(flow.screen)
    return handler(flow, make_id) if handler else stay(flow)


def _events_back(flow: BuyFlow, make_id: MakeId) -> Step:
    there, commands = home(flow, make_id)
    return replace(there, language=flow.language), commands


def _tickets_back(flow: BuyFlow, make_id: MakeId) -> Step:
    """Seats, hold and types are kept."""
    if flow.busy is not None:
        return stay(flow)
    screen = Screen.SLOTS if failures.is_open(flow) else Screen.SEATS
    return replace(flow, screen=screen, notice=None), ()


_BACK: dict[Screen, Callable[[BuyFlow, MakeId], Step]] = {
    Screen.EVENTS: _events_back,
    Screen.PERFORMANCE: lambda flow, make_id: _release_to(flow, Screen.EVENTS, make_id),
    Screen.SLOTS: lambda flow, make_id: _release_to(flow, Screen.EVENTS, make_id),
    Screen.SEATS: lambda flow, make_id: _release_to(flow, Screen.PERFORMANCE, make_id),
    Screen.SEAT_ZOOM: lambda flow, make_id: choosing.zoom_out(flow, m.Back(), make_id),
    Screen.TICKETS: _tickets_back,
    Screen.PAY: lambda flow, make_id: ordering.leave_pay(flow, "back", make_id),
    Screen.FAILURE: lost.back_from_failure,
}


def end(flow: BuyFlow, _: m.End, make_id: MakeId) -> Step:
    """Ask first where something would be lost."""
    if not flow.has_end:
        return stay(flow)
    may_be_held = flow.holds or isinstance(flow.busy, m.PlaceOrder)
    if may_be_held and not money_in_doubt(flow):
        return replace(flow, asking_end=True), ()
    return home(flow, make_id)


def confirm_end(flow: BuyFlow, _: m.ConfirmEnd, make_id: MakeId) -> Step:
    return _clear(flow, make_id) if flow.asking_end else stay(flow)


def time_out(flow: BuyFlow, _: m.TimeOut, make_id: MakeId) -> Step:
    """Nobody is here. On attract it brings the language back; paying and printing go on."""
    if flow.screen in (Screen.PAY, Screen.PRINTING):
        return stay(flow)
    return _clear(flow, make_id)


def _clear(flow: BuyFlow, make_id: MakeId) -> Step:
    if flow.screen is Screen.PAY:
        return ordering.leave_pay(flow, "end", make_id)
    return home(flow, make_id)


def _release_to(flow: BuyFlow, screen: Screen, make_id: MakeId) -> Step:
    """One screen back. What is held goes back, and the visitor is told."""
    there = replace(
        flow, screen=screen, order=None, picked=None, own=(), busy=None, avoid=(), notice=None
    )
    if flow.order is None or not flow.holds:
        return there, ()
    told = replace(there, notice=Sentence("Your seats went back. Nothing was charged."))
    return told, (release(flow.order, make_id),)


def stay_here(flow: BuyFlow, _: m.Stay, make_id: MakeId) -> Step:
    return replace(flow, asking_end=False), ()


def buy_more(flow: BuyFlow, _: m.BuyMore, make_id: MakeId) -> Step:
    if flow.screen is not Screen.THANKS:
        return stay(flow)
    fresh, commands = home(flow, make_id)
    return replace(fresh, screen=Screen.EVENTS, language=flow.language), commands


# --- the frame ---------------------------------------------------------------------------------


def ask_staff(flow: BuyFlow, _: m.AskStaff, make_id: MakeId) -> Step:
    code = flow.failure.code if flow.failure else ""
    about = flow.order.number if flow.order else ""
    text = (
        "Staff have already been told; they are on the way."
        if flow.staff_calls
        else "Staff have been told; usually here in 2 minutes."
    )
    told = replace(flow, staff_calls=flow.staff_calls + 1, notice=Sentence(text))
    return told, (m.CallStaff(code, about),)


def set_language(flow: BuyFlow, touch: m.SetLanguage, make_id: MakeId) -> Step:
    return replace(flow, language=touch.language), ()


def notice_seen(flow: BuyFlow, _: m.NoticeSeen, make_id: MakeId) -> Step:
    return replace(flow, notice=None), ()


_ON_SHEET = (m.ConfirmEnd, m.Stay, m.End, m.AskStaff, m.SetLanguage)
_HANDLERS: dict[type, Callable[[BuyFlow, Any, MakeId], Step]] = {
    m.Buy: choosing.buy,
    m.ChooseEvent: choosing.choose_event,
    m.ChooseDay: choosing.choose_day,
    m.ChoosePerformance: choosing.choose_performance,
    m.ChangeCount: choosing.change_count,
    m.Others: choosing.others,
    m.Wheelchair: choosing.wheelchair,
    m.ZoomIn: choosing.zoom_in,
    m.ZoomOut: choosing.zoom_out,
    m.TouchSeat: choosing.touch_seat,
    m.TakeSeats: choosing.take_seats,
    m.ChooseType: choosing.choose_type,
    m.Pay: ordering.pay,
    m.AnswerDoubt: printing.answer_doubt,
    m.Retry: lost.retry,
    m.BuyMore: buy_more,
    m.Back: back,
    m.End: end,
    m.ConfirmEnd: confirm_end,
    m.Stay: stay_here,
    m.AskStaff: ask_staff,
    m.SetLanguage: set_language,
    m.EventsLoaded: choosing.events_loaded,
    m.PerformancesLoaded: choosing.performances_loaded,
    m.DetailLoaded: choosing.detail_loaded,
    m.SeatPlanLoaded: choosing.seat_plan_loaded,
    m.OrderPlaced: ordering.order_placed,
    m.OrderChanged: ordering.order_changed,
    m.OrderReleased: ordering.order_released,
    m.OrderSeen: ordering.order_seen,
    m.Refused: lost.refused,
    m.ServerLost: lost.server_lost,
    m.PrintStarted: printing.print_started,
    m.SheetPrinted: printing.sheet_printed,
    m.PrintDoubtful: printing.print_doubtful,
    m.PrintFailed: printing.print_failed,
    m.PrintFinished: printing.print_finished,
    m.SeatsSeen: choosing.seats_seen,
    m.PlacesSeen: choosing.places_seen,
    m.PaperSeen: printing.paper_seen,
    m.ServerAway: lost.server_away,
    m.ServerFound: lost.server_found,
    m.HoldTimeOver: ordering.hold_time_over,
    m.AnswerOverdue: ordering.answer_overdue,
    m.TimeOut: time_out,
    m.NoticeSeen: notice_seen,
}
