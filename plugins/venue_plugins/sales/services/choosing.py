"""Which seats an order gets: those that were asked for, or the best that are free."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

from venue_plugins.sales import wire
from venue_plugins.sales.domain.accessible_seats import match_kinds
from venue_plugins.sales.domain.best_seats import are_together, choose_best
from venue_plugins.sales.domain.errors import SoldOut
from venue_plugins.sales.domain.plans import COMPANION, SEAT, WHEELCHAIR
from venue_plugins.sales.domain.seat_runs import FreeSeat
from venue_plugins.sales.services.located_plans import LocatedPlan, locate_plan
from venue_plugins.sales.tables import SeatClaimRow
from venue_suite.database import Statement, View, param
from venue_suite.domain.errors import BadRequest

_TAKEN = Statement(
    lambda: SeatClaimRow.select(SeatClaimRow.seat).where(
        SeatClaimRow.performance == param("performance")
    )
)


@dataclass(frozen=True, slots=True)
class SeatWish:
    """Which seats an order would have.

    Attributes:
        named: one seat for each ticket; empty: the best that are free.
        kinds: of each ticket, the kinds of seats that its type is for; empty: all.
        avoid: seats that a search leaves out.
        wheelchair: a search takes a wheelchair place also if no ticket's type says so.
        tier_order: tiers that a search may offer, first come first; empty: all.
        own: seats that the order holds already and may keep.
    """

    named: tuple[int, ...]
    kinds: tuple[tuple[str, ...], ...]
    avoid: frozenset[int] = frozenset()
    wheelchair: bool = False
    tier_order: tuple[str, ...] = ()
    own: Collection[int] = ()


def list_named(wanted: Sequence[wire.Wanted]) -> tuple[int, ...]:
    """The seats that were asked for, one a ticket, or none at all. Raises BadRequest."""
    named = tuple(seat for want in wanted for seat in want.seat_ids)
    if named and any(len(want.seat_ids) != want.count for want in wanted):
        raise BadRequest(reason="name one seat for each ticket, or none")
    if len(set(named)) != len(named):
        raise BadRequest(reason="name each seat once")
    return named


def choose_seats(
    view: View, plan: int, performance: int, wish: SeatWish
) -> tuple[list[FreeSeat], bool]:
    """A seat for each ticket, and whether they are neighbours.

    Seats that were named may be taken: claiming them tells.

    Raises:
        SoldOut: there are too few seats of the kind that is wanted.
        BadRequest: a named seat is not in this hall.
    """
    located = locate_plan(view, plan)
    if not wish.named:
        return _search(view, located, performance, wish)
    if strange := [seat for seat in wish.named if seat not in located.seats]:
        raise BadRequest("Seat {seat} is not in this hall.", seat=strange[0])
    seats = [located.seats[seat] for seat in wish.named]
    return seats, are_together(seats)


def count_wheelchairs(kinds: Sequence[Collection[str]], wheelchair: bool) -> int:
    """How many of a party need a wheelchair place.

    Types that are for such places and for companions are taken as pairs: two tickets, one
    wheelchair. `wheelchair` asks for one place whatever the types.
    """
    alone = sum(set(only) == {WHEELCHAIR} for only in kinds)
    pairs = sum(set(only) == {WHEELCHAIR, COMPANION} for only in kinds)
    return max(int(wheelchair), alone + (pairs + 1) // 2)


def _search(
    view: View, located: LocatedPlan, performance: int, wish: SeatWish
) -> tuple[list[FreeSeat], bool]:
    count = len(wish.kinds)
    wheelchairs = count_wheelchairs(wish.kinds, wish.wheelchair)
    taken = {row[0] for row in view.all(_TAKEN, performance=performance)}.difference(wish.own)
    free = [seat for key, seat in located.seats.items() if key not in taken]
    search = partial(
        choose_best,
        free,
        count,
        wheelchair=wheelchairs,
        tier_order=wish.tier_order,
        focus_y_cm=located.focus_y_cm,
    )
    # When "others, please" has run out, the ones seen before are others again.
    choice = search(avoid=wish.avoid) or (search() if wish.avoid else None)
    if choice is None:
        fitting = [seat for seat in free if (seat.kind == SEAT) == (wheelchairs == 0)]
        raise SoldOut(wanted=count, left=len(fitting))
    seats = [located.seats[seat] for seat in choice.seat_ids]
    return _pair(seats, wish.kinds), choice.together


def _pair(seats: list[FreeSeat], allowed: Sequence[Sequence[str]]) -> list[FreeSeat]:
    """Each ticket gets a seat of a kind that its type is for; as they stand if there is no way,
    and then the price says which type does not fit."""
    every = tuple(dict.fromkeys(seat.kind for seat in seats))
    order = match_kinds([seat.kind for seat in seats], [tuple(one) or every for one in allowed])
    return seats if order is None else [seats[index] for index in order]
