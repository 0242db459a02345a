"""Moves that several parts of the flow share: placing, changing, failing, printing, going home."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.state import MONEY_PAGES, BuyFlow, Failure, Screen

MakeId = Callable[[], str]
Step = tuple[BuyFlow, tuple[m.Command, ...]]


def stay(flow: BuyFlow) -> Step:
    """Nothing happens."""
    return flow, ()


def fail(flow: BuyFlow, failure: Failure) -> BuyFlow:
    """Show `failure`; a question that was open ("End and clear?") gives way to it."""
    return replace(
        flow, screen=Screen.FAILURE, failure=failure, busy=None, asking_end=False, notice=None
    )


def default_type(flow: BuyFlow) -> int:
    """The ticket type that is proposed: the first on the list (adult)."""
    return flow.detail.ticket_types[0].id if flow.detail and flow.detail.ticket_types else 0


def place(flow: BuyFlow, make_id: MakeId) -> Step:
    """Ask for `count` places of the chosen performance; the server chooses the best seats."""
    if flow.performance is None:
        return stay(flow)
    body = wire.PlaceOrder(
        performance_id=flow.performance.id,
        wanted=[wire.Wanted(ticket_type_id=default_type(flow), count=flow.count)],
        avoid_seat_ids=list(flow.avoid),
        wheelchair=flow.wheelchair,
        language=flow.language,
    )
    command = m.PlaceOrder(body, make_id())
    return replace(flow, busy=command), (command,)


def change(flow: BuyFlow, body: wire.ChangeOrder, make_id: MakeId) -> Step:
    """Change what the order holds."""
    if flow.order is None:
        return stay(flow)
    command = m.ChangeOrder(flow.order.id, body, make_id())
    return replace(flow, busy=command, notice=None), (command,)


def release(order: wire.Order, make_id: MakeId) -> m.ReleaseOrder:
    return m.ReleaseOrder(order.id, make_id())


def settled(flow: BuyFlow, operation_id: str) -> BuyFlow:
    """The outcome of a change is known."""
    kept = tuple(
        open_one
        for open_one in flow.unsettled
        if isinstance(open_one, m.CallStaff) or open_one.operation_id != operation_id
    )
    return replace(flow, unsettled=kept)


def send_unsettled(flow: BuyFlow) -> Step:
    """The server answers: send again what it did not answer before. What nothing is answered to
    counts as done now; if it gets lost again, it comes back by `ServerLost`."""
    kept = tuple(
        one for one in flow.unsettled if not isinstance(one, m.CallStaff | m.ReportPrinted)
    )
    return replace(flow, unsettled=kept), flow.unsettled


def money_in_doubt(flow: BuyFlow) -> bool:
    """Only the provider knows: releasing the order is not ours to decide."""
    at_money_page = flow.failure is not None and flow.failure.code in MONEY_PAGES
    return at_money_page or flow.money_moved


def home(flow: BuyFlow, make_id: MakeId) -> Step:
    """End this session: places go back, everything about the visitor is forgotten."""
    commands: list[m.Command] = []
    unsettled = flow.unsettled
    retry = flow.failure.retry if flow.failure else None
    if money_in_doubt(flow):
        if isinstance(retry, m.CancelQr):
            unsettled = (*unsettled, retry)
    elif flow.order is not None and flow.holds:
        commands.append(release(flow.order, make_id))
    if isinstance(retry, m.PlaceOrder):
        unsettled = (*unsettled, retry)
    fresh = BuyFlow(
        language=flow.default_language,
        default_language=flow.default_language,
        events=flow.events,
        server_away=flow.server_away,
        paper=flow.paper,
        unsettled=unsettled,
    )
    return fresh, (*commands, m.LoadEvents())


def begin_printing(flow: BuyFlow, make_id: MakeId) -> Step:
    """Paid: tickets come by themselves."""
    if flow.order is None:
        return stay(flow)
    command = m.PrintPaper(flow.order.id, make_id())
    printing = replace(
        flow,
        screen=Screen.PRINTING,
        failure=None,
        busy=None,
        leaving="",
        doubt=None,
        notice=None,
        asking_end=False,
        picked=None,
        own=(),
    )
    return printing, (command,)
