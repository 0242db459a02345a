"""Where the seats of a plan lie on the screen, whole and zoomed. Pure: no Kivy.

Plans come in centimetres from the middle of the stage's edge (x to the audience's right, y away
from the stage). Screens are measured in u from the upper left of the widget.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

Point = tuple[float, float]

DOT_MAX_U = 30.0
DOT_SHARE = 0.84  # of the distance to the nearest seat
SEAT_PITCH_MAX_U = 60.0
SQUEEZE_MIN = 0.6  # rows may be drawn this much closer than they stand, compared with seats
LABEL_GAP_U = 62.0  # room for a section's name between two floors
EDGE_U = 6.0

ZOOM_PITCH_U = 88.0
ZOOM_ROW_U = 100.0
ZOOM_AISLE_U = 44.0
ZOOM_LABEL_U = 100.0
ZOOM_MARGIN_U = 60.0
ROW_NAME_WIDTH_U = 100.0
FIRST_COLUMN_U, FIRST_ROW_U = 144.0, 62.0  # where the first seat of a view stands


@dataclass(frozen=True, slots=True)
class PlanSeat:
    """One seat.

    Attributes:
        id: unique in the plan.
        section: code of its section.
        row, number: as they stand on the seat.
        x_cm, y_cm: centre on the plan.
        rank: 1 is the dearest price level; it picks the colour.
        kind: seat, wheelchair, companion.
        state: free, held, sold, blocked.
    """

    id: int
    section: str
    row: str
    number: str
    x_cm: float
    y_cm: float
    rank: int
    kind: str = "seat"
    state: str = "free"


@dataclass(frozen=True, slots=True)
class PlanSection:
    """A floor, in the plan's order from the stage.

    Attributes:
        code: as the seats name it.
        name: in the visitor's language.
        prices: (words, colour token) of its price levels: `(("¥480", "seat1"), ("¥380", "seat2"))`.
    """

    code: str
    name: str
    prices: tuple[tuple[str, str], ...] = ()


def seat_token(rank: int) -> str:
    """The colour token of a price level; all levels below the fourth share its colour."""
    return f"seat{max(1, min(4, rank))}"


# --- the whole plan ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SectionLabel:
    """Where a section's name stands: its middle line in u. `spread` sets name and prices at the two
    edges of the plan instead of side by side around `x`."""

    section: PlanSection
    x: float
    y: float
    spread: bool = False


@dataclass(frozen=True, slots=True)
class WholeLayout:
    """The plan in a box.

    Attributes:
        points: seat id -> centre in u from the upper left of the box.
        dot_u: diameter of a free seat's dot.
        labels: names of the sections.
    """

    points: Mapping[int, Point] = field(default_factory=dict)
    dot_u: float = DOT_MAX_U
    labels: tuple[SectionLabel, ...] = ()


def lay_out_whole(
    seats: Sequence[PlanSeat],
    sections: Sequence[PlanSection],
    width_u: float,
    height_u: float,
    stage_u: float,
    label_gap_u: float = LABEL_GAP_U,
) -> WholeLayout:
    """Fit a plan into a box.

    Args:
        seats, sections: the plan.
        width_u, height_u: the box.
        stage_u: where the stage's edge lies below the top of the box.
        label_gap_u: the least distance of two floors, to write a name between them.
    """
    if not seats:
        return WholeLayout()
    scale_x, scale_y = _scales(seats, width_u, height_u - stage_u)
    shifts: dict[str, float] = {}
    for _ in range(3):  # room for names makes the plan higher, which makes the scale smaller
        shifts = _label_room(seats, sections, scale_y, label_gap_u)
        room = height_u - stage_u - max(shifts.values(), default=0.0)
        scale_x, scale_y = _scales(seats, width_u, room)
    middle = (min(s.x_cm for s in seats) + max(s.x_cm for s in seats)) / 2
    points = {
        seat.id: (
            width_u / 2 + (seat.x_cm - middle) * scale_x,
            stage_u + seat.y_cm * scale_y + shifts.get(seat.section, 0.0),
        )
        for seat in seats
    }
    nearest = nearest_distance(points.values())
    dot_u = min(DOT_MAX_U, DOT_SHARE * nearest) if nearest else DOT_MAX_U
    return WholeLayout(points, dot_u, _labels(seats, sections, points, width_u, stage_u))


def _scales(seats: Sequence[PlanSeat], width_u: float, room_u: float) -> tuple[float, float]:
    """u per centimetre across and down."""
    wide = max(s.x_cm for s in seats) - min(s.x_cm for s in seats)
    deep = max(1.0, *(s.y_cm for s in seats))
    scale_x = SEAT_PITCH_MAX_U / seat_pitch_cm(seats)
    if wide > 0:
        scale_x = min(scale_x, (width_u - DOT_MAX_U) / wide)
    scale_y = min(scale_x, max(1.0, room_u - DOT_MAX_U / 2 - EDGE_U) / deep)
    return min(scale_x, scale_y / SQUEEZE_MIN), scale_y


def seat_pitch_cm(seats: Sequence[PlanSeat]) -> float:
    """The usual distance of two neighbours in a row."""
    steps = [
        right.x_cm - left.x_cm
        for row in rows_of(seats).values()
        for left, right in pairwise(row)
        if right.x_cm > left.x_cm
    ]
    return median(steps) if steps else 55.0


def rows_of(seats: Iterable[PlanSeat]) -> dict[tuple[str, str], list[PlanSeat]]:
    """(section, row) -> its seats from left to right, rows in the order of the plan."""
    rows: dict[tuple[str, str], list[PlanSeat]] = {}
    for seat in seats:
        rows.setdefault((seat.section, seat.row), []).append(seat)
    for row in rows.values():
        row.sort(key=lambda seat: seat.x_cm)
    return rows


def _reach(seats: Sequence[PlanSeat]) -> dict[str, tuple[float, float]]:
    """Section -> (y of its first row, y of its last row) where they are farthest from the stage,
    which is at the middle of a row that embraces the stage."""
    reach: dict[str, tuple[float, float]] = {}
    for (section, _), row in rows_of(seats).items():
        y = max(seat.y_cm for seat in row)
        first, last = reach.get(section, (y, y))
        reach[section] = (min(first, y), max(last, y))
    return reach


def _label_room(
    seats: Sequence[PlanSeat], sections: Sequence[PlanSection], scale_y: float, gap_u: float
) -> dict[str, float]:
    """How far each section is moved down so that its name fits above it."""
    reach = _reach(seats)
    shifts: dict[str, float] = {}
    shift, end = 0.0, None
    for section in sections:
        if section.code not in reach:
            continue
        first, last = reach[section.code]
        if end is not None and first > end:
            shift += max(0.0, gap_u - (first - end) * scale_y)
        shifts[section.code] = shift
        end = last if end is None else max(end, last)
    return shifts


def _labels(
    seats: Sequence[PlanSeat],
    sections: Sequence[PlanSection],
    points: Mapping[int, Point],
    width_u: float,
    stage_u: float,
) -> tuple[SectionLabel, ...]:
    labels: list[SectionLabel] = []
    bottom = 0.0
    for section in sections:
        own = [seat for seat in seats if seat.section == section.code]
        if not own:
            continue
        places = [points[seat.id] for seat in own]
        middle = (min(x for x, _ in places) + max(x for x, _ in places)) / 2
        rows = [max(points[seat.id][1] for seat in row) for row in rows_of(own).values()]
        top = min(rows)
        if not labels:
            labels.append(SectionLabel(section, width_u / 2, stage_u + 16, spread=True))
        elif top > bottom:
            labels.append(SectionLabel(section, middle, (top + bottom) / 2))
        else:
            labels.append(SectionLabel(section, middle, min(y for _, y in places) - 34))
        bottom = max(bottom, *rows)
    return tuple(labels)


def nearest_distance(points: Iterable[Point]) -> float:
    """The smallest distance between two of the points; 0 with fewer than two."""
    places = sorted(points)
    best = float("inf")
    for index, (x, y) in enumerate(places):
        for other_x, other_y in places[index + 1 :]:
            if other_x - x >= best:
                break
            best = min(best, ((other_x - x) ** 2 + (other_y - y) ** 2) ** 0.5)
    return 0.0 if best == float("inf") else best


def nearest_seat(
    points: Mapping[int, Point], x: float, y: float, within: Point = (1e9, 1e9)
) -> int | None:
    """The seat whose centre is nearest to a place, at most `within` (across, down) away."""
    best, found = float("inf"), None
    for seat_id, (seat_x, seat_y) in points.items():
        across, down = abs(seat_x - x), abs(seat_y - y)
        if across > within[0] or down > within[1]:
            continue
        distance = across * across + down * down
        if distance < best:
            best, found = distance, seat_id
    return found


# --- the zoom ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowName:
    section: str
    row: str
    y: float


@dataclass(frozen=True, slots=True)
class ZoomLayout:
    """The plan as straight rows of seats big enough for a finger.

    Attributes:
        points: seat id -> centre in u; x from the middle of the plan, y from its top.
        rows: names of the rows.
        labels: sections and the middle line of their names.
        left, right, bottom: how far the seats reach, margins included; the top is 0.
    """

    points: Mapping[int, Point] = field(default_factory=dict)
    rows: tuple[RowName, ...] = ()
    labels: tuple[SectionLabel, ...] = ()
    left: float = 0.0
    right: float = 0.0
    bottom: float = 0.0


def lay_out_zoom(seats: Sequence[PlanSeat], sections: Sequence[PlanSection]) -> ZoomLayout:
    """Straighten the rows: neighbours 88 u apart, rows 100 u, aisles half a seat wide.

    A row keeps its place from left to right. Columns stand above each other where rows allow it.
    """
    if not seats:
        return ZoomLayout()
    pitch_cm = seat_pitch_cm(seats)
    middle = (min(s.x_cm for s in seats) + max(s.x_cm for s in seats)) / 2
    points: dict[int, Point] = {}
    names: list[RowName] = []
    labels: list[SectionLabel] = []
    y = 0.0
    for section in sections:
        rows = rows_of(seat for seat in seats if seat.section == section.code)
        if not rows:
            continue
        labels.append(SectionLabel(section, 0.0, y + ZOOM_LABEL_U / 2 + 8))
        y += ZOOM_LABEL_U
        for (_, name), row in sorted(rows.items(), key=lambda item: _mean_y(item[1])):
            y += ZOOM_ROW_U / 2
            names.append(RowName(section.code, name, y))
            for seat, x in zip(row, _straighten(row, pitch_cm, middle), strict=True):
                points[seat.id] = (x, y)
            y += ZOOM_ROW_U / 2
    across = [x for x, _ in points.values()]
    margin = ZOOM_PITCH_U / 2 + ZOOM_MARGIN_U
    return ZoomLayout(
        points,
        tuple(names),
        tuple(labels),
        left=min(across) - margin - ROW_NAME_WIDTH_U,
        right=max(across) + margin,
        bottom=y + ZOOM_MARGIN_U / 2,
    )


def _mean_y(row: Sequence[PlanSeat]) -> float:
    return sum(seat.y_cm for seat in row) / len(row)


def _straighten(row: Sequence[PlanSeat], pitch_cm: float, middle_cm: float) -> list[float]:
    """x of each seat: from the gaps of the plan, then moved as a whole to where the row belongs."""
    places = [0.0]
    for left, right in pairwise(row):
        gap = (right.x_cm - left.x_cm) / pitch_cm
        extra = 0.0
        if gap > 1.3:
            # A missing seat keeps its column; a plain aisle is half a seat wide.
            extra = max(ZOOM_AISLE_U, round((gap - 1) * 2) * ZOOM_AISLE_U)
        places.append(places[-1] + ZOOM_PITCH_U + extra)
    wanted = sum((seat.x_cm - middle_cm) / pitch_cm * ZOOM_PITCH_U for seat in row) / len(row)
    shift = wanted - sum(places) / len(places)
    shift = round(shift / ZOOM_PITCH_U) * ZOOM_PITCH_U
    return [place + shift for place in places]


@dataclass(frozen=True, slots=True)
class View:
    """What part of a zoom layout is seen: its upper left corner and size in u."""

    x: float
    y: float
    width: float
    height: float


def move_view(layout: ZoomLayout, view: View, x: float, y: float) -> View:
    """The view with its corner at (x, y), or as near as the plan reaches. A plan that is smaller
    than the view stands in its middle."""
    wide, deep = layout.right - layout.left, layout.bottom
    if wide <= view.width:
        x = layout.left - (view.width - wide) / 2
    else:
        x = min(max(x, layout.left), layout.right - view.width)
    y = 0.0 if deep <= view.height else min(max(y, 0.0), deep - view.height)
    return View(x, y, view.width, view.height)


def centre_view(layout: ZoomLayout, view: View, place: Point) -> View:
    """The view with `place` in the middle of what the row names leave free, moved a little so that
    it begins with a whole row and a whole column."""
    x = place[0] - (view.width + ROW_NAME_WIDTH_U) / 2
    y = place[1] - view.height / 2
    x += _step((place[0] - x - FIRST_COLUMN_U) / ZOOM_PITCH_U) * ZOOM_PITCH_U
    y += _step((place[1] - y - FIRST_ROW_U) / ZOOM_ROW_U) * ZOOM_ROW_U
    return move_view(layout, view, x, y)


def _step(columns: float) -> float:
    """How far, in columns, to the nearest whole number of columns."""
    return columns - round(columns)


def seats_in_view(layout: ZoomLayout, view: View) -> list[int]:
    """The seats whose centre is seen beside the row names."""
    left, right = view.x + ROW_NAME_WIDTH_U, view.x + view.width
    return [
        seat_id
        for seat_id, (x, y) in layout.points.items()
        if left <= x <= right and view.y <= y <= view.y + view.height
    ]


def rows_in_view(layout: ZoomLayout, view: View) -> tuple[str, str, str]:
    """(section code, first row, last row) of the section that fills most of the view; empty texts
    when no row is seen."""
    seen: dict[str, list[str]] = {}
    for name in layout.rows:
        if view.y <= name.y <= view.y + view.height:
            seen.setdefault(name.section, []).append(name.row)
    if not seen:
        return "", "", ""
    section, rows = max(seen.items(), key=lambda item: len(item[1]))
    return section, rows[0], rows[-1]


def frame_around(whole: WholeLayout, seat_ids: Iterable[int]) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) around some seats on the whole plan, in u; zeros without any."""
    places = [whole.points[seat_id] for seat_id in seat_ids if seat_id in whole.points]
    if not places:
        return 0.0, 0.0, 0.0, 0.0
    across, down = [x for x, _ in places], [y for _, y in places]
    return min(across), min(down), max(across), max(down)
