"""When no run is left for a party: two pieces side by side, else a few pieces around a spot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from venue_plugins.sales.domain.seat_runs import FreeSeat, Ground, Run, find_runs

# Two pieces further apart than this, sideways or along the row, no longer are one party.
REACH_CM = 250
SEEDS = 60

Key = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """The seats of one run that may be offered, with their costs."""

    seats: tuple[FreeSeat, ...]
    costs: tuple[int, ...]
    cheapest: int
    first: bool  # nothing free to its left
    last: bool  # nothing free to its right


def choose(runs: Sequence[Run], count: int, ground: Ground) -> list[FreeSeat] | None:
    """Seat a party of at least two in pieces.

    Two near pieces come before several. For either, the tiers are let in one after the other, best
    value first: a party is parted within one price before it is offered a mixture.

    Returns:
        The seats, or None if too few may be offered.
    """
    steps = [ground.tier_order[: end + 1] for end in range(len(ground.tier_order))] or [()]
    for way in (_choose_pair, _gather):
        for tiers in steps:
            pieces = _cut_pieces(runs, Ground(ground.avoid, tiers, ground.focus_y_cm))
            if seats := way(pieces, count):
                return seats
    return None


def _cut_pieces(runs: Sequence[Run], ground: Ground) -> list[_Piece]:
    """Runs without the seats that may not be offered."""
    pieces: list[_Piece] = []
    for run in runs:
        ends = run.seats[0].place, run.seats[-1].place
        offered = (seat for seat in run.seats if ground.rank(seat) is not None)
        for part in find_runs(offered):
            costs = tuple(ground.cost(seat) for seat in part.seats)
            first = part.seats[0].place == ends[0]
            last = part.seats[-1].place == ends[1]
            pieces.append(_Piece(part.seats, costs, min(costs), first, last))
    return pieces


def _choose_pair(pieces: Sequence[_Piece], count: int) -> list[FreeSeat] | None:
    """Two windows in neighbouring rows, or in one row, that lie nearest to each other.

    The key: nobody sits alone (in a party of four or more), few lone free seats, then place and
    nearness. Pairs are tried cheapest first, so that the search ends soon after the answer.
    """
    best: tuple[Key, list[FreeSeat]] | None = None
    pairs = sorted(
        ((count * min(one.cheapest, two.cheapest), one, two) for one, two in _near(pieces)),
        key=lambda pair: (pair[0], pair[1].seats[0].id, pair[2].seats[0].id),
    )
    for bound, one, two in pairs:
        if best is not None and best[0][:2] == (0, 0) and bound > best[0][2]:
            break
        for key, seats in _windows(one, two, count):
            if best is None or key < best[0]:
                best = (key, seats)
    return None if best is None else best[1]


def _near(pieces: Sequence[_Piece]) -> Iterator[tuple[_Piece, _Piece]]:
    """All pairs of pieces in one row or in neighbouring rows that are not far apart."""
    lines: dict[tuple[str, int], list[_Piece]] = {}
    for piece in pieces:
        lines.setdefault((piece.seats[0].section, piece.seats[0].line), []).append(piece)
    for (section, line), row in lines.items():
        behind = lines.get((section, line + 1), [])
        for index, one in enumerate(row):
            for two in (*row[index + 1 :], *behind):
                if _gap_cm(one.seats, two.seats) <= REACH_CM:
                    yield one, two


def _gap_cm(one: Sequence[FreeSeat], two: Sequence[FreeSeat]) -> int:
    """Sideways distance between two runs of seats; 0 if one overlaps the other."""
    return max(0, two[0].x - one[-1].x, one[0].x - two[-1].x)


def _windows(one: _Piece, two: _Piece, count: int) -> Iterator[tuple[Key, list[FreeSeat]]]:
    """Every way to seat the party in these two pieces."""
    for size in range(max(1, count - len(two.seats)), min(count - 1, len(one.seats)) + 1):
        lone = int(count > 3 and 1 in (size, count - size))
        for start in range(len(one.seats) - size + 1):
            left = one.seats[start : start + size]
            left_cost = sum(one.costs[start : start + size])
            left_singles = _singles(one, start, size)
            rest = count - size
            for other in range(len(two.seats) - rest + 1):
                right = two.seats[other : other + rest]
                gap = _gap_cm(left, right)
                if gap > REACH_CM:
                    continue
                cost = left_cost + sum(two.costs[other : other + rest]) + gap * count
                singles = left_singles + _singles(two, other, rest)
                key = (lone, singles, cost, left[0].id, right[0].id)
                yield key, [*left, *right]


def _singles(piece: _Piece, start: int, size: int) -> int:
    """How many lone free seats a window leaves; a piece that goes on beyond its end leaves none
    there."""
    after = len(piece.seats) - start - size
    return int(start == 1 and piece.first) + int(after == 1 and piece.last)


def _gather(pieces: Sequence[_Piece], count: int) -> list[FreeSeat] | None:
    """As few and as near pieces as a walk around one spot finds.

    From each of the best-placed seats, take the nearest pieces, each from its nearest end, until
    the party is seated; keep the walk with the fewest pieces, then the least spread. A walk is not
    a proof: for parties so large that they fill blocks, near enough is good enough.
    """
    if sum(len(piece.seats) for piece in pieces) < count:
        return None
    seats = [
        (cost, seat)
        for piece in pieces
        for cost, seat in zip(piece.costs, piece.seats, strict=True)
    ]
    seats.sort(key=lambda item: (item[0], item[1].id))
    walks = [_walk(pieces, count, seed) for _, seed in seats[:SEEDS]]
    return min(walks, key=lambda walk: walk[0])[1]


def _walk(pieces: Sequence[_Piece], count: int, seed: FreeSeat) -> tuple[Key, list[FreeSeat]]:
    ranked = sorted(
        pieces,
        key=lambda piece: (min(far(seat, seed) for seat in piece.seats), piece.seats[0].id),
    )
    taken: list[FreeSeat] = []
    parts = 0
    for piece in ranked:
        size = min(count - len(taken), len(piece.seats))
        starts = range(len(piece.seats) - size + 1)
        start = min(
            starts,
            key=lambda start: sum(far(seat, seed) for seat in piece.seats[start : start + size]),
        )
        taken += piece.seats[start : start + size]
        parts += 1
        if len(taken) == count:
            break
    spread = sum(far(seat, seed) for seat in taken)
    return (parts, spread, seed.id), taken


def far(one: FreeSeat, two: FreeSeat) -> int:
    """Distance on the plan, in centimetres; another floor is far away whatever the drawing says."""
    floor = 0 if one.section == two.section else 2000
    return abs(one.x - two.x) + abs(one.y - two.y) + floor
