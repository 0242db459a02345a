"""Cash at the counter: amounts, quick amounts, notes, and which digit chooses a tender."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from venue_plugins.sales.terminal.cash import (
    chosen_tender,
    notes_to_give,
    quick_amounts,
    read_amount,
)

from venue_suite.domain.money import Currency

YUAN, YEN = Currency("CNY"), Currency("JPY")


@pytest.mark.parametrize(
    ("text", "minor"),
    [("600", 60000), ("600.5", 60050), ("600.50", 60050), (".5", 50), ("0", 0), ("600.", 60000)],
)
def test_amount_is_read_in_minor_units(text: str, minor: int) -> None:
    assert read_amount(text, YUAN) == minor


@pytest.mark.parametrize("text", ["", ".", "6a", "-5", "1.234", "1,5", "٣", "9999999999"])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert read_amount(text, YUAN) is None


def test_a_currency_without_cents_has_no_point() -> None:
    assert read_amount("600", YEN) == 600
    assert read_amount("600.5", YEN) is None


@given(st.integers(0, 10**9))
def test_shown_amounts_are_read_back(minor: int) -> None:
    assert read_amount(YUAN.format_plain(minor).replace(",", ""), YUAN) == minor


@pytest.mark.parametrize(
    ("due", "plus", "plus_plus"),
    [(50000, 55000, 60000), (63000, 65000, 70000), (56000, 60000, 70000), (3500, 5000, 10000)],
)
def test_quick_amounts_are_the_next_fifty_and_the_hundred_after_it(
    due: int, plus: int, plus_plus: int
) -> None:
    quick = quick_amounts(due)
    assert (quick.exact_minor, quick.plus_minor, quick.plus_plus_minor) == (due, plus, plus_plus)


@given(st.integers(0, 10**7))
def test_quick_amounts_always_suffice(due: int) -> None:
    quick = quick_amounts(due)
    assert due < quick.plus_minor < quick.plus_plus_minor <= due + 20000


def test_change_is_given_in_few_notes() -> None:
    assert notes_to_give(24050, YUAN) == [(10000, 2), (2000, 2), (50, 1)]
    assert notes_to_give(0, YUAN) == []
    assert notes_to_give(-5, YUAN) == []


@given(st.integers(0, 10**7).map(lambda tens: tens * 10))
def test_notes_make_the_whole_change(change: int) -> None:
    assert sum(value * pieces for value, pieces in notes_to_give(change, YUAN)) == change


@pytest.mark.parametrize(
    ("text", "due", "tender"),
    [
        ("3", 56000, 3),
        ("3", 300, None),  # three yuan pay three yuan
        ("33", 56000, None),
        ("", 56000, None),
        (".", 56000, None),
    ],
)
def test_one_digit_chooses_a_tender_unless_it_pays(text: str, due: int, tender: int | None) -> None:
    assert chosen_tender(text, due, YUAN) == tender
