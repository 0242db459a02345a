"""Which seats a cashier means. Pure: from a plan and a name to seat numbers; the server decides."""

from __future__ import annotations

from venue_plugins.sales.terminal.desk import ShownSeats
from venue_plugins.sales.terminal.sell_line import LineUnclear, SeatName
from venue_plugins.sales.wire import Seat


def find_seat(shown: ShownSeats | None, name: SeatName, section: str = "") -> Seat:
    """The seat with this row and number, on `section` if it has one, else on the nearest floor.

    Raises:
        LineUnclear: there is no such seat.
    """
    if shown is None:
        raise LineUnclear("This show has no numbered seats.")
    found = [
        seat
        for seat in shown.plan.seats
        if seat.row.casefold() == name.row and seat.number.casefold() == name.number
    ]
    for code in (section, *(one.code for one in shown.plan.sections)):
        for seat in found:
            if seat.section == code:
                return seat
    raise LineUnclear("There is no row {row} seat {number}.", row=name.row, number=name.number)


def seats_from(
    shown: ShownSeats | None, name: SeatName, count: int, section: str = ""
) -> list[int]:
    """`count` neighbouring seats from this one on, towards the higher numbers.

    Raises:
        LineUnclear: there is no such seat, or the row ends before.
    """
    first = find_seat(shown, name, section)
    assert shown is not None
    row = sorted(
        (
            seat
            for seat in shown.plan.seats
            if (seat.section, seat.row) == (first.section, first.row)
        ),
        key=lambda seat: seat.x,
    )
    at = row.index(first)
    right, left = row[at:], row[at::-1]
    run = left if _rises(left) and not _rises(right) else right
    if len(run) < count:
        raise LineUnclear(
            "Row {row} has no {count} seats from seat {number} on.",
            row=first.row,
            count=count,
            number=first.number,
        )
    return [seat.id for seat in run[:count]]


def _rises(run: list[Seat]) -> bool:
    """Whether the number of the second seat is higher than that of the first."""
    numbers = [int(seat.number) for seat in run[:2] if seat.number.isdigit()]
    return len(numbers) == 2 and numbers[1] > numbers[0]
