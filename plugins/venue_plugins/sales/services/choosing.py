"""Which seats an order gets: those that were asked for, or the best that are free."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from venue_plugins.sales import wire
from venue_plugins.sales.domain.best_seats import choose_best, find_focus
from venue_plugins.sales.domain.errors import SoldOut
from venue_plugins.sales.domain.plans import PlanSeat
from venue_plugins.sales.domain.seat_runs import locate
from venue_plugins.sales.tables import SeatClaimRow, SeatRow
from venue_suite.database import Statement, View, param
from venue_suite.domain.errors import BadRequest

_SEATS = Statement(
    lambda: SeatRow.select(
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
_TAKEN = Statement(
    lambda: SeatClaimRow.select(SeatClaimRow.seat).where(
        SeatClaimRow.performance == param("performance")
    )
)
_ONE_SEAT = Statement(
    lambda: SeatRow.select(SeatRow.tier, SeatRow.kind).where(
        (SeatRow.id == param("seat")) & (SeatRow.plan == param("plan"))
    )
)


def choose_seats(
    view: View,
    *,
    plan: int,
    performance: int,
    wanted: Sequence[wire.Wanted],
    avoid: Sequence[int],
    wheelchair: bool,
    tier_order: Sequence[str],
    own: Sequence[int] = (),
) -> tuple[list[int], bool]:
    """Seat ids in the order of the wanted tickets, and whether they are neighbours.

    Args:
        tier_order: tiers that are offered first come first.
        own: seats that the order holds already and may keep.

    Raises:
        SoldOut: fewer free seats than wanted.
        BadRequest: seats for only some of the tickets, or the same seat twice.
    """
    named = [seat for want in wanted for seat in want.seat_ids]
    count = sum(want.count for want in wanted)
    if named:
        if len(named) != count or len(set(named)) != count:
            raise BadRequest(reason="name one seat for each ticket, each once")
        return named, _are_together(view, plan, named)
    seats = [PlanSeat(*row) for row in view.all(_SEATS, plan=plan)]
    taken = {row[0] for row in view.all(_TAKEN, performance=performance)} - set(own)
    located = locate(seats)
    free = [seat for key, seat in located.items() if key not in taken]
    search = partial(
        choose_best,
        free,
        count,
        wheelchair=int(wheelchair),
        tier_order=tier_order,
        focus_y_cm=find_focus(located.values()),
    )
    # When "others, please" has run out, the ones seen before are others again.
    choice = search(avoid=frozenset(avoid)) or search()
    if choice is None:
        raise SoldOut(wanted=count, left=len(free))
    return list(choice.seat_ids), choice.together


def read_seats(view: View, plan: int, seats: Sequence[int]) -> list[tuple[str, str]]:
    """Tier and kind of each seat. Raises BadRequest for a seat of another plan."""
    found = []
    for seat in seats:
        row = view.one(_ONE_SEAT, seat=seat, plan=plan)
        if row is None:
            raise BadRequest(reason=f"seat {seat} is not in this hall")
        found.append((row[0], row[1]))
    return found


def _are_together(view: View, plan: int, seats: Sequence[int]) -> bool:
    located = locate(PlanSeat(*row) for row in view.all(_SEATS, plan=plan))
    found = sorted(
        (located[seat] for seat in seats if seat in located), key=lambda seat: seat.place
    )
    return all(
        one.section == two.section
        and one.line == two.line
        and one.block == two.block
        and two.place - one.place == 1
        for one, two in zip(found, found[1:], strict=False)
    )
