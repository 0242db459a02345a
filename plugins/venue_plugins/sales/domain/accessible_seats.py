"""Places for wheelchair users and the seats beside them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from venue_plugins.sales.domain.plans import COMPANION, SEAT, WHEELCHAIR
from venue_plugins.sales.domain.seat_runs import FreeSeat, Ground, find_runs, singles_left
from venue_plugins.sales.domain.split_seats import far

# A companion seat further away than this belongs to another wheelchair place.
BESIDE_CM = 170

Key = tuple[int, ...]


def choose(
    seats: Sequence[FreeSeat], count: int, wheelchairs: int, ground: Ground
) -> list[FreeSeat] | None:
    """Seat a party of which `wheelchairs` need a place without a chair.

    A run beside each other comes first: with exactly the wheelchair places needed, and with as
    many companion seats as there are wheelchairs, since a companion seat used by somebody else is
    missing beside the next wheelchair. Else the party sits as near to its wheelchair as can be.

    Returns:
        The seats, or None if there are too few places for wheelchairs, or too few seats.
    """
    return _choose_run(seats, count, wheelchairs, ground) or _gather(
        seats, count, wheelchairs, ground
    )


def _choose_run(
    seats: Sequence[FreeSeat], count: int, wheelchairs: int, ground: Ground
) -> list[FreeSeat] | None:
    best: tuple[Key, list[FreeSeat]] | None = None
    for run in find_runs(seats):
        if len(run.seats) < count:
            continue
        measured = ground.measure(run)
        for start in range(len(run.seats) - count + 1):
            window = run.seats[start : start + count]
            kinds = [seat.kind for seat in window]
            if kinds.count(WHEELCHAIR) != wheelchairs:
                continue
            grade = measured.grade(start, count)
            if grade is None:
                continue
            astray = _astray(kinds.count(COMPANION), count, wheelchairs)
            singles = len(singles_left(run.seats, {seat.id for seat in window}))
            key = (*grade.tiers, astray, singles, grade.cost, window[0].id)
            if best is None or key < best[0]:
                best = (key, list(window))
    return None if best is None else best[1]


def _astray(companions: int, count: int, wheelchairs: int) -> int:
    """How many companion seats are missing, or taken by people who don't need them."""
    return abs(companions - min(wheelchairs, count - wheelchairs))


def _gather(
    seats: Sequence[FreeSeat], count: int, wheelchairs: int, ground: Ground
) -> list[FreeSeat] | None:
    offered = [seat for seat in seats if ground.rank(seat) is not None]
    places = [seat for seat in offered if seat.kind == WHEELCHAIR]
    others = [seat for seat in offered if seat.kind != WHEELCHAIR]
    if len(places) < wheelchairs or len(others) < count - wheelchairs:
        return None
    walks = [_walk(seed, places, others, (wheelchairs, count), ground) for seed in places]
    return min(walks, key=lambda walk: walk[0])[1]


def _walk(
    seed: FreeSeat,
    places: Sequence[FreeSeat],
    others: Sequence[FreeSeat],
    sizes: tuple[int, int],
    ground: Ground,
) -> tuple[Key, list[FreeSeat]]:
    """The party around one place: wheelchairs first, a companion beside each, then the rest."""
    wheelchairs, count = sizes
    taken = sorted(places, key=lambda seat: (far(seat, seed), seat.id))[:wheelchairs]

    def distance(seat: FreeSeat) -> int:
        return min(far(seat, place) for place in taken[:wheelchairs])

    ranked = sorted(others, key=lambda seat: (distance(seat), seat.id))
    beside = [seat for seat in ranked if seat.kind == COMPANION and distance(seat) <= BESIDE_CM]
    first = beside[: min(wheelchairs, count - wheelchairs)]
    ordinary = [seat for seat in ranked if seat.kind == SEAT]
    spare = [seat for seat in ranked if seat.kind == COMPANION and seat not in first]
    taken += [*first, *ordinary, *spare][: count - wheelchairs]
    worst = max(ground.rank(seat) or 0 for seat in taken)
    return (worst, sum(distance(seat) for seat in taken), seed.id), taken


def match_kinds(kinds: Sequence[str], allowed: Sequence[Collection[str]]) -> list[int] | None:
    """Give each ticket a place whose kind it is sold for.

    A search returns seats from left to right; which of them is the wheelchair place depends on the
    side of the house, while a ticket for wheelchair users is sold for such places only.

    Args:
        kinds: of the places, from left to right.
        allowed: for each ticket the kinds it is sold for; empty: all.

    Returns:
        For each ticket the index of its place, the first that leaves all others a place; None if
        there is no way.
    """
    left = list(range(len(kinds)))
    found: list[int] = []
    for ticket, only in enumerate(allowed):
        for place in left:
            rest = [kinds[other] for other in left if other != place]
            if _fits(kinds[place], only) and _can_match(rest, allowed[ticket + 1 :]):
                found.append(place)
                left.remove(place)
                break
        else:
            return None
    return found


def _fits(kind: str, only: Collection[str]) -> bool:
    return not only or kind in only


def _can_match(kinds: Sequence[str], allowed: Sequence[Collection[str]]) -> bool:
    """Whether every ticket finds a place: bipartite matching by augmenting paths."""
    owner: dict[int, int] = {}  # place -> ticket

    def settle(ticket: int, tried: set[int]) -> bool:
        for place, kind in enumerate(kinds):
            if place in tried or not _fits(kind, allowed[ticket]):
                continue
            tried.add(place)
            if place not in owner or settle(owner[place], tried):
                owner[place] = ticket
                return True
        return False

    return all(settle(ticket, set()) for ticket in range(len(allowed)))
