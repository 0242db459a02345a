"""Seat plans: the sections and seats of a hall, and the drawing of their rows.

Coordinates are centimetres on the plan, from the middle of the stage's edge: x to the audience's
right, y away from the stage. A plan is a drawing: a house with balconies is drawn with the floors
behind each other and with rows closer than they stand, so that all of it fits one screen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from venue_suite.domain.localized import Localized

SEAT = "seat"
WHEELCHAIR = "wheelchair"
COMPANION = "companion"
KINDS = (SEAT, WHEELCHAIR, COMPANION)

LEFT_TO_RIGHT = "left_to_right"
ODD_EVEN = "odd_even"
NUMBERINGS = (LEFT_TO_RIGHT, ODD_EVEN)


@dataclass(frozen=True, slots=True)
class PlanSection:
    """A floor of the house.

    Attributes:
        code: short and unique in the plan, for example `S`.
        name: in full, for the plan ("一层池座", "Stalls").
        short: for a line of text ("池座 9 排 14 座").
        level: what the ticket prints as level.
    """

    code: str
    name: Localized
    short: Localized
    level: str


@dataclass(frozen=True, slots=True)
class PlanSeat:
    """One seat of a plan.

    Attributes:
        id: unique in the plan.
        section: code of its section.
        row, number: as they stand on the seat and on the ticket.
        block: 1, 2, ... from the left: the run of seats between two aisles; the neighbours in one
            block of a row touch.
        x, y: centre in centimetres on the plan.
        tier: code of its price level.
        kind: `seat`, `wheelchair` (a place without a chair) or `companion` (beside one).
    """

    id: int
    section: str
    row: str
    number: str
    block: int
    x: int
    y: int
    tier: str
    kind: str = SEAT


@dataclass(frozen=True, slots=True)
class HallPlan:
    """Sections from the stage outwards, seats by section, row and from left to right."""

    sections: tuple[PlanSection, ...]
    seats: tuple[PlanSeat, ...]


@dataclass(frozen=True, slots=True)
class RowLayout:
    """One row: how many seats stand in each block from the left, and their tier."""

    label: str
    blocks: tuple[int, ...]
    tier: str

    @property
    def count(self) -> int:
        return sum(self.blocks)


@dataclass(frozen=True, slots=True)
class SectionLayout:
    """How the rows of a section stand.

    Attributes:
        rows: from the stage outwards.
        first_y_cm: where the middle of the first row lies.
        row_pitch_cm, seat_pitch_cm: from centre to centre.
        aisle_cm: extra width between two blocks.
        bend_cm: 0 for straight rows; else rows are arcs around one point that lies this far behind
            the stage's edge: the smaller, the more the rows embrace the stage.
        numbering: `left_to_right` counts 1, 2, 3 ...; `odd_even` counts from the middle, odd
            numbers to the right and even ones to the left, as Chinese houses do.
        kinds: (row label, seat number) of the places that are not ordinary seats.
    """

    section: PlanSection
    rows: tuple[RowLayout, ...]
    first_y_cm: int
    row_pitch_cm: int
    seat_pitch_cm: int
    aisle_cm: int = 0
    bend_cm: int = 0
    numbering: str = LEFT_TO_RIGHT
    kinds: Mapping[tuple[str, str], str] = field(default_factory=dict)


def lay_out(sections: Sequence[SectionLayout], *, first_id: int = 1) -> HallPlan:
    """Draw the seats of a hall.

    Args:
        sections: from the stage outwards.
        first_id: id of the first seat; the others follow without gaps.

    Raises:
        ValueError: if a kind or numbering is unknown, or a special place is not on the plan.
    """
    seats: list[PlanSeat] = []
    for layout in sections:
        drawn = _draw_section(layout, first_id + len(seats))
        missing = set(layout.kinds) - {(seat.row, seat.number) for seat in drawn}
        if missing:
            raise ValueError(f"section {layout.section.code} has no seats {sorted(missing)}")
        seats += drawn
    return HallPlan(tuple(layout.section for layout in sections), tuple(seats))


def number_row(count: int, numbering: str) -> list[str]:
    """Seat numbers of a row from left to right.

    Raises:
        ValueError: if the numbering is unknown.
    """
    if numbering == LEFT_TO_RIGHT:
        return [str(number) for number in range(1, count + 1)]
    if numbering == ODD_EVEN:
        evens = range(count // 2 * 2, 0, -2)
        odds = range(1, count + 1, 2)
        return [str(number) for number in (*evens, *odds)]
    raise ValueError(f"numbering {numbering!r} is not one of {NUMBERINGS}")


def _draw_section(layout: SectionLayout, first_id: int) -> list[PlanSeat]:
    seats: list[PlanSeat] = []
    for index, row in enumerate(layout.rows):
        y_cm = layout.first_y_cm + index * layout.row_pitch_cm
        numbers = number_row(row.count, layout.numbering)
        for place, (block, offset_cm) in enumerate(_offsets(row, layout)):
            x, y = _bend(offset_cm, y_cm, layout.bend_cm)
            kind = layout.kinds.get((row.label, numbers[place]), SEAT)
            if kind not in KINDS:
                raise ValueError(f"seat kind {kind!r} is not one of {KINDS}")
            seats.append(
                PlanSeat(
                    id=first_id + len(seats),
                    section=layout.section.code,
                    row=row.label,
                    number=numbers[place],
                    block=block,
                    x=x,
                    y=y,
                    tier=row.tier,
                    kind=kind,
                )
            )
    return seats


def _offsets(row: RowLayout, layout: SectionLayout) -> list[tuple[int, float]]:
    """Block number and distance along the row from its middle, for each seat from the left."""
    offsets: list[tuple[int, float]] = []
    along = 0.0
    for block, count in enumerate(row.blocks, start=1):
        for _ in range(count):
            offsets.append((block, along))
            along += layout.seat_pitch_cm
        along += layout.aisle_cm
    middle = offsets[-1][1] / 2 if offsets else 0.0
    return [(block, offset - middle) for block, offset in offsets]


def _bend(offset_cm: float, y_cm: float, bend_cm: int) -> tuple[int, int]:
    """Put a distance along the row onto its arc."""
    if bend_cm == 0:
        return round(offset_cm), round(y_cm)
    radius = y_cm + bend_cm
    angle = offset_cm / radius
    return round(radius * math.sin(angle)), round(radius * math.cos(angle) - bend_cm)
