"""Seats at the console: where they stand on the map, and which ones a cashier means."""

from __future__ import annotations

from itertools import pairwise

import pytest
from venue_plugins.sales.terminal.desk import ShownSeats
from venue_plugins.sales.terminal.seat_choice import find_seat, seats_from
from venue_plugins.sales.terminal.seat_layout import glyph, lay_out, side_words
from venue_plugins.sales.terminal.sell_line import LineUnclear, SeatName
from venue_plugins.sales.wire import Seat, SeatPlan, Section

from tests.terminal_ui.fake_data import make_plan


def seat(key: int, row: str, number: str, x: int, y: int, block: int = 1) -> Seat:
    return Seat(
        id=key,
        section="S",
        row=row,
        number=number,
        block=block,
        x=x,
        y=y,
        tier="first",
        kind="seat",
        state="free",
    )


def plan(seats: list[Seat]) -> SeatPlan:
    section = Section(code="S", name={}, short={}, level="1")
    return SeatPlan(performance_id=1, stage={}, sections=[section], seats=seats, feed_seq=0)


def test_rows_stand_front_first_and_seats_from_left_to_right() -> None:
    floor = lay_out(make_plan(1, {}, 0), "S")
    assert [row.name for row in floor.rows] == ["5", "6", "7"]
    assert [placed.seat.number for placed in floor.rows[2].seats] == ["6", "4", "2", "1", "3", "5"]
    assert [placed.column for placed in floor.rows[0].seats] == list(range(-3, 3))


def test_an_aisle_is_a_gap_of_one_cell() -> None:
    seats = [seat(i, "1", str(i), 55 * i, 0, block=1 + (i > 2)) for i in range(1, 5)]
    columns = [placed.column for placed in lay_out(plan(seats), "S").rows[0].seats]
    assert [right - left for left, right in pairwise(columns)] == [1, 2, 1]


def test_a_row_at_the_side_stands_at_the_side() -> None:
    seats = [seat(i, "1", str(i), 55 * i - 275, 0) for i in range(10)]
    seats += [seat(10 + i, "2", str(i), 55 * i + 110, 100) for i in range(2)]
    front, back = lay_out(plan(seats), "S").rows
    assert front.seats[0].column < 0 < back.seats[0].column
    assert back.seats[-1].column <= front.seats[-1].column


def test_twice_as_wide_leaves_a_cell_between_seats() -> None:
    floor = lay_out(make_plan(1, {}, 0), "S", step=2)
    columns = [placed.column for placed in floor.rows[0].seats]
    assert columns == list(range(columns[0], columns[0] + 12, 2))


def test_no_two_seats_share_a_cell() -> None:
    seats = [seat(i, "1", str(i), 5 * i, 0, block=i % 3) for i in range(40)]
    columns = [placed.column for placed in lay_out(plan(seats), "S").rows[0].seats]
    assert len(set(columns)) == 40
    assert columns == sorted(columns)


@pytest.mark.parametrize(
    ("state", "mine", "sign", "role"),
    [
        ("free", False, "1", "tier1"),
        ("sold", False, ".", "gone"),
        ("held", False, "~", "held"),
        ("blocked", False, "h", "held"),
        ("held", True, "1", "mine"),
    ],
)
def test_a_seat_has_one_sign(state: str, mine: bool, sign: str, role: str) -> None:
    one = seat(1, "1", "1", 0, 0)
    assert glyph(one, state, {"first": 1}, mine=mine) == (sign, role)


def test_sides_are_named_where_numbers_are_odd_and_even() -> None:
    assert side_words(lay_out(make_plan(1, {}, 0), "S")) == ("even", "odd")
    running = plan([seat(i, "1", str(i), 55 * i - 200, 0) for i in range(1, 9)])
    assert side_words(lay_out(running, "S")) is None


def test_an_empty_section_has_no_rows() -> None:
    assert lay_out(plan([]), "S").rows == ()


def test_seats_go_on_towards_the_higher_numbers() -> None:
    shown = ShownSeats(make_plan(1, {}, 0))
    numbers = {one.id: one.number for one in shown.plan.seats}
    right = seats_from(shown, SeatName("7", "1"), 3)
    left = seats_from(shown, SeatName("7", "2"), 3)
    assert [numbers[key] for key in right] == ["1", "3", "5"]
    assert [numbers[key] for key in left] == ["2", "4", "6"]


def test_a_row_that_ends_before_is_said() -> None:
    with pytest.raises(LineUnclear, match="Row 7 has no 3 seats from seat 3 on"):
        seats_from(ShownSeats(make_plan(1, {}, 0)), SeatName("7", "3"), 3)


def test_a_seat_that_does_not_exist_is_said() -> None:
    with pytest.raises(LineUnclear, match="There is no row 99 seat 1"):
        find_seat(ShownSeats(make_plan(1, {}, 0)), SeatName("99", "1"))
    with pytest.raises(LineUnclear, match="no numbered seats"):
        seats_from(None, SeatName("7", "1"), 1)


def test_the_floor_that_is_looked_at_goes_first() -> None:
    twice = plan([seat(1, "1", "1", 0, 0)])
    upper = Seat(
        id=2, section="C", row="1", number="1", block=1, x=0, y=900, tier="t", kind="seat", state=""
    )
    circle = Section(code="C", name={}, short={}, level="2")
    both = SeatPlan(
        performance_id=1,
        stage={},
        sections=[*twice.sections, circle],
        seats=[*twice.seats, upper],
        feed_seq=0,
    )
    name = SeatName("1", "1")
    assert find_seat(ShownSeats(both), name).id == 1
    assert find_seat(ShownSeats(both), name, "C").id == 2
