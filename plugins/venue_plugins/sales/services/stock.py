"""Places and seats: taken and given back by guarded statements, so that nothing is sold twice."""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from venue_plugins.sales.domain.errors import SeatTaken, SoldOut
from venue_plugins.sales.tables import PerformanceRow, SeatClaimRow
from venue_suite.database import Statement, Work, param
from venue_suite.domain.errors import NotFound

_FREE = (
    PerformanceRow.capacity
    - PerformanceRow.sold
    - PerformanceRow.held
    - PerformanceRow.leased
    - PerformanceRow.blocked
)

_HOLD = Statement(
    lambda: PerformanceRow.update(held=PerformanceRow.held + param("count")).where(
        (PerformanceRow.id == param("performance")) & (_FREE >= param("count"))
    )
)
_UNHOLD = Statement(
    lambda: PerformanceRow.update(held=PerformanceRow.held - param("count")).where(
        PerformanceRow.id == param("performance")
    )
)
_SELL_HELD = Statement(
    lambda: PerformanceRow.update(
        held=PerformanceRow.held - param("count"), sold=PerformanceRow.sold + param("count")
    ).where(PerformanceRow.id == param("performance"))
)
_LEFT = Statement(
    lambda: PerformanceRow.select(_FREE).where(PerformanceRow.id == param("performance"))
)
_CLAIM = Statement(
    lambda: SeatClaimRow.insert(
        performance=param("performance"),
        seat=param("seat"),
        state="held",
        order=param("order"),
        reason="",
    ).on_conflict_ignore()
)
_SEATS_OF = Statement(
    lambda: SeatClaimRow.select(SeatClaimRow.seat).where(SeatClaimRow.order == param("order"))
)
_SELL_CLAIMS = Statement(
    lambda: SeatClaimRow.update(state="sold").where(SeatClaimRow.order == param("order"))
)
_DROP_CLAIMS = Statement(
    lambda: SeatClaimRow.delete().where(SeatClaimRow.order == param("order"))
)


def hold_places(work: Work, performance: int, count: int) -> None:
    """Take `count` places out of stock for now. Raises SoldOut; then none were taken."""
    if work.run(_HOLD, performance=performance, count=count) == 0:
        left = work.value(_LEFT, performance=performance)
        if left is None:
            raise NotFound(what="Performance", key=performance)
        raise SoldOut(wanted=count, left=left)


def claim_seats(work: Work, performance: int, order: int, seats: Sequence[int]) -> None:
    """Claim these seats for an order. Raises SeatTaken, which names those that are gone."""
    try:
        taken = [
            seat
            for seat in seats
            if work.run(_CLAIM, performance=performance, order=order, seat=seat) == 0
        ]
    except apsw.ConstraintForeignKeyError as error:
        raise NotFound(what="Seat", key=list(seats)) from error
    if taken:
        raise SeatTaken(seats=taken)


def release_places(work: Work, performance: int, order: int, count: int) -> None:
    """Give back what an unpaid order holds, places and seats."""
    work.run(_UNHOLD, performance=performance, count=count)
    seats = [row[0] for row in work.all(_SEATS_OF, order=order)]
    work.run(_DROP_CLAIMS, order=order)
    tell_stock(work, performance, seats, "free")


def sell_places(work: Work, performance: int, order: int, count: int) -> None:
    """What was held is sold."""
    work.run(_SELL_HELD, performance=performance, count=count)
    seats = [row[0] for row in work.all(_SEATS_OF, order=order)]
    work.run(_SELL_CLAIMS, order=order)
    tell_stock(work, performance, seats, "sold")


def tell_stock(work: Work, performance: int, seats: Sequence[int], state: str) -> None:
    """Tell every screen which seats changed and how many places are left."""
    subject = f"performance/{performance}"
    if seats:
        work.record("sales.seats_changed", subject, seats={str(seat): state for seat in seats})
    left = work.value(_LEFT, performance=performance)
    work.record("sales.places_changed", subject, left=left)
