"""Free seats as a search sees them: runs of neighbours, and how good each place is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import accumulate

from venue_plugins.sales.domain.plans import SEAT, PlanSeat


@dataclass(frozen=True, slots=True)
class FreeSeat:
    """A seat that can be had, with its place among all seats, taken ones included.

    Attributes:
        line: which row of its section, 1 nearest the stage.
        place: which seat of its row, from the left. Two seats of one block whose places differ by
            one are neighbours.
        id, section, block, x, y, tier, kind: as in `plans.PlanSeat`.
    """

    id: int
    section: str
    line: int
    block: int
    place: int
    x: int
    y: int
    tier: str
    kind: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What is offered.

    Attributes:
        seat_ids: by section and row, in a row from left to right.
        together: all neighbours in one block.
        reasons: sentences (msgids) that say what was and was not to be had.
    """

    seat_ids: tuple[int, ...]
    together: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Free neighbours of one block, from left to right, with a taken seat or an aisle on each
    side."""

    seats: tuple[FreeSeat, ...]

    @property
    def line(self) -> tuple[str, int]:
        return self.seats[0].section, self.seats[0].line


@dataclass(frozen=True, slots=True)
class Grade:
    """How good a window of a run is; smaller is better.

    Attributes:
        tiers: (place of its worst tier in the order of tiers, 1 if it mixes tiers).
        cost: sum over its seats of the distance from the best spot.
    """

    tiers: tuple[int, int]
    cost: int


def locate(plan: Iterable[PlanSeat]) -> dict[int, FreeSeat]:
    """Give every seat of a plan its place among the others.

    Do this once for a plan; a search then takes the seats whose ids are free.

    Returns:
        Seat id -> the seat as it enters a search once it is free.
    """
    rows: dict[tuple[str, str], list[PlanSeat]] = {}
    for seat in plan:
        rows.setdefault((seat.section, seat.row), []).append(seat)
    lines = _count_lines(rows)
    found: dict[int, FreeSeat] = {}
    for key, row in rows.items():
        for place, seat in enumerate(sorted(row, key=lambda seat: (seat.x, seat.id)), start=1):
            found[seat.id] = FreeSeat(
                id=seat.id,
                section=seat.section,
                line=lines[key],
                block=seat.block,
                place=place,
                x=seat.x,
                y=seat.y,
                tier=seat.tier,
                kind=seat.kind,
            )
    return found


def _count_lines(rows: dict[tuple[str, str], list[PlanSeat]]) -> dict[tuple[str, str], int]:
    """Number the rows of each section from the stage; their labels need not be numbers."""
    deep = {key: max(seat.y for seat in row) for key, row in rows.items()}
    lines: dict[tuple[str, str], int] = {}
    passed: dict[str, int] = {}
    for key in sorted(deep, key=lambda key: (key[0], deep[key], key[1])):
        passed[key[0]] = lines[key] = passed.get(key[0], 0) + 1
    return lines


def find_runs(seats: Iterable[FreeSeat]) -> list[Run]:
    """Group free seats into runs of neighbours, by section, row and place."""
    ordered = sorted(seats, key=lambda seat: (seat.section, seat.line, seat.place))
    runs: list[Run] = []
    current: list[FreeSeat] = []
    for seat in ordered:
        if current and not are_neighbours(current[-1], seat):
            runs.append(Run(tuple(current)))
            current = []
        current.append(seat)
    if current:
        runs.append(Run(tuple(current)))
    return runs


def are_neighbours(left: FreeSeat, right: FreeSeat) -> bool:
    """Whether `right` is the very next seat to the right of `left`."""
    return (
        right.place == left.place + 1
        and right.line == left.line
        and right.block == left.block
        and right.section == left.section
    )


def singles_left(seats: Iterable[FreeSeat], chosen: Collection[int]) -> frozenset[int]:
    """The ordinary free seats that would be left alone by taking `chosen`, and are not already.

    Args:
        seats: all free seats, the chosen ones included.
        chosen: ids.
    """
    free = list(seats)
    touched = {(seat.section, seat.line) for seat in free if seat.id in chosen}
    ordinary = [seat for seat in free if seat.kind == SEAT and (seat.section, seat.line) in touched]
    alone = {run.seats[0].id for run in find_runs(ordinary) if len(run.seats) == 1}
    rest = find_runs(seat for seat in ordinary if seat.id not in chosen)
    return frozenset(run.seats[0].id for run in rest if len(run.seats) == 1) - alone


class MeasuredRun:
    """A run with prefix sums, so that each of its windows is graded at once."""

    __slots__ = ("_costs", "_forbidden", "_ranks")

    def __init__(self, ranks: list[int | None], costs: list[int]) -> None:
        self._ranks = [-1 if rank is None else rank for rank in ranks]
        self._forbidden = list(accumulate((rank is None for rank in ranks), initial=0))
        self._costs = list(accumulate(costs, initial=0))

    def grade(self, start: int, count: int) -> Grade | None:
        """Grade `count` seats from `start`; None if one of them may not be offered."""
        end = start + count
        if self._forbidden[end] != self._forbidden[start]:
            return None
        ranks = self._ranks[start:end]
        worst = max(ranks)
        return Grade((worst, int(min(ranks) != worst)), self._costs[end] - self._costs[start])


@dataclass(frozen=True, slots=True)
class Ground:
    """What a search may offer and where the best spot is.

    Attributes:
        avoid: ids that are not wanted.
        tier_order: tiers that may be offered, best value first; empty: all alike.
        focus_y_cm: distance of the best spot from the stage; it lies on the middle axis.
    """

    avoid: frozenset[int]
    tier_order: tuple[str, ...]
    focus_y_cm: int

    def rank(self, seat: FreeSeat) -> int | None:
        """Place of its tier in the order; None if this seat may not be offered."""
        if seat.id in self.avoid:
            return None
        if not self.tier_order:
            return 0
        return self.tier_order.index(seat.tier) if seat.tier in self.tier_order else None

    def cost(self, seat: FreeSeat) -> int:
        """How far a seat is from the best spot, in centimetres of row distance.

        Six seats (3.3 m) off the axis weigh as much as sitting 1.1 m further back, twelve as much
        as 4.4 m.
        """
        behind = seat.y - self.focus_y_cm
        depth = behind if behind >= 0 else -behind * 3 // 2
        return depth + seat.x * seat.x // 1000

    def measure(self, run: Run) -> MeasuredRun:
        return MeasuredRun(
            [self.rank(seat) for seat in run.seats], [self.cost(seat) for seat in run.seats]
        )
