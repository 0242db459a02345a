"""Sample answers of a venue server: five events, a hall of 1,200 seats, an exhibition."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from venue_plugins.sales import wire

from venue_suite.domain.localized import Localized
from venue_suite.wire import Venue

ZONE = ZoneInfo("Asia/Shanghai")
# Saturday 28 November 2026, 18:07 in the venue's zone.
NOW = datetime(2026, 11, 28, 10, 7, tzinfo=UTC)
TODAY = NOW.astimezone(ZONE).date()
DAYS = [(TODAY + timedelta(days=step)).isoformat() for step in (0, 1, 3, 5, 6, 7, 8)]
QR_TEXT = "http://127.0.0.1:1/p/SPECIMEN-PAYMENT-0193"
TYPE_NAMES = (
    (1, "a", "成人", "Adult", "", "", 100),
    (2, "s", "学生", "Student", "凭学生证", "With a student card", 80),
    (3, "c", "儿童", "Child", "6–14 岁，入场时可能核验", "Ages 6–14, may be checked", 50),
    (4, "e", "长者", "Senior", "65 岁以上", "Age 65 and over", 50),
    (5, "x", "轮椅及陪同", "Wheelchair + companion", "", "", 50),
)
FULL_PRICES = {"p1": 48000, "p2": 38000, "p3": 28000, "p4": 18000, "open": 4500}
SECTIONS = (("S", "一层池座", "Stalls"), ("A", "二层楼座", "First balcony"))
SHORT = {"S": ("池座", "Stalls"), "A": ("二层", "Balcony")}


def both(zh: str, en: str) -> Localized:
    return {"zh": zh, "en": en}


def local(hour: int, minute: int, days: int = 0) -> datetime:
    """A time of the sample's days, aware UTC."""
    day = TODAY + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def make_venue() -> Venue:
    return Venue(
        name=both("灯屿剧场", "Lantern Isle Theatre"),
        address=both("灯屿路 1 号", "1 Lantern Road"),
        phone="",
        currency="CNY",
        time_zone=str(ZONE),
        day_cut_off_hour=4,
        languages=["zh", "en"],
        key="",
        ticket_keys={},
        server_time=NOW,
        version="0.1.0",
    )


# --- events --------------------------------------------------------------------------------------


# id, kind, art, zh, en, state, places left, from-price, next performance
EVENTS = (
    (1, "show", "tide", "潮汐来信", "Letters from the Tide", "plenty", 823, 18000, 17),
    (2, "show", "camellia", "山茶记", "The Camellia Tale", "few", 38, 12000, 21),
    (4, "sport", "ice", "冰上极光", "Aurora on Ice", "any_time", 120, 6800, 40),
    (5, "exhibition", "win", "一千扇窗", "A Thousand Windows", "any_time", 160, 4500, 50),
    (6, "show", "no-drawing", "深蓝夜航", "Deep Blue Passage", "sold_out", 0, 16000, 0),
)


def make_events() -> list[wire.EventCard]:
    return [
        wire.EventCard(
            id=event_id,
            kind=kind,
            art=art,
            title=both(zh, en),
            genre=both("话剧", "Drama"),
            about=both(
                "海边邮局收到一封晚到四十年的信。中文演出，配英文字幕。",
                "A letter reaches a post office forty years late. In Chinese with surtitles.",
            ),
            length=both("100 分钟，无中场休息", "100 min, no interval"),
            state=state,
            places_left=left,
            from_price_minor=price,
            next_performance_id=performance,
            next_starts_at=local(19, 30) if performance else None,
            next_hall=both("大剧场", "Main hall"),
            last_ends_at=local(20, 0),
            days=DAYS,
        )
        for event_id, kind, art, zh, en, state, left, price, performance in EVENTS
    ]


def make_performance(
    performance_id: int, event_id: int, hour: int, minute: int, left: int, *, seating: str
) -> wire.PerformanceCard:
    event = next(event for event in make_events() if event.id == event_id)
    is_open = seating == "open"
    return wire.PerformanceCard(
        id=performance_id,
        event_id=event_id,
        title=event.title,
        hall=both("展厅", "Gallery") if is_open else both("大剧场", "Main hall"),
        starts_at=local(hour, minute),
        ends_at=local(hour, minute) + timedelta(minutes=100),
        seating=seating,
        state="sold_out" if left == 0 else "few" if left < 40 else "plenty",
        capacity=1200,
        places_left=left,
        wheelchair_left=0 if is_open else 4,
        from_price_minor=4500 if is_open else 18000,
        to_price_minor=4500 if is_open else 48000,
    )


def make_performances(event_id: int) -> list[wire.PerformanceCard]:
    if event_id == 5:
        lefts = (0, 12, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40)
        return [
            make_performance(50 + slot, 5, 10 + slot // 2, 30 * (slot % 2), left, seating="open")
            for slot, left in enumerate(lefts)
        ]
    return [
        make_performance(17, event_id, 19, 30, 823, seating="reserved"),
        make_performance(18, event_id, 21, 45, 9, seating="reserved"),
        make_performance(19, event_id, 23, 0, 0, seating="reserved"),
    ]


def make_detail(performance_id: int) -> wire.PerformanceDetail:
    event_id = 5 if performance_id >= 50 else 1
    card = next(card for card in make_performances(event_id) if card.id == performance_id)
    tiers = ["open"] if card.seating == "open" else ["p1", "p2", "p3"]
    return wire.PerformanceDetail(
        card=card,
        event=next(event for event in make_events() if event.id == event_id),
        tiers=[
            wire.Tier(
                code=code,
                name=both("一等", "First"),
                rank=rank,
                full_price_minor=FULL_PRICES[code],
            )
            for rank, code in enumerate(tiers, 1)
        ],
        ticket_types=[
            wire.TicketType(
                id=type_id,
                code=code,
                name=both(zh, en),
                note=both(note_zh, note_en),
                prices_minor={tier: FULL_PRICES[tier] * percent // 100 for tier in tiers},
            )
            for type_id, code, zh, en, note_zh, note_en, percent in TYPE_NAMES
        ],
        places_per_order_max=6,
        hold_s=600,
    )


# --- seats ---------------------------------------------------------------------------------------


def make_plan(performance_id: int = 17) -> wire.SeatPlan:
    """1,200 seats: 20 rows of stalls and 16 of balcony, curved; a third is taken."""
    chance = random.Random(7)
    seats: list[wire.Seat] = []
    _add_section(seats, chance, "S", 20, lambda row: "p1" if row < 8 else "p2", 150)
    _add_section(seats, chance, "A", 16, lambda _: "p3", 2250)
    return wire.SeatPlan(
        performance_id=performance_id,
        stage=both("舞台", "Stage"),
        sections=[
            wire.Section(code=code, name=both(zh, en), short=both(*SHORT[code]), level=code)
            for code, zh, en in SECTIONS
        ],
        seats=seats[:1200],
        feed_seq=10,
    )


def _add_section(
    seats: list[wire.Seat],
    chance: random.Random,
    section: str,
    rows: int,
    tier_of: Callable[[int], str],
    first_y: int,
) -> None:
    for row in range(rows):
        count = 34
        for number in range(count):
            block = number * 3 // count
            across = (number - (count - 1) / 2) * 55 + (block - 1) * 35
            radius = 4500 + row * 90
            is_edge = section == "S" and row in (11, 19) and number in (0, count - 1)
            state = "sold" if chance.random() < 0.3 else "free"
            if row == 8 and 12 <= number <= 17:
                state = "free"
            seats.append(
                wire.Seat(
                    id=1000 + len(seats),
                    section=section,
                    row=str(row + 1),
                    number=str(number + 1),
                    block=block,
                    x=round(radius * math.sin(across / radius)),
                    y=first_y + row * 90 - round(radius * (1 - math.cos(across / radius))),
                    tier=tier_of(row),
                    kind="wheelchair" if is_edge else "seat",
                    state=state,
                )
            )


# --- orders --------------------------------------------------------------------------------------


def make_order(
    performance_id: int,
    wanted: list[wire.Wanted],
    *,
    order_id: int = 88,
    plan: wire.SeatPlan | None = None,
    avoid: tuple[int, ...] = (),
) -> wire.Order:
    """An order that holds what is wanted; without seat ids the free ones of row 9 are taken."""
    detail = make_detail(performance_id)
    is_open = detail.card.seating == "open"
    best = [] if is_open else _best(plan or make_plan(), avoid)
    lines: list[wire.OrderLine] = []
    prices: list[wire.PriceLine] = []
    for item in wanted:
        kind = next(one for one in detail.ticket_types if one.id == item.ticket_type_id)
        for index in range(item.count):
            seat = _seat(plan or make_plan(), item, index, best) if not is_open else None
            lines.append(_line(len(lines) + 1, kind, seat))
        own = [line.price_minor for line in lines[-item.count :]]
        prices.append(
            wire.PriceLine(
                text=kind.name,
                detail={},
                count=item.count,
                unit_minor=own[0],
                amount_minor=sum(own),
                kind="tickets",
            )
        )
    if {"a", "c"} <= {line.ticket_type_code for line in lines}:
        prices.append(_family_offer())
    return _order(order_id, detail.card, lines, prices)


def _best(plan: wire.SeatPlan, avoid: tuple[int, ...]) -> list[wire.Seat]:
    rows = [seat for seat in plan.seats if seat.row in ("9", "10") and seat.section == "S"]
    return [seat for seat in rows if seat.state == "free" and seat.id not in avoid]


def _seat(plan: wire.SeatPlan, item: wire.Wanted, index: int, best: list[wire.Seat]) -> wire.Seat:
    if item.seat_ids:
        return next(seat for seat in plan.seats if seat.id == item.seat_ids[index])
    return best.pop(0)


def _line(line_id: int, kind: wire.TicketType, seat: wire.Seat | None) -> wire.OrderLine:
    tier = seat.tier if seat else "open"
    return wire.OrderLine(
        id=line_id,
        ticket_type_id=kind.id,
        ticket_type_code=kind.code,
        ticket_type=kind.name,
        tier=tier,
        seat_id=seat.id if seat else 0,
        section=both(*SHORT[seat.section]) if seat else {},
        row=seat.row if seat else "",
        number=seat.number if seat else "",
        price_minor=kind.prices_minor[tier],
        ticket_number="",
        ticket_state="",
        print_state="",
        entered_at=None,
    )


def _family_offer() -> wire.PriceLine:
    return wire.PriceLine(
        text=both("周末亲子优惠", "Weekend family offer"),
        detail=both("一大一小同行，减 ¥38", "One adult with one child"),
        count=1,
        unit_minor=-3800,
        amount_minor=-3800,
        kind="promotion",
    )


def _order(
    order_id: int,
    card: wire.PerformanceCard,
    lines: list[wire.OrderLine],
    prices: list[wire.PriceLine],
) -> wire.Order:
    return wire.Order(
        id=order_id,
        number="A7K2-0931",
        pickup_code="48271093",
        state="held",
        performance=card,
        lines=lines,
        prices=prices,
        payments=[],
        total_minor=sum(price.amount_minor for price in prices),
        paid_minor=0,
        tax_included_minor=0,
        currency="CNY",
        together=True,
        placed_at=NOW,
        expires_at=NOW + timedelta(seconds=582),
        paid_at=None,
        station="kiosk-1",
        staff="",
        language="zh",
    )


def make_payment(state: str, amount_minor: int) -> wire.Payment:
    return wire.Payment(
        id=1,
        tender="qr",
        state=state,
        amount_minor=amount_minor,
        received_minor=0,
        change_minor=0,
        qr_text=QR_TEXT if state == "waiting" else "",
        at=NOW,
    )
