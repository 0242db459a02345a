"""Places and seats: taken and given back by guarded statements, so that nothing is sold twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from venue_plugins.sales.domain.errors import SeatTaken, SoldOut
from venue_plugins.sales.tables import PerformanceRow, SeatClaimRow
from venue_suite.database import Statement, Work, param

_FREE = (
    PerformanceRow.capacity
    - PerformanceRow.sold
    - PerformanceRow.held
    - PerformanceRow.leased
    - PerformanceRow.blocked
)

_HOLD = Statement(
    lambda: PerformanceRow.update(held=PerformanceRow.held + param("count")).where(
        (PerformanceRow.id == param("performance")) & (param("count") <= _FREE)
    )
)
_TAKE = Statement(
    lambda: (
        PerformanceRow.update(sold=PerformanceRow.sold + param("count"))
        .where((PerformanceRow.id == param("performance")) & (param("count") <= _FREE))
        .returning(_FREE)
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
_CLAIM_SOLD = Statement(
    lambda: SeatClaimRow.insert(
        performance=param("performance"),
        seat=param("seat"),
        state="sold",
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
_DROP_CLAIMS = Statement(lambda: SeatClaimRow.delete().where(SeatClaimRow.order == param("order")))
_DROP_CLAIM = Statement(
    lambda: SeatClaimRow.delete().where(
        (SeatClaimRow.order == param("order")) & (SeatClaimRow.seat == param("seat"))
    )
)


def hold_places(work: Work, performance: int, count: int, own: int = 0) -> None:
    """Have `count` places of an existing performance held for an order that holds `own` now.

    Raises SoldOut; then nothing changed.
    """
    more = count - own
    if more < 0:
        work.run(_UNHOLD, performance=performance, count=-more)
    elif more and work.run(_HOLD, performance=performance, count=more) == 0:
        raise SoldOut(wanted=count, left=own + work.value(_LEFT, performance=performance))


def take_places(work: Work, performance: int, count: int) -> int:
    """Sell `count` places of an existing performance at once; returns how many are left.

    Raises SoldOut; then nothing changed.
    """
    row = work.one(_TAKE, performance=performance, count=count)
    if row is None:
        raise SoldOut(wanted=count, left=work.value(_LEFT, performance=performance))
    left: int = row[0]
    return left


def sell_seats(work: Work, performance: int, order: int, seats: Sequence[int], left: int) -> None:
    """Claim exactly these seats as sold, and tell everybody what changed.

    Raises SeatTaken, which names those that are gone.
    """
    claim = {"performance": performance, "order": order}
    taken = [seat for seat in seats if work.run(_CLAIM_SOLD, seat=seat, **claim) == 0]
    if taken:
        raise SeatTaken(seats=taken)
    _tell_stock(work, performance, dict.fromkeys(seats, "sold"), left)


def claim_seats(
    work: Work, performance: int, order: int, seats: Sequence[int], own: Sequence[int] = ()
) -> None:
    """Claim exactly these seats for an order that has `own` now; what stays is not touched.

    Tells the others what changed. Raises SeatTaken, which names those that are gone.
    """
    gone = [seat for seat in own if seat not in seats]
    new = [seat for seat in seats if seat not in own]
    for seat in gone:
        work.run(_DROP_CLAIM, order=order, seat=seat)
    taken = [
        seat
        for seat in new
        if work.run(_CLAIM, performance=performance, order=order, seat=seat) == 0
    ]
    if taken:
        raise SeatTaken(seats=taken)
    tell_stock(work, performance, dict.fromkeys(gone, "free") | dict.fromkeys(new, "held"))


def release_places(work: Work, performance: int, order: int, count: int) -> None:
    """Give back what an unpaid order holds, places and seats."""
    work.run(_UNHOLD, performance=performance, count=count)
    seats = _seats_of(work, order)
    work.run(_DROP_CLAIMS, order=order)
    tell_stock(work, performance, dict.fromkeys(seats, "free"))


def sell_places(work: Work, performance: int, order: int, count: int) -> None:
    """What was held is sold."""
    work.run(_SELL_HELD, performance=performance, count=count)
    seats = _seats_of(work, order)
    work.run(_SELL_CLAIMS, order=order)
    tell_stock(work, performance, dict.fromkeys(seats, "sold"))


def tell_stock(work: Work, performance: int, seats: Mapping[int, str]) -> None:
    """Tell every screen which seats changed and how many places are left."""
    _tell_stock(work, performance, seats, work.value(_LEFT, performance=performance))


def _tell_stock(work: Work, performance: int, seats: Mapping[int, str], left: int) -> None:
    subject = f"performance/{performance}"
    if seats:
        work.record(
            "sales.seats_changed", subject, seats={str(seat): one for seat, one in seats.items()}
        )
    work.record("sales.places_changed", subject, left=left)


def _seats_of(work: Work, order: int) -> list[int]:
    return [row[0] for row in work.all(_SEATS_OF, order=order)]
