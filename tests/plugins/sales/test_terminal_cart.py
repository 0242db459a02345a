"""What the cart should hold after a step: what stays, what is added, what is dropped."""

from __future__ import annotations

import msgspec
import pytest
from venue_plugins.sales.terminal.cart import (
    group_lines,
    price_groups,
    seat_words,
    wanted_anew,
    wanted_less,
    wanted_more,
    wanted_without_last_group,
)
from venue_plugins.sales.terminal.sell_line import Group, LineUnclear
from venue_plugins.sales.wire import Order, OrderLine, PriceLine

from tests.terminal_ui.fake_data import make_detail, make_shows

SHOW = make_shows()[0]
TYPES = make_detail(SHOW).ticket_types
ADULT, CHILD = TYPES[0].id, TYPES[1].id


def line(key: int, type_id: int, number: str, price_minor: int = 28000) -> OrderLine:
    return OrderLine(
        id=key,
        ticket_type_id=type_id,
        ticket_type_code="",
        ticket_type={"en": "Adult"},
        tier="first",
        seat_id=1000 + key,
        section={"en": "Stalls"},
        row="7",
        number=number,
        price_minor=price_minor,
        ticket_number="",
        ticket_state="",
        print_state="",
        entered_at=None,
    )


LINES = [line(1, ADULT, "1"), line(2, ADULT, "3"), line(3, CHILD, "5", 7000)]


def shown(wanted: object) -> list[tuple[int, int, list[int]]]:
    return [
        (one["ticket_type_id"], one["count"], one["seat_ids"])
        for one in msgspec.to_builtins(wanted)
    ]


def test_more_without_seats_lets_the_server_choose_for_all() -> None:
    wanted = wanted_more(LINES, TYPES, [Group(1, "s")])
    assert shown(wanted) == [(ADULT, 2, []), (CHILD, 1, []), (TYPES[2].id, 1, [])]


def test_more_with_seats_keeps_every_seat() -> None:
    wanted = wanted_more(LINES, TYPES, [Group(1, "a"), Group(1, "c")], [1010, 1011])
    assert shown(wanted) == [
        (ADULT, 2, [1001, 1002]),
        (CHILD, 1, [1003]),
        (ADULT, 1, [1010]),
        (CHILD, 1, [1011]),
    ]


def test_less_drops_what_was_taken_last_and_keeps_the_other_seats() -> None:
    assert shown(wanted_less(LINES, TYPES, [Group(1, "a")])) == [
        (ADULT, 1, [1001]),
        (CHILD, 1, [1003]),
    ]


def test_less_than_there_is_is_refused() -> None:
    with pytest.raises(LineUnclear, match="fewer"):
        wanted_less(LINES, TYPES, [Group(2, "c")])
    with pytest.raises(LineUnclear, match="letter z"):
        wanted_less(LINES, TYPES, [Group(1, "z")])


def test_nothing_left_is_nothing_wanted() -> None:
    assert wanted_less(LINES, TYPES, [Group(2, "a"), Group(1, "c")]) == []


def test_del_drops_the_last_line_of_the_cart() -> None:
    assert shown(wanted_without_last_group(LINES)) == [(ADULT, 2, [1001, 1002])]
    assert wanted_without_last_group(LINES[:2]) == []


def test_others_please_names_no_seat() -> None:
    assert shown(wanted_anew(LINES)) == [(ADULT, 2, []), (CHILD, 1, [])]


def test_seats_are_named_by_row() -> None:
    assert [numbers for _, numbers in seat_words(LINES)] == [["1", "3", "5"]]


def order(prices: list[PriceLine], total_minor: int) -> Order:
    return msgspec.convert(
        {
            "id": 7,
            "number": "A7K2-0931",
            "pickup_code": "62040931",
            "state": "held",
            "performance": msgspec.to_builtins(SHOW),
            "lines": msgspec.to_builtins(LINES),
            "prices": msgspec.to_builtins(prices),
            "payments": [],
            "total_minor": total_minor,
            "paid_minor": 0,
            "tax_included_minor": 0,
            "currency": "CNY",
            "together": True,
            "placed_at": "2026-11-28T10:42:00Z",
            "expires_at": None,
            "paid_at": None,
            "station": "",
            "staff": "",
            "language": "en",
        },
        Order,
    )


def price(kind: str, amount_minor: int) -> PriceLine:
    return PriceLine(
        text={"en": kind}, detail={}, count=1, unit_minor=0, amount_minor=amount_minor, kind=kind
    )


def test_listed_prices_and_promotions_add_up_to_the_servers_total() -> None:
    groups, extras = price_groups(order([price("promotion", -7000), price("fee", 0)], 63000), TYPES)
    assert [group.amount_minor for group in groups] == [56000, 14000]
    assert [line.amount_minor for line in extras] == [-7000]


def test_prices_that_do_not_add_up_are_not_shown() -> None:
    """Another price list since the sale: the tickets stand at what they really cost."""
    groups, extras = price_groups(order([price("promotion", -7000)], 63000), [])
    assert [group.amount_minor for group in groups] == [56000, 7000]
    assert extras == []
    assert groups == group_lines(LINES)
