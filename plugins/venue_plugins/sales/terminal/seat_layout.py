"""A floor of a seat plan as rows of cells. Pure: from the seats' places to columns.

One cell a seat, ASCII glyphs only, so a seat map can't shift on any terminal: a digit is a free
seat and its price tier, `.` sold, `h` held back, `~` in another cart, `&` a free wheelchair or
companion place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from venue_plugins.sales.wire import Seat, SeatPlan, Tier

FREE, HELD, SOLD, BLOCKED = "free", "held", "sold", "blocked"
_AISLE = 1  # cells between two blocks


@dataclass(frozen=True, slots=True)
class PlacedSeat:
    """A seat and the column of its cell, counted from the middle of the floor."""

    seat: Seat
    column: int


@dataclass(frozen=True, slots=True)
class SeatRow:
    """One row of seats, from the left of the audience to its right."""

    name: str
    seats: tuple[PlacedSeat, ...]


@dataclass(frozen=True, slots=True)
class Floor:
    """One section of the plan. `left`, `right`: first and last column over all rows."""

    section: str
    rows: tuple[SeatRow, ...]
    left: int
    right: int

    @property
    def columns(self) -> int:
        return self.right - self.left + 1

    def place_of(self, seat_id: int) -> tuple[int, int] | None:
        """(row, index in the row) of a seat."""
        for row, line in enumerate(self.rows):
            for index, placed in enumerate(line.seats):
                if placed.seat.id == seat_id:
                    return row, index
        return None

    def nearest(self, row: int, column: int) -> int:
        """Index of the seat of a row that is nearest to a column."""
        seats = self.rows[row].seats
        return min(range(len(seats)), key=lambda index: abs(seats[index].column - column))


def lay_out(plan: SeatPlan, section: str, step: int = 1) -> Floor:
    """Put the seats of a section into cells; each takes `step` of them.

    Rows keep their seats together and are shifted as their middle is in the hall; aisles are a gap.
    """
    by_row: dict[str, list[Seat]] = {}
    for seat in plan.seats:
        if seat.section == section:
            by_row.setdefault(seat.row, []).append(seat)
    lines = sorted(by_row.items(), key=lambda item: median(seat.y for seat in item[1]))
    pitch = _pitch([seats for _, seats in lines])
    rows = tuple(_place_row(name, seats, pitch, step) for name, seats in lines)
    columns = [placed.column for row in rows for placed in row.seats]
    return Floor(section, rows, min(columns, default=0), max(columns, default=0))


def _pitch(rows: Sequence[Sequence[Seat]]) -> float:
    """How far apart two neighbours sit, in centimetres."""
    gaps = [
        right.x - left.x
        for seats in rows
        for left, right in pairwise(sorted(seats, key=lambda seat: seat.x))
        if left.block == right.block
    ]
    return max(1.0, float(median(gaps))) if gaps else 50.0


def _place_row(name: str, seats: list[Seat], pitch: float, step: int) -> SeatRow:
    ordered = sorted(seats, key=lambda seat: seat.x)
    offsets, offset = [0], 0
    for left, right in pairwise(ordered):
        offset += step + (_AISLE * step if left.block != right.block else 0)
        offsets.append(offset)
    middle = (ordered[0].x + ordered[-1].x) / 2 / pitch * step
    start = round(middle - offset / 2)
    return SeatRow(
        name,
        tuple(PlacedSeat(seat, start + at) for seat, at in zip(ordered, offsets, strict=True)),
    )


def glyph(seat: Seat, state: str, ranks: Mapping[str, int], *, mine: bool) -> tuple[str, str]:
    """The character of a seat and its role."""
    rank = ranks.get(seat.tier, 0)
    digit = str(rank) if 1 <= rank <= 9 else "o"
    if mine:
        return digit, "mine"
    if state == SOLD:
        return ".", "gone"
    if state == HELD:
        return "~", "held"
    if state == BLOCKED:
        return "h", "held"
    if seat.kind != "seat":
        return "&", "fine"
    return digit, f"tier{min(rank, 4)}" if rank else "text"


def ranks_of(tiers: Sequence[Tier]) -> dict[str, int]:
    return {tier.code: tier.rank for tier in tiers}


def side_words(floor: Floor) -> tuple[str, str] | None:
    """Which side has the even numbers: ("even", "odd") from the left; None if they are mixed."""
    sides: list[set[int]] = [set(), set()]
    for row in floor.rows:
        for placed in row.seats:
            if placed.seat.number.isdigit() and placed.seat.x:
                sides[placed.seat.x > 0].add(int(placed.seat.number) % 2)
    left, right = sides
    if len(left) != 1 or len(right) != 1 or left == right:
        return None
    return ("even", "odd") if left == {0} else ("odd", "even")
