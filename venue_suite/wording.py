"""Days and times as people write them, in Chinese and English. Pure functions."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

_EVENING_FROM_HOUR = 18

_WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_MONTHS_EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_RELATIVE = {
    "zh": {"today": "今天", "tonight": "今晚", "tomorrow": "明天", "yesterday": "昨天"},
    "en": {
        "today": "Today",
        "tonight": "Tonight",
        "tomorrow": "Tomorrow",
        "yesterday": "Yesterday",
    },
}


def _known(language: str) -> str:
    """`zh` for all kinds of Chinese, else English."""
    return "zh" if language.lower().split("-")[0].split("_")[0] == "zh" else "en"


def format_date(day: date, language: str, *, with_year: bool = False) -> str:
    """A day with its weekday: `11月28日 周六`, `Sat 28 Nov`; with the year if asked."""
    if _known(language) == "zh":
        year = f"{day.year}年" if with_year else ""
        return f"{year}{day.month}月{day.day}日 周{_WEEKDAYS['zh'][day.weekday()]}"
    year = f" {day.year}" if with_year else ""
    weekday = _WEEKDAYS["en"][day.weekday()]
    return f"{weekday} {day.day} {_MONTHS_EN[day.month - 1]}{year}"


def format_time(moment: datetime, zone: tzinfo) -> str:
    """The time of day in the venue's zone, 24 hours: `19:30`. `moment` is an aware time."""
    return moment.astimezone(zone).strftime("%H:%M")


def format_moment(moment: datetime, zone: tzinfo) -> str:
    """Day and time to the second, to be sorted and searched: `2026-11-28 18:42:18`."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def relative_day(moment: datetime, now: datetime, zone: tzinfo, language: str) -> str:
    """The day of `moment` as seen from `now`: `今晚`, `Tomorrow`, else the date.

    Days are calendar days in `zone`; today from 18:00 on is tonight.

    Args:
        moment: an aware time.
        now: an aware time.
        zone: the venue's.
        language: `zh` or `en`.
    """
    local = moment.astimezone(zone)
    today = now.astimezone(zone).date()
    words = _RELATIVE[_known(language)]
    if local.date() == today:
        return words["tonight" if local.hour >= _EVENING_FROM_HOUR else "today"]
    if local.date() == today + timedelta(days=1):
        return words["tomorrow"]
    if local.date() == today - timedelta(days=1):
        return words["yesterday"]
    return format_date(local.date(), language, with_year=local.year != today.year)
