"""Seat plans as a search needs them. A plan never changes, so each is located once a process."""

from __future__ import annotations

from dataclasses import dataclass

from venue_plugins.sales.domain.best_seats import find_focus
from venue_plugins.sales.domain.plans import WHEELCHAIR, PlanSeat
from venue_plugins.sales.domain.seat_runs import FreeSeat, locate
from venue_plugins.sales.tables import SeatRow
from venue_suite.database import Statement, View, param

KEPT_MAX = 64

PLAN_SEATS = Statement(
    lambda: (
        SeatRow.select(
            SeatRow.id,
            SeatRow.section,
            SeatRow.row,
            SeatRow.number,
            SeatRow.block,
            SeatRow.x,
            SeatRow.y,
            SeatRow.tier,
            SeatRow.kind,
        )
        .where(SeatRow.plan == param("plan"))
        .order_by(SeatRow.id)
    )
)


@dataclass(frozen=True, slots=True)
class LocatedPlan:
    """All seats of a plan.

    Attributes:
        seats: by id.
        focus_y_cm: how far its best spot is from the stage.
        wheelchairs: the ids of the places for wheelchairs.
    """

    seats: dict[int, FreeSeat]
    focus_y_cm: int
    wheelchairs: frozenset[int]


_kept: dict[tuple[str, int], LocatedPlan] = {}


def locate_plan(view: View, plan: int) -> LocatedPlan:
    """The located plan; read from the database at its first use."""
    key = (view.session.place, plan)
    found = _kept.get(key)
    if found is None:
        seats = locate(PlanSeat(*row) for row in view.all(PLAN_SEATS, plan=plan))
        wheelchairs = frozenset(key for key, seat in seats.items() if seat.kind == WHEELCHAIR)
        found = LocatedPlan(seats, find_focus(seats.values()), wheelchairs)
        if len(_kept) >= KEPT_MAX:
            _kept.clear()
        _kept[key] = found
    return found
