"""Where seats lie on the screen, whole and zoomed."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from venue_kiosk.widgets.seat_plan_geometry import (
    DOT_MAX_U,
    FIRST_COLUMN_U,
    FIRST_ROW_U,
    ROW_NAME_WIDTH_U,
    ZOOM_PITCH_U,
    ZOOM_ROW_U,
    PlanSeat,
    PlanSection,
    View,
    centre_view,
    frame_around,
    lay_out_whole,
    lay_out_zoom,
    move_view,
    nearest_distance,
    nearest_seat,
    rows_in_view,
    rows_of,
    seat_token,
    seats_in_view,
)

from tests.kiosk.plans import SECTIONS, make_hall, make_studio

BOX = (968.0, 960.0)
STAGE_U = 64.0


# --- whole -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seats", [make_hall(), make_hall(2), make_studio(), make_studio(40, 3)])
def test_every_seat_is_in_the_box_and_none_covers_another(seats: tuple[PlanSeat, ...]) -> None:
    layout = lay_out_whole(seats, SECTIONS, *BOX, STAGE_U)
    radius = layout.dot_u / 2
    assert len(layout.points) == len(seats)
    for x, y in layout.points.values():
        assert radius <= x <= BOX[0] - radius
        assert STAGE_U <= y <= BOX[1] - radius
    assert layout.dot_u <= min(DOT_MAX_U, nearest_distance(layout.points.values()))


def test_twelve_hundred_seats_get_the_dots_of_the_design() -> None:
    layout = lay_out_whole(make_hall(), SECTIONS, *BOX, STAGE_U)
    assert layout.dot_u == pytest.approx(16, abs=1)


def test_the_stage_is_above_and_left_stays_left() -> None:
    seats = make_hall()
    points = lay_out_whole(seats, SECTIONS, *BOX, STAGE_U).points
    for row in rows_of(seats).values():
        assert all(points[a.id][0] < points[b.id][0] for a, b in pairwise(row))
    first, last = seats[0], seats[-1]
    assert points[first.id][1] < points[last.id][1]


def test_names_stand_between_the_floors_and_on_no_seat() -> None:
    layout = lay_out_whole(make_hall(), SECTIONS, *BOX, STAGE_U)
    first, *others = layout.labels
    assert first.spread
    assert [label.section.code for label in others] == ["A", "B"]
    for label in others:
        near = [
            (x, y)
            for x, y in layout.points.values()
            if abs(x - label.x) < 100 and abs(y - label.y) < 14 + layout.dot_u / 2
        ]
        assert near == []


def test_floors_that_touch_are_moved_apart_for_their_names() -> None:
    lower = make_studio(4)
    upper = [
        replace(seat, id=seat.id + 100, section="A", y_cm=seat.y_cm + 4 * 80) for seat in lower
    ]
    gaps = []
    for label_gap_u in (62, 0):
        points = lay_out_whole((*lower, *upper), SECTIONS, 968, 420, STAGE_U, label_gap_u).points
        gaps.append(points[101][1] - points[lower[-1].id][1])
    assert gaps[0] >= 61
    assert gaps[1] < 61


def test_boxes_at_the_side_are_named_above_themselves() -> None:
    stalls = make_studio(8, 10)
    boxes = [
        replace(seat, id=seat.id + 500, section="A", x_cm=seat.x_cm + 900)
        for seat in make_studio(3, 2)
    ]
    layout = lay_out_whole((*stalls, *boxes), SECTIONS, *BOX, STAGE_U)
    label = next(label for label in layout.labels if label.section.code == "A")
    top = min(layout.points[seat.id][1] for seat in boxes)
    assert label.y < top
    assert label.x > BOX[0] / 2


def test_an_empty_plan_and_a_single_seat() -> None:
    assert lay_out_whole((), SECTIONS, *BOX, STAGE_U).points == {}
    one = PlanSeat(1, "S", "1", "1", 0, 100, 1)
    layout = lay_out_whole((one,), SECTIONS, *BOX, STAGE_U)
    assert layout.points[1][0] == BOX[0] / 2
    assert lay_out_zoom((), SECTIONS).points == {}
    assert lay_out_zoom((one,), SECTIONS).points[1][0] == 0


def test_a_plan_of_2400_seats_is_laid_out_within_a_blink() -> None:
    seats = make_hall(2)
    begun = time.perf_counter()
    lay_out_whole(seats, SECTIONS, *BOX, STAGE_U)
    lay_out_zoom(seats, SECTIONS)
    assert len(seats) == 2400
    assert time.perf_counter() - begun < 1.0


# --- finding -----------------------------------------------------------------------------------


@given(st.integers(1, 1200), st.floats(-5, 5), st.floats(-5, 5))
@settings(max_examples=60, deadline=None)
def test_a_touch_near_a_seat_finds_that_seat(seat_id: int, dx: float, dy: float) -> None:
    x, y = HALL_POINTS[seat_id]
    assert nearest_seat(HALL_POINTS, x + dx, y + dy) == seat_id


HALL_POINTS = dict(lay_out_whole(make_hall(), SECTIONS, *BOX, STAGE_U).points)


def test_nothing_is_found_out_of_reach() -> None:
    points = {1: (0.0, 0.0), 2: (88.0, 0.0)}
    assert nearest_seat(points, 40, 0, (44, 50)) == 1
    assert nearest_seat(points, 0, 60, (44, 50)) is None
    assert nearest_seat({}, 0, 0) is None


# --- zoom --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seats", [make_hall(), make_studio()])
def test_rows_are_straight_and_fingers_have_room(seats: tuple[PlanSeat, ...]) -> None:
    layout = lay_out_zoom(seats, SECTIONS)
    assert len(layout.points) == len(seats)
    heights: list[float] = []
    for row in rows_of(seats).values():
        places = [layout.points[seat.id] for seat in row]
        assert len({y for _, y in places}) == 1
        heights.append(places[0][1])
        for (left, _), (right, _) in pairwise(places):
            assert right - left >= ZOOM_PITCH_U
    for upper, lower in pairwise(sorted(heights)):
        assert lower - upper >= ZOOM_ROW_U


def test_an_aisle_stays_an_aisle_and_a_missing_seat_keeps_its_column() -> None:
    row = [PlanSeat(k, "S", "1", str(k), x, 100, 1) for k, x in enumerate((0, 55, 141, 306), 1)]
    filler = [PlanSeat(10 + k, "S", "2", str(k), k * 55, 142, 1) for k in range(6)]
    points = lay_out_zoom((*row, *filler), SECTIONS).points
    steps = [points[b][0] - points[a][0] for a, b in pairwise((1, 2, 3, 4))]
    assert steps == [88, 132, 264]


def test_a_view_stays_on_the_plan_and_starts_with_a_whole_row() -> None:
    layout = lay_out_zoom(make_hall(), SECTIONS)
    view = View(0, 0, 1016, 848)
    for seat_id in (1, 300, 620, 1200):
        seen = centre_view(layout, view, layout.points[seat_id])
        assert seat_id in seats_in_view(layout, seen)
        assert layout.left <= seen.x <= layout.right - seen.width
        assert 0 <= seen.y <= layout.bottom - seen.height
    middle = centre_view(layout, view, layout.points[240])
    assert (layout.points[240][1] - middle.y - FIRST_ROW_U) % ZOOM_ROW_U == pytest.approx(0)
    assert (layout.points[240][0] - middle.x - FIRST_COLUMN_U) % ZOOM_PITCH_U == pytest.approx(0)


def test_a_small_plan_stands_in_the_middle_and_can_not_be_dragged() -> None:
    layout = lay_out_zoom(make_studio(3, 4), SECTIONS)
    still = move_view(layout, View(0, 0, 1016, 848), 0, 0)
    assert move_view(layout, still, still.x + 300, 500) == still
    across = [x - still.x for x, _ in layout.points.values()]
    free = still.width - ROW_NAME_WIDTH_U
    middle = (min(across) + max(across)) / 2
    assert middle == pytest.approx(ROW_NAME_WIDTH_U + free / 2, abs=60)


def test_what_is_seen_is_told_by_rows_and_framed_on_the_whole_plan() -> None:
    seats = make_hall()
    layout, whole = lay_out_zoom(seats, SECTIONS), lay_out_whole(seats, SECTIONS, *BOX, STAGE_U)
    ninth = next(seat.id for seat in seats if seat.row == "9" and seat.number == "14")
    view = centre_view(layout, View(0, 0, 1016, 848), layout.points[ninth])
    section, first, last = rows_in_view(layout, view)
    assert section == "S"
    assert int(first) <= 9 <= int(last)
    left, top, right, bottom = frame_around(whole, seats_in_view(layout, view))
    x, y = whole.points[ninth]
    assert left <= x <= right
    assert top <= y <= bottom
    assert rows_in_view(layout, View(0, -5000, 1016, 848)) == ("", "", "")
    assert frame_around(whole, ()) == (0, 0, 0, 0)


def test_tiers_below_the_fourth_share_its_colour() -> None:
    assert [seat_token(rank) for rank in (0, 1, 4, 9)] == ["seat1", "seat1", "seat4", "seat4"]


def test_a_section_without_seats_has_no_name() -> None:
    lonely = (*SECTIONS, PlanSection("Z", "Nowhere"))
    labels = lay_out_whole(make_studio(), lonely, *BOX, STAGE_U).labels
    assert [label.section.code for label in labels] == ["S"]
