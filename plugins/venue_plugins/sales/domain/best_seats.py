"""Which seats to offer a party: together, well placed, and fair to those who come after.

What counts, in this order (the first difference decides):

1. **Together.** Neighbours in one block of one row, if any such run is left in any tier that may be
   offered. People forgive a worse row sooner than being parted.
2. **Tier**, in the order that the caller names: the house decides what is best value. A run that
   mixes two tiers comes after one of the same worst tier that doesn't: one party, one price.
3. **No lone free seat.** A choice that leaves a single free seat between taken ones (nobody buys
   it) loses against any that doesn't. It decides within a tier, not across: a visitor should not
   pay another price for it.
4. **Place.** The sum over the seats of how far each is from the best spot of the house: the middle
   axis, about two fifths into the section before the stage. Sideways counts by the square, since a
   few seats off the axis are nothing and the far side is a slanted view; rows too near the stage
   count half as much again as rows too far, since one looks up.
5. The smaller seat id, so that the same question always has the same answer.

If no run is left, the party is split in two pieces as near to each other as can be (`split_seats`),
nobody alone if avoidable; failing that, over as few pieces as needed around one spot. Places for
wheelchairs and companion seats are left alone unless they are asked for (`accessible_seats`).

Plain Python over prefix sums: a house of 2,400 seats takes a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from venue_plugins.sales.domain import accessible_seats, split_seats
from venue_plugins.sales.domain.plans import SEAT
from venue_plugins.sales.domain.seat_runs import (
    Choice,
    FreeSeat,
    Ground,
    Run,
    find_runs,
    singles_left,
)

TOGETHER = "The seats are side by side."
NEIGHBOURING_ROWS = "No run is left: these seats are one behind the other."
SAME_ROW = "No run is left: these seats are in one row, with others between them."
SCATTERED = "No run is left: these are the nearest single seats."
OTHER_TIER = "The first choice of price had no such seats."
LONE_SEAT = "A free seat beside them is left alone."
ACCESSIBLE = "With room for a wheelchair and the seats beside it."


def choose_best(
    seats: Sequence[FreeSeat],
    count: int,
    *,
    avoid: Collection[int] = frozenset(),
    wheelchair: int = 0,
    tier_order: Sequence[str] = (),
    focus_y_cm: int | None = None,
) -> Choice | None:
    """Choose the best free seats for a party.

    Args:
        seats: all free seats, in any order (`seat_runs.locate` makes them from a plan).
        count: size of the party, wheelchair users included; at least 1.
        avoid: ids that are not wanted ("others, please"). They still count as free neighbours.
        wheelchair: how many of the party need a place for a wheelchair; `True` means one.
        tier_order: the tiers that may be offered, best value first; empty: all, without preference.
        focus_y_cm: distance of the best spot from the stage; None: `find_focus` of these seats.
            Pass the one of the whole plan so that it stays where it is while seats sell.

    Returns:
        The choice, its ids from the front row and from left to right, or None if there are not
        enough seats.

    Raises:
        ValueError: if `count` is not positive, or smaller than `wheelchair`.
    """
    if count < 1 or count < wheelchair:
        raise ValueError(f"a party of {count} with {wheelchair} wheelchairs")
    focus = find_focus(seats) if focus_y_cm is None else focus_y_cm
    ground = Ground(frozenset(avoid), tuple(tier_order), focus)
    if wheelchair:
        chosen = accessible_seats.choose(seats, count, int(wheelchair), ground)
        first_reason = ACCESSIBLE
    else:
        ordinary = [seat for seat in seats if seat.kind == SEAT]
        runs = find_runs(ordinary)
        chosen = _choose_run(runs, count, ground)
        if chosen is None and count > 1:
            chosen = split_seats.choose(runs, count, ground)
        first_reason = ""
    if chosen is None:
        return None
    return _explain(chosen, seats, ground, first_reason)


def find_focus(seats: Iterable[FreeSeat]) -> int:
    """Distance from the stage, in centimetres, of the best spot: two fifths into the section that
    begins nearest to the stage."""
    depths: dict[str, tuple[int, int]] = {}
    for seat in seats:
        low, high = depths.get(seat.section, (seat.y, seat.y))
        depths[seat.section] = (min(low, seat.y), max(high, seat.y))
    if not depths:
        return 0
    low, high = min(depths.values())
    return low + (high - low) * 2 // 5


def leaves_single(seats: Iterable[FreeSeat], chosen: Collection[int]) -> bool:
    """Whether taking `chosen` leaves a free seat alone that is not alone now."""
    return bool(singles_left(seats, chosen))


def are_together(seats: Iterable[FreeSeat]) -> bool:
    """Whether these seats are all neighbours in one block of one row."""
    return len(find_runs(seats)) == 1


def _choose_run(runs: Sequence[Run], count: int, ground: Ground) -> list[FreeSeat] | None:
    """The best window of `count` neighbours."""
    best: tuple[tuple[int, ...], Run, int] | None = None
    for run in runs:
        length = len(run.seats)
        if length < count:
            continue
        measured = ground.measure(run)
        for start in range(length - count + 1):
            grade = measured.grade(start, count)
            if grade is None:
                continue
            after = length - start - count
            singles = (start == 1) + (after == 1)
            key = (*grade.tiers, singles, grade.cost, run.seats[start].id)
            if best is None or key < best[0]:
                best = (key, run, start)
    if best is None:
        return None
    _, run, start = best
    return list(run.seats[start : start + count])


def _explain(
    chosen: list[FreeSeat], seats: Sequence[FreeSeat], ground: Ground, first_reason: str
) -> Choice:
    """Put the seats in order and say what was and was not to be had."""
    chosen.sort(key=lambda seat: (seat.section, seat.line, seat.place))
    together = are_together(chosen)
    reasons = [first_reason] if first_reason else []
    if together:
        reasons.append(TOGETHER)
    elif len({seat.line for seat in chosen}) == 1:
        reasons.append(SAME_ROW)
    elif len(find_runs(chosen)) == 2:
        reasons.append(NEIGHBOURING_ROWS)
    else:
        reasons.append(SCATTERED)
    ids = tuple(seat.id for seat in chosen)
    if ground.tier_order and any(seat.tier != ground.tier_order[0] for seat in chosen):
        reasons.append(OTHER_TIER)
    if leaves_single(seats, ids):
        reasons.append(LONE_SEAT)
    return Choice(ids, together, tuple(reasons))
