"""Days and times in words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from venue_suite.wording import format_date, format_moment, format_time, relative_day

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")


def _at(text: str) -> datetime:
    """A time in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("language", "plain", "with_year"),
    [
        ("zh", "11月28日 周六", "2026年11月28日 周六"),
        ("zh-CN", "11月28日 周六", "2026年11月28日 周六"),
        ("en", "Sat 28 Nov", "Sat 28 Nov 2026"),
        ("fr", "Sat 28 Nov", "Sat 28 Nov 2026"),
    ],
)
def test_format_date(language: str, plain: str, with_year: str) -> None:
    assert format_date(date(2026, 11, 28), language) == plain
    assert format_date(date(2026, 11, 28), language, with_year=True) == with_year


def test_every_weekday_and_month_has_its_name() -> None:
    week = [format_date(date(2026, 3, day), "zh")[-1] for day in range(2, 9)]
    assert "".join(week) == "一二三四五六日"
    months = [format_date(date(2026, month, 1), "en").split()[2] for month in range(1, 13)]
    assert " ".join(months) == "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"


def test_times_are_told_in_the_venues_zone() -> None:
    moment = datetime(2026, 11, 28, 11, 30, 5, tzinfo=UTC)
    assert format_time(moment, SHANGHAI) == "19:30"
    assert format_time(moment, NEW_YORK) == "06:30"
    assert format_moment(moment, SHANGHAI) == "2026-11-28 19:30:05"


@pytest.mark.parametrize(
    ("moment", "chinese", "english"),
    [
        ("2026-11-28T00:00", "今天", "Today"),
        ("2026-11-28T17:59", "今天", "Today"),
        ("2026-11-28T18:00", "今晚", "Tonight"),
        ("2026-11-29T00:10", "明天", "Tomorrow"),
        ("2026-11-29T23:59", "明天", "Tomorrow"),
        ("2026-11-30T00:00", "11月30日 周一", "Mon 30 Nov"),
        ("2026-11-27T20:00", "昨天", "Yesterday"),
        ("2026-11-26T20:00", "11月26日 周四", "Thu 26 Nov"),
        ("2027-01-01T20:00", "2027年1月1日 周五", "Fri 1 Jan 2027"),
    ],
)
def test_relative_day(moment: str, chinese: str, english: str) -> None:
    now = _at("2026-11-28T14:00")
    assert relative_day(_at(moment), now, SHANGHAI, "zh") == chinese
    assert relative_day(_at(moment), now, SHANGHAI, "en") == english


def test_the_day_changes_at_the_venues_midnight() -> None:
    show = datetime(2026, 11, 28, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai
    now = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
    assert relative_day(show, now, SHANGHAI, "en") == "Tomorrow"
    assert relative_day(show, now, NEW_YORK, "en") == "Today"
