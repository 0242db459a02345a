"""Prices: exact, explained, never below zero."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from venue_plugins.sales.domain.pricing import PriceRequest, Quote, contained_tax, quote
from venue_plugins.sales.domain.promotions import (
    Conditions,
    PricedTicket,
    Promotion,
    percent_of,
    read_promotion,
    share_out,
)

from venue_suite.domain.errors import ConfigInvalid
from venue_suite.domain.money import Currency

NAMES = {
    "a": {"zh": "成人", "en": "Adult"},
    "c": {"zh": "儿童", "en": "Child"},
    "s": {"zh": "学生", "en": "Student"},
}
FAMILY = read_promotion(
    {
        "code": "weekend-family",
        "kind": "together",
        "parts": [["a"], ["c"]],
        "amount_minor": 3800,
        "weekdays": [6, 7],
        "name": {"zh": "周末亲子优惠", "en": "Weekend family offer"},
        "rule": {"zh": "周六、周日，一大一小同行，减 ¥38", "en": "One adult with one child"},
    }
)
THIRD = read_promotion(
    {
        "code": "third-half",
        "kind": "every_nth",
        "nth": 3,
        "percent_bp": 5000,
        "name": {"zh": "第 3 人半价", "en": "Third half price"},
        "rule": {"zh": "三人同行，第三人半价", "en": "The third of three is half price"},
    }
)


def ask(*tickets: PricedTicket, weekday: int = 6, **options: object) -> PriceRequest:
    return PriceRequest(
        tickets=tickets,
        weekday=weekday,
        channel="kiosk",
        currency=Currency("CNY"),
        type_names=NAMES,
        **options,  # type: ignore[arg-type]
    )


def ticket(code: str, unit_minor: int, full_minor: int = 0) -> PricedTicket:
    return PricedTicket(code, "T2", unit_minor, full_minor, tax_bp=300)


def rows(priced: Quote) -> list[tuple[str, str, int]]:
    return [(line.text["zh"], line.detail["zh"], line.amount_minor) for line in priced.lines]


# --- the drawings of the design ----------------------------------------------------------------


def test_an_adult_and_a_child_at_the_weekend() -> None:
    priced = quote(ask(ticket("a", 38000, 38000), ticket("c", 19000, 38000)), [FAMILY, THIRD])
    assert rows(priced) == [
        ("成人票", "1 × ¥380", 38000),
        ("儿童票", "1 × ¥190（成人价的一半）", 19000),
        ("周末亲子优惠", "周六、周日，一大一小同行，减 ¥38", -3800),
        ("服务费", "无", 0),
    ]
    assert priced.total_minor == 53200
    assert priced.lines[1].detail["en"] == "1 × ¥190 (half price)"
    assert sum(priced.net_minor) == 53200


def test_the_third_ticket_at_half_price_on_a_weekday() -> None:
    tickets = (ticket("a", 28000), ticket("a", 28000), ticket("c", 14000, 28000))
    priced = quote(ask(*tickets, weekday=3), [FAMILY, THIRD])
    assert priced.total_minor == 63000
    assert priced.net_minor == (28000, 28000, 7000)
    assert priced.tax_included_minor == {300: 1835}
    assert [line.kind for line in priced.lines] == ["tickets", "tickets", "promotion", "fee"]


# --- rules -------------------------------------------------------------------------------------


def test_a_promotion_asks_for_its_day_channel_and_event() -> None:
    tickets = (ticket("a", 38000), ticket("c", 19000))
    rule = {**FAMILY_DATA, "channels": ["kiosk"], "events": ["tide"]}
    limited = read_promotion(rule)
    assert quote(ask(*tickets, event="tide"), [limited]).total_minor == 53200
    assert quote(ask(*tickets, event="win"), [limited]).total_minor == 57000
    assert quote(ask(*tickets, event="tide", weekday=5), [limited]).total_minor == 57000
    assert not limited.conditions.hold(6, "counter", "tide")


def test_a_pair_counts_once_and_each_pair_again() -> None:
    adults = [ticket("a", 38000)] * 3
    children = [ticket("c", 19000)] * 2
    priced = quote(ask(*adults, *children), [FAMILY])
    (line,) = [line for line in priced.lines if line.kind == "promotion"]
    assert (line.count, line.unit_minor, line.amount_minor) == (2, -3800, -7600)


def test_the_order_of_the_rules_is_the_cheapest_for_the_visitor() -> None:
    # Family first: 38 off, two tickets left, no third. Third first: half of 190 off, 95.
    tickets = (ticket("a", 38000), ticket("a", 38000), ticket("c", 19000))
    assert quote(ask(*tickets), [FAMILY, THIRD]).total_minor == 95000 - 9500
    assert quote(ask(*tickets), [THIRD, FAMILY]) == quote(ask(*tickets), [FAMILY, THIRD])


def test_the_cheapest_order_need_not_be_the_alphabetical_one() -> None:
    tickets = (ticket("a", 38000), ticket("a", 38000), ticket("c", 19000))
    family = replace(FAMILY, code="a-family")
    assert quote(ask(*tickets), [family, THIRD]).total_minor == 95000 - 9500


def test_of_two_equal_rules_the_first_by_code_is_used() -> None:
    tickets = (ticket("a", 38000), ticket("c", 19000))
    twin = replace(FAMILY, code="a-twin", name={"zh": "双胞胎", "en": "Twin"})
    for rules in ([FAMILY, twin], [twin, FAMILY]):
        priced = quote(ask(*tickets), rules)
        assert [line.text["en"] for line in priced.lines] == [
            "Adult", "Child", "Twin", "Service fee",
        ]  # fmt: skip


def test_an_amount_never_makes_tickets_cheaper_than_nothing() -> None:
    priced = quote(ask(ticket("a", 2000), ticket("c", 1000)), [FAMILY])
    assert priced.total_minor == 0
    assert priced.net_minor == (0, 0)


def test_a_free_ticket_is_no_reason_to_show_a_promotion() -> None:
    priced = quote(ask(ticket("a", 0), ticket("c", 0, 100)), [FAMILY])
    assert [line.kind for line in priced.lines] == ["tickets", "tickets", "fee"]
    assert priced.lines[1].detail["zh"] == "1 × ¥0（免费）"


def test_a_fee_is_said_and_taxed_at_its_own_rate() -> None:
    priced = quote(ask(ticket("a", 10300), fee_minor=212, fee_tax_bp=600))
    assert rows(priced)[-1] == ("服务费", "每单 ¥2.12", 212)
    assert priced.total_minor == 10512
    assert priced.tax_included_minor == {300: 300, 600: 12}
    assert priced.net_minor == (10300,)


def test_other_shares_are_told_in_percent() -> None:
    priced = quote(ask(ticket("s", 30400, 38000)))
    assert rows(priced)[0][1] == "1 × ¥304（成人价的 80%）"
    odd = quote(ask(ticket("s", 33333, 100000)))
    assert rows(odd)[0][1] == "1 × ¥333.33"


@pytest.mark.parametrize(
    "request_",
    [ask(), ask(ticket("a", -1)), ask(ticket("a", 1), fee_minor=-1)],
)
def test_nonsense_is_refused(request_: PriceRequest) -> None:
    with pytest.raises(ValueError, match="zero or more"):
        quote(request_)


# --- rounding ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "rate", "share"), [(1, 5000, 1), (3, 5000, 2), (1, 4999, 0), (25, 1000, 3)]
)
def test_shares_are_rounded_half_up(amount: int, rate: int, share: int) -> None:
    assert percent_of(amount, rate) == share


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_shares_and_tax_are_exact_to_half_a_unit(amount: int, rate: int) -> None:
    share = Fraction(amount * rate, 10_000)
    assert -Fraction(1, 2) < percent_of(amount, rate) - share <= Fraction(1, 2)
    tax = Fraction(amount * rate, 10_000 + rate)
    assert -Fraction(1, 2) < contained_tax(amount, rate) - tax <= Fraction(1, 2)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=8), st.data())
def test_an_amount_is_shared_out_without_rest(weights: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(weights)))
    parts = share_out(amount, weights)
    assert sum(parts) == amount
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weights) or 1)) < 1


# --- properties --------------------------------------------------------------------------------

tickets_st = st.lists(
    st.builds(
        PricedTicket,
        type_code=st.sampled_from("asc"),
        tier=st.sampled_from(["T1", "T2"]),
        unit_minor=st.integers(0, 100_000),
        full_minor=st.sampled_from([0, 20_000, 38_000]),
        tax_bp=st.sampled_from([0, 300, 600]),
    ),
    min_size=1,
    max_size=12,
)
conditions_st = st.builds(
    Conditions, weekdays=st.frozensets(st.integers(1, 7)), channels=st.just(frozenset())
)
text = {"en": "x"}
promotion_st = st.one_of(
    st.builds(
        Promotion,
        code=st.sampled_from("pqrs"),
        kind=st.just("together"),
        name=st.just(text),
        rule=st.just(text),
        conditions=conditions_st,
        parts=st.lists(
            st.frozensets(st.sampled_from("asc"), min_size=1), min_size=1, max_size=3
        ).map(tuple),
        amount_minor=st.integers(1, 50_000),
    ),
    st.builds(
        Promotion,
        code=st.sampled_from("tuvw"),
        kind=st.just("every_nth"),
        name=st.just(text),
        rule=st.just(text),
        conditions=conditions_st,
        nth=st.integers(1, 4),
        types=st.frozensets(st.sampled_from("asc")),
        percent_bp=st.integers(1, 10_000),
    ),
)
promotions_st = st.lists(promotion_st, max_size=4, unique_by=lambda promotion: promotion.code)


@settings(deadline=None)
@given(tickets_st, promotions_st, st.integers(1, 7), st.integers(0, 500), st.data())
def test_every_quote_adds_up(
    tickets: list[PricedTicket],
    promotions: list[Promotion],
    weekday: int,
    fee: int,
    data: st.DataObject,
) -> None:
    priced = quote(ask(*tickets, weekday=weekday, fee_minor=fee), promotions)
    assert sum(line.amount_minor for line in priced.lines) == priced.total_minor
    assert sum(priced.net_minor) + fee == priced.total_minor
    assert priced.total_minor >= fee
    assert len(priced.net_minor) == len(tickets)
    for net, sold in zip(priced.net_minor, tickets, strict=True):
        assert 0 <= net <= sold.unit_minor
    assert sum(line.count for line in priced.lines if line.kind == "tickets") == len(tickets)
    assert all(line.amount_minor < 0 for line in priced.lines if line.kind == "promotion")
    assert all(set(line.text) >= {"en"} and line.detail["en"] for line in priced.lines)
    assert all(tax >= 0 for tax in priced.tax_included_minor.values())

    shuffled = data.draw(st.permutations(tickets))
    other = quote(
        ask(*shuffled, weekday=weekday, fee_minor=fee), data.draw(st.permutations(promotions))
    )
    assert other.lines == priced.lines
    assert other.tax_included_minor == priced.tax_included_minor
    assert Counter(other.net_minor) == Counter(priced.net_minor)


# --- stored rules ------------------------------------------------------------------------------

FAMILY_DATA: dict[str, object] = {
    "code": "f",
    "kind": "together",
    "parts": [["a"], ["c"]],
    "amount_minor": 3800,
    "weekdays": [6, 7],
    "name": {"en": "Family"},
    "rule": {"en": "One adult with one child"},
}


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "magic"},
        {"parts": []},
        {"parts": [["a"], []]},
        {"parts": "ac"},
        {"amount_minor": 0},
        {"amount_minor": -1},
        {"amount_minor": 1.5},
        {"percent_bp": 1000},
        {"amount_minor": 0, "percent_bp": 10_001},
        {"kind": "every_nth", "nth": 0},
        {"weekdays": [0]},
        {"weekdays": ["6"]},
        {"name": "Family"},
        {"code": ""},
        {"wekdays": [6]},
    ],
)
def test_a_wrong_rule_is_refused_with_its_code(change: dict[str, object]) -> None:
    with pytest.raises(ConfigInvalid, match="promotion"):
        read_promotion({**FAMILY_DATA, **change})


def test_a_rule_without_a_name_is_refused() -> None:
    with pytest.raises(ConfigInvalid, match="name"):
        read_promotion({key: value for key, value in FAMILY_DATA.items() if key != "name"})
