"""Clocks and days in the words of one language."""

from __future__ import annotations

from datetime import datetime

from venue_suite.wording import format_date


def clock_line(at: datetime, language: str) -> str:
    """`Sat 28 Nov 18:42`. `at` is in the venue's zone."""
    return f"{format_date(at.date(), language)} {at:%H:%M}"


def minutes(seconds: float) -> str:
    """`09:41`; never negative."""
    whole = max(0, int(seconds))
    return f"{whole // 60:02d}:{whole % 60:02d}"
