"""Sample wire values for the fake venue: five shows, one hall of two floors, six ticket types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from venue_plugins.sales.wire import (
    EventCard,
    PerformanceCard,
    PerformanceDetail,
    Seat,
    SeatPlan,
    Section,
    TicketType,
    Tier,
)

from venue_suite.wire import Venue

# Saturday 28 November 2026, 18:42 in the venue's zone.
NOW = datetime(2026, 11, 28, 10, 42, tzinfo=UTC)
DAY = "2026-11-28"

SHOWS = (
    (1, 19, 30, "话剧《雨夜来信》", "A Letter on a Rainy Night", "大剧场", "Main hall", 24, 24),
    (2, 19, 45, "冬日弦乐", "Winter Strings", "小剧场", "Studio", 18, 120),
    (3, 20, 0, "夜场滑冰", "Night skating", "冰场", "Rink", 96, 150),
    (4, 20, 30, "灯影长廊", "The Lantern Room", "前厅", "Foyer", 0, 40),
    (5, 21, 45, "冬日弦乐 加演", "Winter Strings, late", "小剧场", "Studio", 110, 120),
    (6, 22, 15, "午夜诗会", "Midnight poems", "前厅", "Foyer", 30, 40),
)
TYPES = (
    ("a", "成人", "Adult", 100),
    ("c", "儿童", "Child", 50),
    ("s", "学生", "Student", 70),
    ("e", "老人", "Senior", 50),
    ("g", "团体", "Group", 85),
    ("x", "轮椅席", "Wheelchair+1", 50),
)
TIERS = (("first", "一等", "First", 28000), ("second", "二等", "Second", 18000))


def make_venue() -> Venue:
    return Venue(
        name={"zh": "清河剧场", "en": "Qinghe Theatre"},
        address={"zh": "清河路1号", "en": "1 Qinghe Road"},
        phone="010-1234",
        currency="CNY",
        time_zone="Asia/Shanghai",
        day_cut_off_hour=4,
        languages=["zh", "en"],
        key="7F3A-91C2",
        ticket_keys={},
        server_time=NOW,
        version="0.1.0",
    )


def make_shows() -> list[PerformanceCard]:
    return [_show(row) for row in SHOWS]


def _show(row: tuple[int, int, int, str, str, str, str, int, int]) -> PerformanceCard:
    key, hour, minute, zh, en, hall_zh, hall, left, size = row
    starts = datetime(2026, 11, 28, hour - 8, minute, tzinfo=UTC)
    return PerformanceCard(
        id=key,
        event_id=key,
        title={"zh": zh, "en": en},
        hall={"zh": hall_zh, "en": hall},
        starts_at=starts,
        ends_at=starts + timedelta(hours=2),
        seating="reserved" if key == 1 else "open",
        state="sold_out" if not left else "plenty",
        capacity=size,
        places_left=left,
        wheelchair_left=2 if key == 1 else 0,
        from_price_minor=9000,
        to_price_minor=28000,
    )


def make_detail(card: PerformanceCard) -> PerformanceDetail:
    reserved = card.seating == "reserved"
    tiers = TIERS if reserved else (("open", "通票", "Open", 6000),)
    return PerformanceDetail(
        card=card,
        event=make_event(card),
        tiers=[
            Tier(code=code, name={"zh": zh, "en": en}, rank=rank, full_price_minor=price)
            for rank, (code, zh, en, price) in enumerate(tiers, start=1)
        ],
        ticket_types=[
            TicketType(
                id=number,
                code=code.upper(),
                name={"zh": zh, "en": en},
                note={},
                prices_minor={tier[0]: tier[3] * percent // 100 for tier in tiers},
            )
            for number, (code, zh, en, percent) in enumerate(TYPES, start=1)
        ],
        places_per_order_max=10,
        hold_s=600,
    )


def make_event(card: PerformanceCard) -> EventCard:
    return EventCard(
        id=card.event_id,
        kind="show",
        art="rain",
        title=card.title,
        genre={},
        about={},
        length={},
        state="plenty",
        places_left=card.places_left,
        from_price_minor=card.from_price_minor,
        next_performance_id=card.id,
        next_starts_at=card.starts_at,
        next_hall=card.hall,
        last_ends_at=card.ends_at,
        days=[DAY, "2026-11-29"],
    )


def make_plan(performance_id: int, states: dict[int, str], seq: int) -> SeatPlan:
    """Stalls of rows 5 to 7, a circle of row 1; even numbers left of the middle, odd ones right."""
    seats: list[Seat] = []
    for section, row, y in (("S", "5", 300), ("S", "6", 400), ("S", "7", 500), ("C", "1", 900)):
        for place in range(6):
            number = (5 - 2 * place) + 1 if place < 3 else 2 * (place - 3) + 1
            key = len(seats) + 1001
            seats.append(
                Seat(
                    id=key,
                    section=section,
                    row=row,
                    number=str(number),
                    block=1,
                    x=(place - 3) * 55 + 27,
                    y=y,
                    tier="first" if section == "S" else "second",
                    kind="wheelchair" if (row, place) == ("5", 0) else "seat",
                    state=states.get(key, "free"),
                )
            )
    return SeatPlan(
        performance_id=performance_id,
        stage={"zh": "舞台", "en": "Stage"},
        sections=[_section("S", "1层", "Stalls"), _section("C", "2层", "Circle")],
        seats=seats,
        feed_seq=seq,
    )


def _section(code: str, zh: str, en: str) -> Section:
    name = {"zh": zh, "en": en}
    return Section(code=code, name=name, short=name, level=code)
