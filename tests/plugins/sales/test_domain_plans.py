"""Drawing seat plans."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from venue_plugins.sales.domain.plans import (
    PlanSection,
    RowLayout,
    SectionLayout,
    lay_out,
    number_row,
)
from venue_plugins.sales.domain.seat_runs import locate

SECTION = PlanSection("S", {"zh": "池座", "en": "Stalls"}, {"zh": "池座", "en": "Stalls"}, "1")


def draw(*rows: RowLayout, **options: object):
    layout = SectionLayout(
        section=SECTION,
        rows=rows,
        first_y_cm=100,
        row_pitch_cm=90,
        seat_pitch_cm=50,
        **options,  # type: ignore[arg-type]
    )
    return lay_out([layout], first_id=11).seats


def test_straight_rows_stand_on_the_axis_with_aisles_between_blocks() -> None:
    seats = draw(RowLayout("1", (2, 3, 2), "A"), aisle_cm=100)
    assert [seat.x for seat in seats] == [-250, -200, -50, 0, 50, 200, 250]
    assert {seat.y for seat in seats} == {100}
    assert [seat.block for seat in seats] == [1, 1, 2, 2, 2, 3, 3]
    assert [seat.id for seat in seats] == list(range(11, 18))


def test_bent_rows_lie_on_arcs_around_one_point_and_keep_their_pitch() -> None:
    rows = (RowLayout("1", (9,), "A"), RowLayout("2", (9,), "A"))
    seats = draw(*rows, bend_cm=1500)
    for row, radius in ((seats[:9], 1600), (seats[9:], 1690)):
        for seat in row:
            assert math.hypot(seat.x, seat.y + 1500) == pytest.approx(radius, abs=1)
        for left, right in pairwise(row):
            assert math.dist((left.x, left.y), (right.x, right.y)) == pytest.approx(50, abs=1.5)
    assert seats[0].y < seats[4].y  # the ends come forward and face the stage
    assert seats[4].x == 0


@pytest.mark.parametrize(
    ("count", "numbering", "numbers"),
    [
        (4, "left_to_right", "1 2 3 4"),
        (6, "odd_even", "6 4 2 1 3 5"),
        (5, "odd_even", "4 2 1 3 5"),
        (1, "odd_even", "1"),
        (0, "left_to_right", ""),
    ],
)
def test_numbers_of_a_row(count: int, numbering: str, numbers: str) -> None:
    assert number_row(count, numbering) == numbers.split()


def test_special_places_keep_their_number() -> None:
    seats = draw(
        RowLayout("1", (4,), "A"), kinds={("1", "1"): "wheelchair", ("1", "2"): "companion"}
    )
    assert [seat.kind for seat in seats] == ["wheelchair", "companion", "seat", "seat"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"numbering": "sideways"}, "sideways"),
        ({"kinds": {("1", "9"): "wheelchair"}}, "no seats"),
        ({"kinds": {("1", "1"): "throne"}}, "throne"),
    ],
)
def test_a_wrong_layout_is_refused_in_words(options: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        draw(RowLayout("1", (3,), "A"), **options)


def test_every_seat_finds_its_place_even_when_numbers_run_otherwise() -> None:
    seats = draw(RowLayout("B", (3,), "A"), RowLayout("A", (3,), "A"), numbering="odd_even")
    located = locate(reversed(seats))
    assert [(located[seat.id].line, located[seat.id].place) for seat in seats] == [
        (1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3),
    ]  # fmt: skip
