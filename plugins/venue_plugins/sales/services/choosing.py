"""Which seats an order gets: those that were asked for, or the best that are free."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from venue_plugins.sales import wire
from venue_plugins.sales.domain.accessible_seats import match_kinds
from venue_plugins.sales.domain.best_seats import are_together, choose_best
from venue_plugins.sales.domain.errors import SoldOut
from venue_plugins.sales.domain.plans import SEAT
from venue_plugins.sales.services.located_plans import locate_plan
from venue_plugins.sales.tables import SeatClaimRow
from venue_suite.database import Statement, View, param
from venue_suite.domain.errors import BadRequest

_TAKEN = Statement(
    lambda: SeatClaimRow.select(SeatClaimRow.seat).where(
        SeatClaimRow.performance == param("performance")
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
        tier_order: tiers that are offered, first come first.
        own: seats that the order holds already and may keep.

    Raises:
        SoldOut: fewer free seats than wanted.
        BadRequest: seats for only some of the tickets, or the same seat twice.
    """
    located = locate_plan(view, plan)
    named = [seat for want in wanted for seat in want.seat_ids]
    count = sum(want.count for want in wanted)
    if named:
        if len(named) != count or len(set(named)) != count:
            raise BadRequest(reason="name one seat for each ticket, each once")
        known = [located.seats[seat] for seat in named if seat in located.seats]
        return named, are_together(known)
    taken = {row[0] for row in view.all(_TAKEN, performance=performance)} - set(own)
    free = [seat for key, seat in located.seats.items() if key not in taken]
    search = partial(
        choose_best,
        free,
        count,
        wheelchair=int(wheelchair),
        tier_order=tier_order,
        focus_y_cm=located.focus_y_cm,
    )
    # When "others, please" has run out, the ones seen before are others again.
    choice = search(avoid=frozenset(avoid)) or search()
    if choice is None:
        asked_for = [seat for seat in free if (seat.kind == SEAT) != wheelchair]
        raise SoldOut(wanted=count, left=len(asked_for))
    return list(choice.seat_ids), choice.together


def read_seats(view: View, plan: int, seats: Sequence[int]) -> list[tuple[str, str]]:
    """Tier and kind of each seat. Raises BadRequest for a seat of another plan."""
    located = locate_plan(view, plan)
    found = []
    for seat in seats:
        if seat not in located.seats:
            raise BadRequest(reason=f"seat {seat} is not in this hall")
        found.append((located.seats[seat].tier, located.seats[seat].kind))
    return found


def pair_kinds(kinds: Sequence[str], allowed: Sequence[Sequence[str]]) -> list[int]:
    """Which seat each ticket gets, so that every type sits on a kind that it is for.

    Args:
        kinds: of the seats.
        allowed: of the tickets: the kinds that each may have; empty means all.

    Returns:
        For each ticket the place of its seat in `kinds`; as they stand if no pairing fits.
    """
    every = tuple(dict.fromkeys(kinds))
    paired = match_kinds(kinds, [tuple(one) or every for one in allowed])
    return list(range(len(kinds))) if paired is None else paired
