"""Order numbers, pick-up codes, states and refusals."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from venue_plugins.sales.domain import errors
from venue_plugins.sales.domain.errors import SeatTaken, WrongState
from venue_plugins.sales.domain.orders import (
    COUNTER_MAX,
    STATES,
    SYMBOLS,
    TRANSITIONS,
    VERBS,
    check_character,
    is_pickup_code,
    make_order_number,
    make_pickup_code,
    next_state,
    read_order_number,
)

from venue_suite.domain.errors import Refused

counters = st.integers(0, COUNTER_MAX)


# --- order numbers -----------------------------------------------------------------------------


def test_numbers_of_a_day_end_in_digits_that_count() -> None:
    numbers = [make_order_number(counter) for counter in (931, 932, 10_000)]
    assert [number[-4:] for number in numbers] == ["0931", "0932", "0000"]
    assert numbers[0][:3] == numbers[1][:3] != numbers[2][:3]


@given(counters)
def test_a_number_has_its_shape_and_reads_back(counter: int) -> None:
    number = make_order_number(counter)
    assert re.fullmatch(r"[A-Z][0-9][A-Z][0-9A-Z]-[0-9]{4}", number)
    assert not set(number) & set("BDGILOQSUZ")
    assert read_order_number(number) == number
    assert read_order_number(f" {number.lower().replace('-', ' ')}") == number
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else "－" for c in number)
    assert read_order_number(wide) == number


@given(counters, counters)
def test_two_counters_never_share_a_number(one: int, two: int) -> None:
    assert (make_order_number(one) == make_order_number(two)) == (one == two)


@given(counters, st.sampled_from([0, 1, 2, 3, 5, 6, 7, 8]), st.sampled_from(SYMBOLS))
def test_one_wrong_character_is_noticed(counter: int, place: int, symbol: str) -> None:
    number = make_order_number(counter)
    wrong = number[:place] + symbol + number[place + 1 :]
    assert read_order_number(wrong) == (number if wrong == number else None)


def test_most_swaps_of_neighbours_are_noticed() -> None:
    missed = tried = 0
    for counter in range(0, COUNTER_MAX, COUNTER_MAX // 997):
        number = make_order_number(counter)
        for place in (5, 6, 7):
            swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
            if swapped != number:
                tried += 1
                missed += read_order_number(swapped) is not None
    assert tried > 2000
    assert missed / tried < 0.02


@pytest.mark.parametrize("text", ["", "A7K5-093", "A7K5-09311", "AAAA-AAAA", "O7K5-0931", "取票"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert read_order_number(text) is None


@pytest.mark.parametrize("counter", [-1, COUNTER_MAX + 1])
def test_a_counter_out_of_range_is_a_mistake(counter: int) -> None:
    with pytest.raises(ValueError, match="counter"):
        make_order_number(counter)


# --- pick-up codes -----------------------------------------------------------------------------


def test_the_check_digit_is_that_of_the_standard() -> None:
    # The example of ISO/IEC 7064 for MOD 11,10: 0794 has the check digit 5.
    assert check_character("0794", "0123456789") == "5"


@given(st.binary(min_size=4, max_size=4), st.integers(0, 7), st.sampled_from("0123456789"))
def test_a_code_has_eight_digits_that_fit(chance: bytes, place: int, digit: str) -> None:
    pieces = iter([chance, b"\x00\x00\x12\x34"])
    code = make_pickup_code(lambda count: next(pieces))
    assert re.fullmatch(r"[0-9]{8}", code)
    assert is_pickup_code(code)
    wrong = code[:place] + digit + code[place + 1 :]
    assert is_pickup_code(wrong) == (wrong == code)


def test_unfair_chance_is_thrown_away() -> None:
    # The topmost numbers of 32 bits would make small codes likelier than others.
    pieces = iter([b"\xff\xff\xff\xff", b"\x00\x00\x00\x07"])
    assert make_pickup_code(lambda count: next(pieces)).startswith("0000007")


@pytest.mark.parametrize("text", ["", "1234567", "123456789", "1234567a", "１２３４５６７８"])
def test_what_is_no_code_is_refused(text: str) -> None:
    assert not is_pickup_code(text)


# --- states ------------------------------------------------------------------------------------


def test_an_order_goes_its_ways_and_no_others() -> None:
    assert next_state("held", "change") == "held"
    assert next_state("held", "pay") == "paid"
    assert next_state("held", "release") == "released"
    assert next_state("held", "expire") == "expired"
    assert next_state("paid", "reprint") == "paid"
    ends = Counter(state for state, _ in TRANSITIONS)
    assert ends["released"] == ends["expired"] == 0
    for state in STATES:
        for verb in VERBS:
            if (state, verb) not in TRANSITIONS:
                with pytest.raises(WrongState) as refusal:
                    next_state(state, verb)
                assert refusal.value.params == {"state": state, "verb": verb}


@pytest.mark.parametrize(("state", "verb"), [("lost", "pay"), ("held", "eat")])
def test_an_unknown_word_is_a_mistake_not_a_refusal(state: str, verb: str) -> None:
    with pytest.raises(ValueError, match=f"{state}|{verb}"):
        next_state(state, verb)


# --- refusals ----------------------------------------------------------------------------------

SAMPLES: dict[str, dict[str, object]] = {
    "SoldOut": {"wanted": 4, "left": 2},
    "SeatTaken": {"seats": [1044, 1043]},
    "HoldExpired": {"number": "A7K5-0931"},
    "WrongState": {"state": "paid", "verb": "change"},
    "TooManyPlaces": {"count": 12, "limit": 10},
    "PaymentShort": {"received": "¥100", "due": "¥380"},
    "PaymentUnknown": {"payment": 7},
    "TicketTypeNotSold": {"ticket_type": "x"},
    "PerformanceNotOnSale": {"performance": "潮汐来信 19:30"},
    "PrinterJobUnknown": {"job": "ticket-1-1"},
}


def refusals() -> dict[str, type[Refused]]:
    kinds = (kind for kind in vars(errors).values() if isinstance(kind, type))
    return {kind.__name__: kind for kind in kinds if kind.__module__ == errors.__name__}


@pytest.mark.parametrize("name", sorted(refusals()))
def test_a_refusal_says_what_it_was_given(name: str) -> None:
    kind = refusals()[name]
    refusal = kind(**SAMPLES[name])
    assert "{" not in str(refusal)
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.code)
    assert kind.http_status == (404 if name == "PrinterJobUnknown" else 409)


def test_codes_are_unique() -> None:
    codes = Counter(kind.code for kind in refusals().values())
    assert set(codes.values()) == {1}


def test_taken_seats_are_counted_and_named() -> None:
    refusal = SeatTaken(seats=frozenset({1044, 1043}))
    assert refusal.params == {"seats": [1043, 1044], "count": 2}
    assert str(refusal) == "Somebody else has just taken 2 of these seats."
    with pytest.raises(TypeError):
        SeatTaken(seats=1043)
