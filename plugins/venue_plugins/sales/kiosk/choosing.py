"""The way to an order: event, performance, seats or slot, ticket types."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import failures
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.moves import (
    MakeId,
    Step,
    change,
    default_type,
    fail,
    place,
    send_unsettled,
    stay,
)
from venue_plugins.sales.kiosk.state import (
    PROPOSED_COUNT,
    BuyFlow,
    Screen,
    Sentence,
    held_seats,
)

_CLOSED = ("sold_out", "stopped")
_OPEN_KINDS = ("exhibition", "open_admission")

# --- events and performances -------------------------------------------------------------------


def buy(flow: BuyFlow, _: m.Buy, make_id: MakeId) -> Step:
    if flow.screen is not Screen.ATTRACT:
        return stay(flow)
    return replace(flow, screen=Screen.EVENTS, notice=None), (m.LoadEvents(),)


def events_loaded(flow: BuyFlow, answer: m.EventsLoaded, make_id: MakeId) -> Step:
    return send_unsettled(replace(flow, events=answer.events))


def choose_event(flow: BuyFlow, touch: m.ChooseEvent, make_id: MakeId) -> Step:
    event = next((card for card in flow.events if card.id == touch.event_id), None)
    if flow.screen not in (Screen.ATTRACT, Screen.EVENTS) or event is None:
        return stay(flow)
    if event.state in _CLOSED:
        text = "This is sold out." if event.state == "sold_out" else "This is not on sale now."
        return replace(flow, notice=Sentence(text)), ()
    if flow.paper == "out":
        return fail(flow, failures.paper_out(flow)), (m.CallStaff("P-02"),)
    is_open = event.state == "any_time" or event.kind in _OPEN_KINDS
    screen = Screen.SLOTS if is_open else Screen.PERFORMANCE
    fresh = replace(_nothing_chosen(flow), screen=screen, event=event, performances=())
    return _load_day(fresh, event.days[0] if event.days else "")


def choose_day(flow: BuyFlow, touch: m.ChooseDay, make_id: MakeId) -> Step:
    on_screen = flow.screen in (Screen.PERFORMANCE, Screen.SLOTS)
    if not on_screen or flow.event is None or touch.day not in flow.event.days:
        return stay(flow)
    return _load_day(flow, touch.day)


def performances_loaded(flow: BuyFlow, answer: m.PerformancesLoaded, make_id: MakeId) -> Step:
    if flow.busy != answer.command:
        return stay(flow)
    cards = answer.performances
    flow = replace(flow, performances=cards, busy=None)
    if not cards:
        return stay(flow)
    if not all(card.seating == "open" for card in cards):
        return replace(flow, screen=Screen.PERFORMANCE), ()
    flow = replace(flow, screen=Screen.SLOTS)
    first = next((card for card in cards if card.places_left > 0), None)
    return _mark_slot(flow, first) if first else stay(flow)


def choose_performance(flow: BuyFlow, touch: m.ChoosePerformance, make_id: MakeId) -> Step:
    card = next((card for card in flow.performances if card.id == touch.performance_id), None)
    if card is None or not _lists_performances(flow):
        return stay(flow)
    if card.places_left <= 0 or card.state in _CLOSED:
        return replace(flow, notice=Sentence("This is sold out.")), ()
    if card.seating == "open":
        return _mark_slot(flow, card)
    seats, commands = open_seats(replace(flow, performance=card))
    if flow.order is not None and flow.holds:  # places of another time, from going back
        commands = (m.ReleaseOrder(flow.order.id, make_id()), *commands)
    return seats, commands


def open_seats(flow: BuyFlow) -> Step:
    """To the seats of the chosen performance; the best ones are asked for as soon as its ticket
    types are known."""
    performance = flow.performance
    if performance is None:
        return stay(flow)
    detail = m.LoadDetail(performance.id)
    seats = replace(
        _nothing_chosen(flow),
        screen=Screen.SEATS,
        failure=None,
        performance=performance,
        count=max(1, min(PROPOSED_COUNT, performance.places_left)),
        busy=detail,
    )
    return seats, (detail, m.LoadSeatPlan(performance.id))


def detail_loaded(flow: BuyFlow, answer: m.DetailLoaded, make_id: MakeId) -> Step:
    if not isinstance(flow.busy, m.LoadDetail) or answer.detail.card.id != flow.busy.performance_id:
        return stay(flow)
    flow = replace(flow, detail=answer.detail, performance=answer.detail.card, busy=None)
    if not answer.detail.ticket_types:
        nothing = m.Refused(m.LoadDetail(answer.detail.card.id), "no_ticket_types", _NOT_HERE)
        return fail(flow, failures.refused(flow, nothing, Screen.EVENTS)), ()
    return place(flow, make_id) if flow.screen is Screen.SEATS else stay(flow)


def seat_plan_loaded(flow: BuyFlow, answer: m.SeatPlanLoaded, make_id: MakeId) -> Step:
    if flow.performance is None or answer.plan.performance_id != flow.performance.id:
        return stay(flow)
    return replace(flow, plan=answer.plan), ()


def seats_seen(flow: BuyFlow, fact: m.SeatsSeen, make_id: MakeId) -> Step:
    if flow.plan is None or flow.plan.performance_id != fact.performance_id:
        return stay(flow)
    seats = [
        msgspec.structs.replace(seat, state=fact.states[seat.id])
        if seat.id in fact.states
        else seat
        for seat in flow.plan.seats
    ]
    return replace(flow, plan=msgspec.structs.replace(flow.plan, seats=seats)), ()


def places_seen(flow: BuyFlow, fact: m.PlacesSeen, make_id: MakeId) -> Step:
    def newer(card: wire.PerformanceCard) -> wire.PerformanceCard:
        if card.id != fact.performance_id:
            return card
        state = "sold_out" if fact.left <= 0 else card.state
        return msgspec.structs.replace(card, places_left=fact.left, state=state)

    performances = tuple(newer(card) for card in flow.performances)
    performance = newer(flow.performance) if flow.performance else None
    return replace(flow, performances=performances, performance=performance), ()


# --- how many, which ---------------------------------------------------------------------------


def change_count(flow: BuyFlow, touch: m.ChangeCount, make_id: MakeId) -> Step:
    count = flow.count + touch.step
    if flow.busy is not None or count < 1:
        return stay(flow)
    if count > flow.count_limit:
        return replace(flow, notice=_limit_words(flow)), ()
    if flow.screen is Screen.SLOTS:
        if flow.performance is None or count > flow.performance.places_left:
            return stay(flow)
        return replace(flow, count=count, notice=None), ()
    if flow.screen is not Screen.SEATS or not flow.holds:
        return stay(flow)
    return change(flow, _wanted_count(flow, count, flow.wheelchair, ()), make_id)


def others(flow: BuyFlow, _: m.Others, make_id: MakeId) -> Step:
    if not _may_reseat(flow) or flow.order is None:
        return stay(flow)
    avoid = tuple(dict.fromkeys((*flow.avoid, *held_seats(flow.order))))
    body = _wanted_count(flow, len(flow.order.lines), flow.wheelchair, avoid)
    return change(replace(flow, avoid=avoid), body, make_id)


def wheelchair(flow: BuyFlow, _: m.Wheelchair, make_id: MakeId) -> Step:
    if not _may_reseat(flow) or flow.order is None:
        return stay(flow)
    body = _wanted_count(flow, len(flow.order.lines), not flow.wheelchair, ())
    return change(replace(flow, avoid=()), body, make_id)


def zoom_in(flow: BuyFlow, touch: m.ZoomIn, make_id: MakeId) -> Step:
    if flow.screen is not Screen.SEATS or flow.plan is None or flow.order is None:
        return stay(flow)
    return (
        replace(
            flow,
            screen=Screen.SEAT_ZOOM,
            picked=held_seats(flow.order),
            own=(),
            zoom_at=(touch.x, touch.y),
            notice=None,
        ),
        (),
    )


def zoom_out(flow: BuyFlow, _: m.ZoomOut | m.Back, make_id: MakeId) -> Step:
    if flow.screen is not Screen.SEAT_ZOOM:
        return stay(flow)
    return replace(flow, screen=Screen.SEATS, picked=None, own=(), notice=None), ()


def touch_seat(flow: BuyFlow, touch: m.TouchSeat, make_id: MakeId) -> Step:
    """Give a chosen seat back, or take a free one.

    What the machine proposed gives way to the visitor's own choice, the farthest first; after that
    each touch adds a seat.
    """
    if flow.screen is not Screen.SEAT_ZOOM or flow.plan is None or flow.picked is None:
        return stay(flow)
    seat = next((seat for seat in flow.plan.seats if seat.id == touch.seat_id), None)
    if seat is None:
        return stay(flow)
    if seat.id in flow.picked:
        picked = tuple(other for other in flow.picked if other != seat.id)
        own = tuple(other for other in flow.own if other != seat.id)
        return reconcile(replace(flow, picked=picked, own=own, notice=None), make_id)
    held = held_seats(flow.order) if flow.order else ()
    if seat.state != "free" and seat.id not in held:
        text = "Seat {number} is taken. Please choose another."
        return replace(flow, notice=Sentence(text, {"number": seat.number})), ()
    proposed = tuple(other for other in flow.picked if other not in flow.own)
    if not proposed and len(flow.picked) >= flow.count_limit:
        return replace(flow, notice=_limit_words(flow)), ()
    kept = _without_farthest(flow, proposed, seat)
    flow = replace(flow, picked=(*kept, seat.id), own=(*flow.own, seat.id), notice=None)
    return reconcile(flow, make_id)


def reconcile(flow: BuyFlow, make_id: MakeId) -> Step:
    """Bring the order to the seats that the visitor sees chosen, unless an answer is still awaited;
    called again when it is there."""
    if not flow.picked or flow.order is None or flow.busy is not None or not flow.holds:
        return stay(flow)
    if set(flow.picked) == set(held_seats(flow.order)):
        return stay(flow)
    return change(flow, _wanted_seats(flow, flow.picked), make_id)


def take_seats(flow: BuyFlow, _: m.TakeSeats, make_id: MakeId) -> Step:
    if flow.screen is Screen.SLOTS and flow.can_take:
        return _take_places(flow, make_id)
    is_proposal = flow.failure is not None and flow.failure.code == "S-01"
    on_screen = flow.screen in (Screen.SEATS, Screen.SEAT_ZOOM) or is_proposal
    if not on_screen or not flow.can_take:
        return stay(flow)
    return replace(flow, screen=Screen.TICKETS, failure=None, picked=None, own=(), notice=None), ()


def choose_type(flow: BuyFlow, touch: m.ChooseType, make_id: MakeId) -> Step:
    order, detail = flow.order, flow.detail
    if flow.screen is not Screen.TICKETS or flow.busy is not None or order is None:
        return stay(flow)
    known = {kind.id for kind in detail.ticket_types} if detail else set()
    if touch.type_id not in known or not 0 <= touch.line_index < len(order.lines):
        return stay(flow)
    if order.lines[touch.line_index].ticket_type_id == touch.type_id:
        return stay(flow)
    kinds = [line.ticket_type_id for line in order.lines]
    kinds[touch.line_index] = touch.type_id
    seats = [line.seat_id for line in order.lines]
    body = wire.ChangeOrder(wanted=_grouped(kinds, seats), wheelchair=flow.wheelchair)
    return change(flow, body, make_id)


# --- helpers -----------------------------------------------------------------------------------

_NOT_HERE = "This is not sold at this kiosk. Please go to the desk."


def _nothing_chosen(flow: BuyFlow) -> BuyFlow:
    return replace(
        flow,
        performance=None,
        detail=None,
        plan=None,
        order=None,
        count=PROPOSED_COUNT,
        wheelchair=False,
        avoid=(),
        picked=None,
        own=(),
        busy=None,
        notice=None,
    )


def _load_day(flow: BuyFlow, day: str) -> Step:
    if flow.event is None:
        return stay(flow)
    command = m.LoadPerformances(flow.event.id, day)
    return replace(flow, day=day, busy=command, notice=None), (command,)


def _lists_performances(flow: BuyFlow) -> bool:
    sold_out_page = flow.failure is not None and flow.failure.code == "S-03"
    on_screen = flow.screen in (Screen.PERFORMANCE, Screen.SLOTS) or sold_out_page
    return on_screen and not isinstance(flow.busy, m.PlaceOrder | m.ChangeOrder)


def _mark_slot(flow: BuyFlow, card: wire.PerformanceCard) -> Step:
    """Mark a time slot; its prices are loaded, nothing is held yet."""
    if flow.performance is not None and flow.performance.id == card.id and flow.detail is not None:
        return replace(flow, screen=Screen.SLOTS, failure=None, performance=card), ()
    detail = m.LoadDetail(card.id)
    count = flow.count if flow.detail is not None else 1
    marked = replace(
        flow,
        screen=Screen.SLOTS,
        failure=None,
        performance=card,
        busy=detail,
        count=max(1, min(count, card.places_left)),
        notice=None,
    )
    return marked, (detail,)


def _take_places(flow: BuyFlow, make_id: MakeId) -> Step:
    """From the slots to the tickets: place, or bring the order that is held to what is marked."""
    order, performance = flow.order, flow.performance
    if order is None or performance is None or not flow.holds:
        return place(replace(flow, order=None), make_id)
    if order.performance.id != performance.id:
        flow, commands = place(replace(flow, order=None), make_id)
        return flow, (m.ReleaseOrder(order.id, make_id()), *commands)
    if len(order.lines) != flow.count:
        return change(flow, _wanted_count(flow, flow.count, False, ()), make_id)
    return replace(flow, screen=Screen.TICKETS, notice=None), ()


def _may_reseat(flow: BuyFlow) -> bool:
    on_screen = flow.screen in (Screen.SEATS, Screen.SEAT_ZOOM)
    return on_screen and flow.busy is None and flow.holds


def _limit_words(flow: BuyFlow) -> Sentence:
    if flow.paper == "low":
        return Sentence("Paper is low here: {count} tickets at most.", {"count": flow.count_limit})
    return Sentence("At most {count} tickets in one order.", {"count": flow.count_limit})


def best_of(flow: BuyFlow, count: int) -> wire.ChangeOrder:
    """`count` places of the server's choice, as the visitor wants them otherwise."""
    return _wanted_count(flow, count, flow.wheelchair, ())


def _wanted_count(
    flow: BuyFlow, count: int, is_wheelchair: bool, avoid: tuple[int, ...]
) -> wire.ChangeOrder:
    """`count` places of the server's choice; the types already chosen are kept."""
    kinds = [line.ticket_type_id for line in flow.order.lines][:count] if flow.order else []
    kinds += [default_type(flow)] * (count - len(kinds))
    wanted = _grouped(kinds, [0] * count)
    return wire.ChangeOrder(wanted=wanted, avoid_seat_ids=list(avoid), wheelchair=is_wheelchair)


def _wanted_seats(flow: BuyFlow, seats: tuple[int, ...]) -> wire.ChangeOrder:
    """Exactly these seats; a seat that stays keeps its type, a new one takes over a freed type."""
    lines = flow.order.lines if flow.order else []
    kind_of = {line.seat_id: line.ticket_type_id for line in lines}
    freed = [line.ticket_type_id for line in lines if line.seat_id not in seats]
    kinds = []
    for seat in seats:
        if seat in kind_of:
            kinds.append(kind_of[seat])
        else:
            kinds.append(freed.pop(0) if freed else default_type(flow))
    return wire.ChangeOrder(wanted=_grouped(kinds, list(seats)), wheelchair=flow.wheelchair)


def _grouped(kinds: list[int], seats: list[int]) -> list[wire.Wanted]:
    """One `Wanted` per ticket type, in the order of their first use; seat id 0 means any."""
    groups: dict[int, list[int]] = {}
    for kind, seat in zip(kinds, seats, strict=True):
        groups.setdefault(kind, []).append(seat)
    return [
        wire.Wanted(ticket_type_id=kind, count=len(ids), seat_ids=[seat for seat in ids if seat])
        for kind, ids in groups.items()
    ]


def _without_farthest(flow: BuyFlow, proposed: tuple[int, ...], seat: wire.Seat) -> tuple[int, ...]:
    picked = flow.picked or ()
    if not proposed or flow.plan is None:
        return picked
    places = {other.id: (other.x, other.y) for other in flow.plan.seats if other.id in proposed}

    def distance(seat_id: int) -> float:
        x, y = places.get(seat_id, (seat.x, seat.y))
        return float((x - seat.x) ** 2 + (y - seat.y) ** 2)

    farthest = max(proposed, key=distance)
    return tuple(other for other in picked if other != farthest)
