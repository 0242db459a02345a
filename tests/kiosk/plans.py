"""Seat plans for tests: halls of any size in the proportions of a real one."""

from __future__ import annotations

import math
import random

from venue_kiosk.widgets.seat_plan_geometry import PlanSeat, PlanSection

SECTIONS = (
    PlanSection("S", "一层池座", (("¥480", "seat1"), ("¥380", "seat2"))),
    PlanSection("A", "二层楼座", (("¥280", "seat3"),)),
    PlanSection("B", "三层楼座", (("¥180", "seat4"),)),
)
_ROWS = {"S": 20, "A": 9, "B": 7}
_FIRST_CM = {"S": 140, "A": 1130, "B": 1660}
_CENTRE_CM = -4180  # rows are arcs around this point behind the stage


def make_hall(scale: int = 1, seed: int = 7) -> tuple[PlanSeat, ...]:
    """1,200 seats on three floors, or `scale` times as many seats a row, some of them sold."""
    chance = random.Random(seed)
    seats: list[PlanSeat] = []
    for section, rows in _ROWS.items():
        for row in range(rows):
            count = scale * {"S": 26 + row // 2, "A": 36, "B": 38}[section]
            for place in range(count):
                seats.append(_seat(chance, len(seats) + 1, section, (row, place, count), scale))
    return tuple(seats)


def _seat(
    chance: random.Random, seat_id: int, section: str, at: tuple[int, int, int], scale: int
) -> PlanSeat:
    row, place, count = at
    aisle = -31 if place < count // 3 else 31 if place >= count - count // 3 else 0
    across = (place - (count - 1) / 2) * 55 / scale + aisle
    radius = _FIRST_CM[section] + row * 42 - _CENTRE_CM
    angle = across / radius
    kind = "wheelchair" if (section, row, place) in {("S", 13, 17), ("S", 13, 18)} else "seat"
    rank = (1 if row < 8 else 2) if section == "S" else {"A": 3, "B": 4}[section]
    return PlanSeat(
        seat_id,
        section,
        str(row + 1),
        str(place + 1),
        radius * math.sin(angle),
        _CENTRE_CM + radius * math.cos(angle),
        rank,
        kind,
        chance.choices(("free", "sold", "held"), (6, 3, 1))[0],
    )


def make_studio(rows: int = 8, wide: int = 12) -> tuple[PlanSeat, ...]:
    """Straight rows on one floor."""
    return tuple(
        PlanSeat(
            row * wide + place + 1,
            "S",
            str(row + 1),
            str(place + 1),
            (place - (wide - 1) / 2) * 58,
            120 + row * 80,
            1,
        )
        for row in range(rows)
        for place in range(wide)
    )
