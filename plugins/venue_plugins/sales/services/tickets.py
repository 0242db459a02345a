"""The paper of an order: which sheets are due, and what became of them.

A sheet is `waiting`, `printing` once a station was handed it, then `printed` or `doubtful` on the
printer's word. What surely did not come out is `waiting` again and keeps its code. What may have
come out is never printed a second time by itself: a reprint has a new code, and the old paper is
void.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from venue_plugins.sales import wire
from venue_plugins.sales.domain.errors import PrinterJobUnknown
from venue_plugins.sales.domain.orders import next_state
from venue_plugins.sales.services.order_rows import OrderState, read_state
from venue_plugins.sales.services.paper_values import TicketPaper, receipt_values, ticket_values
from venue_plugins.sales.services.reading import read_order
from venue_plugins.sales.tables import OrderRow, PerformanceRow, TicketRow
from venue_suite.audit.entries import write_entry
from venue_suite.database import Statement, View, Work, param
from venue_suite.database.rows import from_ms
from venue_suite.domain.errors import BadRequest, Refused
from venue_suite.identity.limits import use_permission
from venue_suite.settings import read_identity
from venue_suite.ticket_tokens import TicketSigner, TicketToken

WAITING = "waiting"
PRINTING = "printing"
PRINTED = "printed"
DOUBTFUL = "doubtful"
FAILED = "failed"
PRINT_RESULTS = (PRINTED, DOUBTFUL, FAILED)
PAPER_IS_OUT = (PRINTED, DOUBTFUL)
RECEIPT_DESIGN = "receipt-80mm"
TICKET_DESIGN = "ticket-80mm"
GENERATION_MAX = 255  # a token has one byte for it
# Another station may print what one was handed this long ago and has not spoken about since.
PRINTING_MS = 60_000

_TICKETS = Statement(
    lambda: (
        TicketRow.select(TicketRow.id, TicketRow.line, TicketRow.generation, TicketRow.print_state)
        .where((TicketRow.order == param("order")) & (TicketRow.state == "valid"))
        .order_by(TicketRow.id)
    )
)
_SET_TICKET = Statement(
    lambda: TicketRow.update(
        print_state=param("print_state"), generation=param("generation")
    ).where(TicketRow.id == param("id"))
)
_PAPER = Statement(
    lambda: OrderRow.select(
        OrderRow.receipt_state,
        OrderRow.receipt_generation,
        OrderRow.paper_station,
        OrderRow.paper_at,
    ).where(OrderRow.id == param("order"))
)
_SET_RECEIPT = Statement(
    lambda: OrderRow.update(
        receipt_state=param("print_state"), receipt_generation=param("generation")
    ).where(OrderRow.id == param("order"))
)
_HAND_OVER = Statement(
    lambda: OrderRow.update(paper_station=param("station"), paper_at=param("now")).where(
        OrderRow.id == param("order")
    )
)
_WINDOW = Statement(
    lambda: PerformanceRow.select(PerformanceRow.admits_from, PerformanceRow.admits_until).where(
        PerformanceRow.id == param("performance")
    )
)


class PrintedElsewhere(Refused):
    """Another station was just handed these sheets. Params: `station`."""

    code = "printed_elsewhere"
    default_template = (
        "The paper of this order is being printed at {station}. Please wait a minute."
    )


class _Ticket(NamedTuple):
    id: int
    line: int
    generation: int
    print_state: str

    @property
    def job(self) -> str:
        return f"ticket-{self.id}-{self.generation}"


class _Paper(NamedTuple):
    """What is known of an order's paper as a whole."""

    receipt_state: str
    receipt_generation: int
    station: str
    at_ms: int | None

    def receipt_job(self, order: int) -> str:
        return f"receipt-{order}-{self.receipt_generation}"


def start_print(
    work: Work, order: int, wanted: wire.StartPrint, signer: TicketSigner
) -> wire.PrintSheet:
    """Hand a station the paper of an order that is still due, or with `reprint` all of it anew.

    Sheets that were handed over before and that nobody has spoken about are handed over again with
    the same code: to the same station at any time, to others once its printer stopped or after a
    minute.

    Raises WrongState, NotFound, PrintedElsewhere; NotAllowed for a reprint without the right.
    """
    state = read_state(work, order)
    next_state(state.state, "reprint" if wanted.reprint else "print")
    if wanted.reprint:
        use_permission(work, "sales.reprint")
    tickets = _read_tickets(work, order)
    paper = _read_paper(work, order)
    if not wanted.reprint:
        _check_not_elsewhere(work, tickets, paper)
    tickets = [
        _take_ticket(work, one, wanted.reprint)
        for one in tickets
        if wanted.reprint or one.print_state not in PAPER_IS_OUT
    ]
    sheets = _ticket_sheets(work, order, state, tickets, signer)
    # A receipt for nothing would only be more paper.
    if wanted.receipt and state.total_minor:
        sheets += _receipt_sheets(work, order, paper, wanted.reprint)
    if sheets:
        work.run(_HAND_OVER, order=order, station=work.actor.station, now=work.now_ms)
    if wanted.reprint:
        work.record(
            "sales.reprinted",
            f"order/{order}",
            order=order,
            number=state.number,
            station=work.actor.station,
            staff=work.actor.code,
        )
        codes = {str(one.id): one.generation for one in tickets}
        write_entry(work, "sales.reprint", f"order/{order}", after={"generations": codes})
    return wire.PrintSheet(order_id=order, sheets=sheets)


def note_print(work: Work, order: int, told: wire.PrintResult) -> wire.Order:
    """What became of the paper.

    Words about paper that was reprinted meanwhile change nothing. Raises PrinterJobUnknown for a
    sheet that is not this order's, BadRequest, NotFound.
    """
    state = read_state(work, order)
    tickets = {one.job: one for one in _read_tickets(work, order)}
    paper = _read_paper(work, order)
    outcomes: dict[str, str] = {}
    for job, result in told.results.items():
        if result not in PRINT_RESULTS:
            raise BadRequest(reason="a print result is printed, doubtful or failed")
        if job in tickets:
            ticket = tickets[job]
            now = _after(ticket.print_state, result)
            work.run(_SET_TICKET, id=ticket.id, print_state=now, generation=ticket.generation)
            outcomes[job] = now
        elif job == paper.receipt_job(order):
            now = _after(paper.receipt_state, result)
            work.run(
                _SET_RECEIPT, order=order, print_state=now, generation=paper.receipt_generation
            )
            outcomes[job] = now
        elif not _is_older(job, order, [*tickets, paper.receipt_job(order)]):
            raise PrinterJobUnknown(job=job)
    if paper.station == work.actor.station and set(outcomes.values()) - {PRINTED}:
        # Its printer stopped, so what it has not spoken about is not under way any more.
        work.run(_HAND_OVER, order=order, station="", now=None)
    work.record(
        "sales.printed",
        f"order/{order}",
        order=order,
        number=state.number,
        station=work.actor.station,
        results=outcomes,
    )
    return read_order(work, order)


def _read_tickets(view: View, order: int) -> list[_Ticket]:
    """The tickets of an order that are worth paper."""
    return [_Ticket(*row) for row in view.all(_TICKETS, order=order)]


def _read_paper(view: View, order: int) -> _Paper:
    row = view.one(_PAPER, order=order)
    assert row is not None, f"order {order} vanished"
    return _Paper(*row)


def _check_not_elsewhere(work: Work, tickets: list[_Ticket], paper: _Paper) -> None:
    """Two stations that print one order at once would make two papers of each ticket."""
    states = {paper.receipt_state, *(one.print_state for one in tickets)}
    fresh = paper.at_ms is not None and work.now_ms - paper.at_ms < PRINTING_MS
    if PRINTING in states and fresh and paper.station != work.actor.station:
        raise PrintedElsewhere(station=paper.station)


def _take_ticket(work: Work, ticket: _Ticket, reprint: bool) -> _Ticket:
    """Note that a ticket is being printed; a reprint makes its old paper void."""
    generation = ticket.generation + int(reprint)
    if generation > GENERATION_MAX:
        raise Refused(reason="this ticket was reprinted too often")
    work.run(_SET_TICKET, id=ticket.id, print_state=PRINTING, generation=generation)
    return ticket._replace(generation=generation, print_state=PRINTING)


def _ticket_sheets(
    work: Work, order: int, state: OrderState, tickets: list[_Ticket], signer: TicketSigner
) -> list[wire.Sheet]:
    shown = read_order(work, order)
    identity = read_identity(work)
    lines = {line.id: line for line in shown.lines}
    window = work.one(_WINDOW, performance=state.performance)
    assert window is not None, f"performance {state.performance} vanished"
    opens_at, closes_at = from_ms(window[0]), from_ms(window[1])
    sheets = []
    for ticket in tickets:
        token = TicketToken(ticket.id, ticket.generation, state.performance, opens_at, closes_at)
        paper = TicketPaper(signer.sign(token), ticket.generation, opens_at)
        sheets.append(
            wire.Sheet(
                job_id=ticket.job,
                line_id=ticket.line,
                design=TICKET_DESIGN,
                values=ticket_values(shown, lines[ticket.line], identity, paper),
            )
        )
    return sheets


def _receipt_sheets(work: Work, order: int, paper: _Paper, reprint: bool) -> list[wire.Sheet]:
    """The receipt if it is due. One that may be out comes again only as a copy that says so."""
    if not reprint and paper.receipt_state in PAPER_IS_OUT:
        return []
    paper = paper._replace(receipt_generation=paper.receipt_generation + int(reprint))
    work.run(_SET_RECEIPT, order=order, print_state=PRINTING, generation=paper.receipt_generation)
    values = receipt_values(
        read_order(work, order), read_identity(work), copy=paper.receipt_generation - 1
    )
    return [
        wire.Sheet(job_id=paper.receipt_job(order), line_id=0, design=RECEIPT_DESIGN, values=values)
    ]


def _after(print_state: str, result: str) -> str:
    """What a printer's word makes of a sheet: what is surely out stays out, and what may be out is
    never taken for missing."""
    if print_state == PRINTED or (print_state == DOUBTFUL and result == FAILED):
        return print_state
    return WAITING if result == FAILED else result


def _is_older(job: str, order: int, known: list[str]) -> bool:
    """Whether this is an earlier generation of a sheet of the order."""
    match = re.fullmatch(r"(ticket-\d+|receipt-\d+)-(\d+)", job, re.ASCII)
    if match is None:
        return False
    newest = next((one for one in known if one.startswith(f"{match[1]}-")), "")
    return bool(newest) and int(match[2]) < int(newest.rpartition("-")[2])
