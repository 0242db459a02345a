"""Tickets: what a scanned code stands for, and the paper that carries it."""

from __future__ import annotations

import msgspec
from peewee import JOIN

from venue_plugins.sales import wire
from venue_plugins.sales.domain.errors import PrinterJobUnknown
from venue_plugins.sales.domain.orders import next_state
from venue_plugins.sales.services.orders import read_state
from venue_plugins.sales.services.paper_values import receipt_values, ticket_values
from venue_plugins.sales.services.reading import read_order, right_id
from venue_plugins.sales.tables import (
    EventRow,
    LineRow,
    OrderRow,
    PerformanceRow,
    PlanRow,
    SeatRow,
    TicketRow,
    TicketTypeRow,
)
from venue_suite.database import Statement, View, Work, param
from venue_suite.database.rows import from_ms
from venue_suite.domain.errors import BadRequest
from venue_suite.domain.localized import Localized
from venue_suite.domain.rights import EntryRight
from venue_suite.settings import read_identity, read_ticket_keys
from venue_suite.ticket_tokens import PREFIX, TicketSigner, TicketToken, TokenForeign, read_token

PRINT_RESULTS = ("printed", "doubtful", "failed")
RECEIPT_DESIGN = "receipt-80mm"
TICKET_DESIGN = "ticket-80mm"

_RIGHT = Statement(
    lambda: TicketRow.select(
        TicketRow.generation,
        TicketRow.state,
        PerformanceRow.id,
        PerformanceRow.admits_from,
        PerformanceRow.admits_until,
        EventRow.title,
        TicketTypeRow.key,
        TicketTypeRow.name,
        SeatRow.section,
        SeatRow.row,
        SeatRow.number,
        PlanRow.sections,
    )
    .join(LineRow)
    .join(TicketTypeRow)
    .switch(LineRow)
    .join(SeatRow, JOIN.LEFT_OUTER)
    .join(PlanRow, JOIN.LEFT_OUTER)
    .switch(TicketRow)
    .join(OrderRow)
    .join(PerformanceRow)
    .join(EventRow)
    .where(TicketRow.id == param("ticket"))
)
_TICKETS = Statement(
    lambda: TicketRow.select(
        TicketRow.id, TicketRow.line, TicketRow.generation, TicketRow.print_state
    )
    .where((TicketRow.order == param("order")) & (TicketRow.state == "valid"))
    .order_by(TicketRow.id)
)
_SET_PRINT_STATE = Statement(
    lambda: TicketRow.update(print_state=param("print_state")).where(TicketRow.id == param("id"))
)
_NEXT_GENERATION = Statement(
    lambda: TicketRow.update(
        generation=TicketRow.generation + 1, print_state="printing"
    ).where(TicketRow.id == param("id"))
)
_WINDOW = Statement(
    lambda: PerformanceRow.select(PerformanceRow.admits_from, PerformanceRow.admits_until).where(
        PerformanceRow.id == param("performance")
    )
)


def resolve_token(view: View, code: str) -> EntryRight | None:
    """The entry right behind a ticket code, or None if it is no ticket code of this suite.

    Raises TokenForeign or TokenNotRecognised for one that is signed by others, cut off or changed.
    """
    if not code.startswith(PREFIX):
        return None
    token = read_token(code, read_ticket_keys(view))
    row = view.one(_RIGHT, ticket=token.ticket_id)
    if row is None:
        raise TokenForeign  # our key, but not our database: another venue's restored copy
    (generation, state, performance, start, end, title, key, type_name, section, *rest) = row
    seat_row, number, sections = rest
    if token.generation != generation:
        state = "reprinted"
    return EntryRight(
        right_id=right_id(token.ticket_id),
        performance_id=performance,
        valid_from=from_ms(start),
        valid_until=from_ms(end),
        admits=token.admits,
        state=state,
        title=msgspec.json.decode(title),
        detail=_detail(msgspec.json.decode(type_name), section, seat_row, number, sections),
        ticket_type=key,
    )


def start_print(work: Work, order: int, wanted: wire.StartPrint, signer: TicketSigner) -> wire.PrintSheet:
    """The paper of an order's tickets, and the note that it is being printed.

    Without `reprint`, tickets whose paper is out (printed or perhaps printed) are left out: a
    second paper needs `sales.reprint` and gets a new code, which makes the first one void.

    Raises WrongState, NotFound, NotAllowed.
    """
    state = read_state(work, order)
    next_state(state.state, "reprint" if wanted.reprint else "print")
    if wanted.reprint:
        work.actor.demand("sales.reprint")
    sheets = []
    shown = read_order(work, order)
    identity = read_identity(work)
    window = work.one(_WINDOW, performance=state.performance)
    assert window is not None
    for ticket, line, generation, print_state in work.all(_TICKETS, order=order):
        if wanted.reprint:
            work.run(_NEXT_GENERATION, id=ticket)
            generation += 1  # noqa: PLW2901 - the row in hand follows the one just written
        elif print_state in ("printed", "doubtful"):
            continue
        else:
            work.run(_SET_PRINT_STATE, id=ticket, print_state="printing")
        token = signer.sign(
            TicketToken(
                ticket, generation, state.performance, from_ms(window[0]), from_ms(window[1])
            )
        )
        line_shown = next(one for one in shown.lines if one.id == line)
        sheets.append(
            wire.Sheet(
                job_id=f"ticket-{ticket}-{generation}",
                line_id=line,
                design=TICKET_DESIGN,
                values=ticket_values(
                    shown, line_shown, identity, token, generation, from_ms(window[0])
                ),
            )
        )
    if wanted.receipt and sheets:
        sheets.append(
            wire.Sheet(
                job_id=f"receipt-{order}-{work.operation_id}",
                line_id=0,
                design=RECEIPT_DESIGN,
                values=receipt_values(shown, identity),
            )
        )
    if wanted.reprint:
        work.record("sales.reprinted", f"order/{order}", order=order, number=state.number,
                    station=work.actor.station, staff=work.actor.code)
    return wire.PrintSheet(order_id=order, sheets=sheets)


def note_print(work: Work, order: int, told: wire.PrintResult) -> wire.Order:
    """What became of the paper. Raises PrinterJobUnknown, BadRequest."""
    known = {
        f"ticket-{ticket}-{generation}": ticket
        for ticket, _, generation, _ in work.all(_TICKETS, order=order)
    }
    outcomes = {}
    for job, result in told.results.items():
        if result not in PRINT_RESULTS:
            raise BadRequest(reason=f"a print result is one of {', '.join(PRINT_RESULTS)}")
        if job in known:
            # What surely did not come out may be printed again with the same code.
            state = "waiting" if result == "failed" else result
            work.run(_SET_PRINT_STATE, id=known[job], print_state=state)
            outcomes[job] = state
        elif not job.startswith("receipt-"):
            raise PrinterJobUnknown(job=job)
    state_now = read_state(work, order)
    work.record(
        "sales.printed",
        f"order/{order}",
        order=order,
        number=state_now.number,
        station=work.actor.station,
        results=outcomes,
    )
    return read_order(work, order)


def _detail(
    type_name: Localized, section: str | None, row: str, number: str, sections: str | None
) -> Localized:
    """`池座 9 排 14 座，成人` / `Stalls row 9 seat 14, Adult`; without a seat only the type."""
    if section is None or sections is None:
        return type_name
    names = next(one["name"] for one in msgspec.json.decode(sections) if one["code"] == section)
    return {
        "zh": f"{names.get('zh', '')} {row} 排 {number} 座，{type_name.get('zh', '')}",
        "en": f"{names.get('en', '')} row {row} seat {number}, {type_name.get('en', '')}",
    }
