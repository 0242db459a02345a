"""What a scanned ticket code stands for."""

from __future__ import annotations

import msgspec
from peewee import JOIN

from venue_plugins.sales.services.reading import right_id
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
from venue_suite.database import Statement, View, param
from venue_suite.database.rows import from_ms
from venue_suite.domain.localized import Localized
from venue_suite.domain.rights import EntryRight
from venue_suite.settings import read_ticket_keys
from venue_suite.ticket_tokens import PREFIX, TokenForeign, read_token

REPRINTED = "reprinted"

_RIGHT = Statement(
    lambda: (
        TicketRow.select(
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
    generation, state, performance, start, end, title, key, type_name, *seat = row
    return EntryRight(
        right_id=right_id(token.ticket_id),
        performance_id=performance,
        valid_from=from_ms(start),
        valid_until=from_ms(end),
        admits=token.admits,
        state=state if token.generation == generation else REPRINTED,
        title=msgspec.json.decode(title),
        detail=_detail(msgspec.json.decode(type_name), *seat),
        ticket_type=key,
    )


def _detail(
    type_name: Localized,
    section: str | None,
    row: str | None,
    number: str | None,
    sections: str | None,
) -> Localized:
    """`池座 9 排 14 座，成人` / `Stalls row 9 seat 14, Adult`; without a seat only the type."""
    if sections is None:
        return type_name
    names: dict[str, Localized] = {
        one["code"]: one["name"] for one in msgspec.json.decode(sections)
    }
    name = names.get(section or "", {})
    return {
        "zh": f"{name.get('zh', '')} {row} 排 {number} 座，{type_name.get('zh', '')}",
        "en": f"{name.get('en', '')} row {row} seat {number}, {type_name.get('en', '')}",
    }
