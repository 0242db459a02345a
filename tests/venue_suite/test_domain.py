"""The nouns: money without floats, days with a cut-off, names in the reader's language."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venue_suite.domain.business_day import business_day
from venue_suite.domain.errors import NotFound, VenueError
from venue_suite.domain.ids import make_ulid
from venue_suite.domain.localized import localized
from venue_suite.domain.money import Currency


@pytest.mark.parametrize(
    ("code", "amount_minor", "full", "short"),
    [
        ("CNY", 0, "¥0.00", "¥0"),
        ("CNY", 5, "¥0.05", "¥0.05"),
        ("CNY", 38000, "¥380.00", "¥380"),
        ("CNY", 123450, "¥1,234.50", "¥1,234.50"),
        ("CNY", -5, "-¥0.05", "-¥0.05"),
        ("CNY", -123456789, "-¥1,234,567.89", "-¥1,234,567.89"),
        ("JPY", 1234, "¥1,234", "¥1,234"),
        ("KWD", 1234, "KWD 1.234", "KWD 1.234"),
        ("KWD", 2000, "KWD 2.000", "KWD 2"),
        ("XXX", 100, "XXX 1.00", "XXX 1"),
    ],
)
def test_amounts_as_people_read_them(code: str, amount_minor: int, full: str, short: str) -> None:
    currency = Currency(code)
    assert currency.format(amount_minor) == full
    assert currency.format(amount_minor, short=True) == short


@given(st.sampled_from(["CNY", "JPY", "KWD"]), st.integers(-(10**18), 10**18))
def test_no_cent_is_lost_in_an_amount(code: str, amount_minor: int) -> None:
    currency = Currency(code)
    digits = currency.format_plain(amount_minor).replace(",", "").replace(".", "")
    assert int(digits) == amount_minor


SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        (datetime(2026, 11, 28, 19, 59, 59, tzinfo=UTC), SHANGHAI, date(2026, 11, 28)),
        (datetime(2026, 11, 28, 20, 0, tzinfo=UTC), SHANGHAI, date(2026, 11, 29)),
        (datetime(2026, 12, 31, 18, 0, tzinfo=UTC), SHANGHAI, date(2026, 12, 31)),
        # The night that is an hour shorter, and the one that is an hour longer.
        (datetime(2026, 3, 29, 1, 59, tzinfo=UTC), BERLIN, date(2026, 3, 28)),
        (datetime(2026, 3, 29, 2, 0, tzinfo=UTC), BERLIN, date(2026, 3, 29)),
        (datetime(2026, 10, 25, 2, 59, tzinfo=UTC), BERLIN, date(2026, 10, 24)),
        (datetime(2026, 10, 25, 3, 0, tzinfo=UTC), BERLIN, date(2026, 10, 25)),
    ],
)
def test_day_ends_at_its_cut_off_hour(moment: datetime, zone: ZoneInfo, day: date) -> None:
    assert business_day(moment, zone, 4) == day


@given(st.integers(1_600_000_000, 2_000_000_000), st.integers(0, 12))
def test_days_never_go_back(second: int, cut_off_hour: int) -> None:
    moment = datetime.fromtimestamp(second, UTC)
    days = [
        business_day(moment + timedelta(minutes=minutes), BERLIN, cut_off_hour)
        for minutes in range(0, 180, 10)
    ]
    assert days == sorted(days)


@pytest.mark.parametrize(
    ("names", "language", "text"),
    [
        ({"zh": "星", "en": "Star"}, "zh", "星"),
        ({"zh": "星", "en": "Star"}, "fr", "Star"),
        ({"zh": "星"}, "en", "星"),
        ({"zh": "", "en": "Star"}, "zh", "Star"),
        ({"fr": "Étoile"}, "zh", "Étoile"),
        ({}, "zh", ""),
    ],
)
def test_name_in_the_best_language_there_is(
    names: dict[str, str], language: str, text: str
) -> None:
    assert localized(names, language) == text


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_ulid_holds_time_and_chance(time_ms: int, chance: bytes) -> None:
    text = make_ulid(time_ms, lambda n: chance[:n])
    number = 0
    for char in text:
        number = number * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(char)
    assert number == (time_ms << 80) | int.from_bytes(chance, "big")
    assert len(text) == 26


def test_refusal_is_a_sentence_with_its_values() -> None:
    error = NotFound(what="Order", key="{7}")
    assert str(error) == "Order {7} does not exist."
    assert (error.template, error.params) == (
        "{what} {key} does not exist.",
        {"what": "Order", "key": "{7}"},
    )
    assert str(VenueError("Only {this}.", this="once")) == "Only once."
