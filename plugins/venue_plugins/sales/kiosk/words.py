"""Values in words, in Chinese and English: times, days, seats, amounts. Pure.

Times come in as aware UTC and are shown in the venue's zone; "tonight" and "tomorrow" are seen from
`now`. A language that has no words of its own here reads the English ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk.state import Sentence
from venue_suite.domain.localized import localized
from venue_suite.domain.money import Currency

EVENING_FROM_HOUR = 18
_ZH_DAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_EN_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EN_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_ZH_NUMBERS = "零一两三四五六七八九十"
_EN_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]

# --- times -------------------------------------------------------------------------------------


def clock_words(at: datetime, zone: ZoneInfo) -> str:
    """`19:30`, the venue's local time."""
    return at.astimezone(zone).strftime("%H:%M")


def date_words(day: date, language: str, *, long: bool = False) -> str:
    """`6月14日 周六`, `Sat 14 June`; long: `Saturday 14 June`."""
    if language == "zh":
        return f"{day.month}月{day.day}日 {_ZH_DAYS[day.weekday()]}"
    name = _EN_DAYS[day.weekday()]
    return f"{name if long else name[:3]} {day.day} {_EN_MONTHS[day.month - 1]}"


def day_words(day: date, today: date, language: str) -> str:
    """`今天`, `Tomorrow`, else the date."""
    if day == today:
        return "今天" if language == "zh" else "Today"
    if day == today + timedelta(days=1):
        return "明天" if language == "zh" else "Tomorrow"
    return date_words(day, language)


def when_words(at: datetime, now: datetime, zone: ZoneInfo, language: str) -> str:
    """`今晚 19:30`, `Tomorrow 14:30`, `Sat 14 June 19:30`."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today and local.hour >= EVENING_FROM_HOUR:
        day = "今晚" if language == "zh" else "Tonight"
    else:
        day = day_words(local.date(), today, language)
    return f"{day} {clock_words(at, zone)}"


def until_words(at: datetime, now: datetime, zone: ZoneInfo, language: str) -> str:
    """`今天至 20:00`, `Today to 20:00`: how long an exhibition is open."""
    day = day_words(at.astimezone(zone).date(), now.astimezone(zone).date(), language)
    between = "至" if language == "zh" else " to"
    return f"{day}{between} {clock_words(at, zone)}"


def day_cell(day: str, now: datetime, zone: ZoneInfo, language: str) -> tuple[str, str]:
    """The two lines of a cell of the date strip: (`周六` or `今天`, `14`).

    Args:
        day: a local day, "2026-11-28".
    """
    when, today = date.fromisoformat(day), now.astimezone(zone).date()
    if when - today in (timedelta(0), timedelta(days=1)) and language == "zh":
        return day_words(when, today, language), str(when.day)
    if when == today:
        return "Today", str(when.day)
    names = _ZH_DAYS if language == "zh" else tuple(name[:3] for name in _EN_DAYS)
    return names[when.weekday()], str(when.day)


def countdown_words(seconds: float) -> str:
    """`9:42`: time that is left, never negative."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


# --- seats -------------------------------------------------------------------------------------


def seat_words(line: wire.OrderLine, language: str) -> str:
    """One line: `池座 9 排 14 座`, `Stalls row 9, seat 14`; of an open place the section."""
    section = localized(line.section, language)
    if not line.number:
        return section
    if language == "zh":
        return f"{section} {line.row} 排 {line.number} 座".strip()
    return f"{section} row {line.row}, seat {line.number}".strip()


def seat_chip_words(row: str, number: str, language: str) -> str:
    """On the chip of a chosen seat: `9 排 14 座`, `9 – 14`."""
    return f"{row} 排 {number} 座" if language == "zh" else f"{row} – {number}"


def seats_words(lines: Sequence[wire.OrderLine], language: str) -> str:
    """Several lines, short: `池座 9 排 14、15 座`, `Stalls 9, seats 14, 15`.

    Other rows follow: `池座 9 排 14 座，10 排 3 座`.
    """
    parts, before = [], ""
    for section, row, numbers in _rows(lines, language):
        name = "" if section == before else f"{section} "
        before = section
        if language == "zh":
            parts.append(f"{name}{row} 排 {'、'.join(numbers)} 座")
        else:
            seats = "seat" if len(numbers) == 1 else "seats"
            parts.append(f"{name}{row}, {seats} {', '.join(numbers)}")
    return ("，" if language == "zh" else "; ").join(parts)


def callout_words(lines: Sequence[wire.OrderLine], language: str) -> str:
    """Above our seats on the plan: `9 排 14、15 座`, `Row 9 · 14, 15`; seats of several rows: how
    many."""
    rows = list(_rows(lines, language))
    if len(rows) != 1:
        count = len(lines)
        return f"您的 {count} 个座位" if language == "zh" else f"Your {count} seats"
    _, row, numbers = rows[0]
    if language == "zh":
        return f"{row} 排 {'、'.join(numbers)} 座"
    return f"Row {row} · {', '.join(numbers)}"


def number_word(count: int, language: str) -> str:
    """`两`, `two` up to ten, then figures (with a space before them in Chinese)."""
    words = _ZH_NUMBERS if language == "zh" else _EN_NUMBERS
    if 0 <= count < len(words):
        return words[count]
    return f" {count} " if language == "zh" else str(count)


def seats_question(count: int, language: str, *, together: bool) -> str:
    """The seats screen's largest text: `已为您选好两个座位`, `Two good seats, chosen for you`."""
    word = number_word(count, language)
    if language == "zh":
        if count > 1 and not together:
            return f"没有连座了，这是最近的{word}座"
        return f"已为您选好{word}个座位"
    if count == 1:
        return "A good seat, chosen for you"
    if not together:
        return f"None together are left; these are the nearest {word}"
    return f"{word.capitalize()} good seats, chosen for you"


def take_words(count: int, language: str) -> str:
    """The seats screen's primary action: `就这两座`, `Take these two`."""
    word = number_word(count, language)
    if language == "zh":
        return f"就这{word}座"
    return "Take this seat" if count == 1 else f"Take these {word}"


def tickets_words(count: int, language: str) -> str:
    """`2 张票`, `2 tickets`."""
    if language == "zh":
        return f"{count} 张票"
    return "1 ticket" if count == 1 else f"{count} tickets"


def _rows(lines: Sequence[wire.OrderLine], language: str) -> list[tuple[str, str, list[str]]]:
    """(section, row, numbers) of neighbouring lines in the same row, numbers in order."""

    def place(line: wire.OrderLine) -> tuple[str, tuple[int, str]]:
        return localized(line.section, language), _numeric(line.row)

    seats = sorted(
        (line for line in lines if line.number),
        key=lambda line: (*place(line), _numeric(line.number)),
    )
    return [
        (section, row[1], [line.number for line in group])
        for (section, row), group in groupby(seats, key=place)
    ]


def _numeric(name: str) -> tuple[int, str]:
    """Rows and numbers sort as figures where they are figures: 9 before 10, A after them."""
    return (int(name) if name.isdecimal() else 10**9, name)


# --- amounts and states ------------------------------------------------------------------------


def amount_words(amount_minor: int, currency: str, *, full: bool = False) -> str:
    """`¥760`, `−¥38`; full: `¥532.00`. A true minus sign, as wide as a figure."""
    text = Currency(currency).format(abs(amount_minor), short=not full)
    return f"−{text}" if amount_minor < 0 else text


def price_range_words(low_minor: int, high_minor: int, currency: str) -> str:
    """`¥180–480`, or `¥220` if there is one price."""
    low = amount_words(low_minor, currency)
    if high_minor <= low_minor:
        return low
    return f"{low}–{Currency(currency).format_plain(high_minor, short=True)}"


def from_price_words(amount_minor: int, currency: str, language: str) -> str:
    """`¥180 起`, `from ¥180`."""
    text = amount_words(amount_minor, currency)
    return f"{text} 起" if language == "zh" else f"from {text}"


def state_words(state: str, places_left: int) -> tuple[Sentence, str]:
    """What a state chip says, and its look: `ok`, `few` or `no`."""
    if state == "sold_out":
        return Sentence("Sold out"), "no"
    if state == "stopped":
        return Sentence("Not on sale"), "no"
    if state == "any_time":
        return Sentence("Any time"), "ok"
    if state == "few":
        return Sentence("{count} left", {"count": places_left}), "few"
    return Sentence("Plenty"), "ok"


def pickup_code_words(code: str) -> str:
    """`4827 1093`: eight digits in two groups of four."""
    return f"{code[:4]} {code[4:]}" if len(code) == 8 else code
