"""Values in words, and the Chinese of everything that the flow says."""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from babel.messages.pofile import read_po
from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import failures, words
from venue_plugins.sales.kiosk.state import Sentence

from tests.plugins.sales.fake_venue import ADULT, FakeVenue

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2025, 6, 14, 10, 7, tzinfo=UTC)  # Saturday 18:07 in Shanghai


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A local time of June 2025, as UTC."""
    return datetime(2025, 6, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


# --- times -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "zh", "en"),
    [
        (at(14, 19, 30), "今晚 19:30", "Tonight 19:30"),
        (at(14, 14, 30), "今天 14:30", "Today 14:30"),
        (at(15, 19, 30), "明天 19:30", "Tomorrow 19:30"),
        (at(20, 20), "6月20日 周五 20:00", "Fri 20 June 20:00"),
        # Half past midnight there is still Saturday in UTC.
        (at(15, 0, 30), "明天 00:30", "Tomorrow 00:30"),
    ],
)
def test_when(when: datetime, zh: str, en: str) -> None:
    assert words.when_words(when, NOW, ZONE, "zh") == zh
    assert words.when_words(when, NOW, ZONE, "en") == en


def test_today_is_the_venues_day_not_utcs() -> None:
    late = datetime(2025, 6, 14, 17, 0, tzinfo=UTC)  # 01:00 on Sunday in Shanghai
    assert words.when_words(at(15, 19, 30), late, ZONE, "en") == "Tonight 19:30"
    assert words.when_words(at(14, 19, 30), late, ZoneInfo("Europe/London"), "en") == "Today 12:30"


def test_dates_and_cells() -> None:
    day = date(2025, 6, 14)
    assert words.date_words(day, "zh") == "6月14日 周六"
    assert words.date_words(day, "en") == "Sat 14 June"
    assert words.date_words(day, "en", long=True) == "Saturday 14 June"
    cells = [words.day_cell(f"2025-06-{n}", NOW, ZONE, "zh") for n in (14, 15, 17)]
    assert cells == [("今天", "14"), ("明天", "15"), ("周二", "17")]
    cells = [words.day_cell(f"2025-06-{n}", NOW, ZONE, "en") for n in (14, 15, 17)]
    assert cells == [("Today", "14"), ("Sun", "15"), ("Tue", "17")]
    assert words.until_words(at(14, 20), NOW, ZONE, "zh") == "今天至 20:00"
    assert words.until_words(at(14, 20), NOW, ZONE, "en") == "Today to 20:00"


@pytest.mark.parametrize(("seconds", "said"), [(582, "9:42"), (59.9, "0:59"), (-3, "0:00")])
def test_countdown(seconds: float, said: str) -> None:
    assert words.countdown_words(seconds) == said


# --- seats -------------------------------------------------------------------------------------


def line(row: str, number: str) -> wire.OrderLine:
    made = FakeVenue()._line(1, ADULT, 101)
    return msgspec.structs.replace(made, row=row, number=number)


def test_seats_of_one_row() -> None:
    lines = [line("9", "15"), line("9", "14")]
    assert words.seats_words(lines, "zh") == "池座 9 排 14、15 座"
    assert words.seats_words(lines, "en") == "Stalls 9, seats 14, 15"
    assert words.callout_words(lines, "zh") == "9 排 14、15 座"
    assert words.callout_words(lines, "en") == "Row 9 · 14, 15"
    assert words.seat_words(lines[1], "zh") == "池座 9 排 14 座"
    assert words.seat_words(lines[1], "en") == "Stalls row 9, seat 14"
    assert words.seat_chip_words("9", "14", "zh") == "9 排 14 座"
    assert words.seat_chip_words("9", "14", "en") == "9 – 14"


def test_seats_of_several_rows_are_in_the_order_of_figures() -> None:
    lines = [line("10", "3"), line("9", "14"), line("9", "2")]
    assert words.seats_words(lines, "zh") == "池座 9 排 2、14 座，10 排 3 座"
    assert words.seats_words(lines, "en") == "Stalls 9, seats 2, 14; 10, seat 3"
    assert words.callout_words(lines, "zh") == "您的 3 个座位"
    assert words.callout_words(lines, "en") == "Your 3 seats"


def test_open_places_have_no_seats() -> None:
    place = FakeVenue()._line(1, ADULT, 0)
    assert words.seats_words([place], "zh") == ""
    assert words.seat_words(place, "en") == ""


@pytest.mark.parametrize(
    ("count", "together", "zh", "en"),
    [
        (2, True, "已为您选好两个座位", "Two good seats, chosen for you"),
        (1, True, "已为您选好一个座位", "A good seat, chosen for you"),
        (1, False, "已为您选好一个座位", "A good seat, chosen for you"),
        (
            2,
            False,
            "没有连座了，这是最近的两座",
            "None together are left; these are the nearest two",
        ),
        (12, True, "已为您选好 12 个座位", "12 good seats, chosen for you"),
    ],
)
def test_the_question_of_the_seats(count: int, together: bool, zh: str, en: str) -> None:
    assert words.seats_question(count, "zh", together=together) == zh
    assert words.seats_question(count, "en", together=together) == en


def test_counted_words() -> None:
    assert [words.take_words(n, "zh") for n in (1, 2, 11)] == ["就这一座", "就这两座", "就这 11 座"]
    assert [words.take_words(n, "en") for n in (1, 2)] == ["Take this seat", "Take these two"]
    assert [words.tickets_words(n, "en") for n in (1, 2)] == ["1 ticket", "2 tickets"]
    assert words.tickets_words(2, "zh") == "2 张票"


# --- amounts -----------------------------------------------------------------------------------


def test_amounts() -> None:
    assert words.amount_words(76000, "CNY") == "¥760"
    assert words.amount_words(53250, "CNY") == "¥532.50"
    assert words.amount_words(53200, "CNY", full=True) == "¥532.00"
    assert words.amount_words(-3800, "CNY") == "−¥38"
    assert words.price_range_words(18000, 48000, "CNY") == "¥180–480"
    assert words.price_range_words(22000, 22000, "CNY") == "¥220"
    assert words.from_price_words(18000, "CNY", "zh") == "¥180 起"
    assert words.from_price_words(18000, "CNY", "en") == "from ¥180"
    assert words.pickup_code_words("48271093") == "4827 1093"
    assert words.pickup_code_words("123") == "123"


@pytest.mark.parametrize(
    ("state", "text", "look"),
    [
        ("plenty", "Plenty", "ok"),
        ("few", "{count} left", "few"),
        ("sold_out", "Sold out", "no"),
        ("any_time", "Any time", "ok"),
        ("stopped", "Not on sale", "no"),
    ],
)
def test_chips(state: str, text: str, look: str) -> None:
    sentence, found = words.state_words(state, 38)
    assert (sentence.text, found) == (text, look)


# --- translations ------------------------------------------------------------------------------


def test_a_sentence_fills_its_values_in_the_visitors_language() -> None:
    def say(text: str, language: str, **values: object) -> str:
        return f"{language}:{text.format(**values)}"

    sentence = Sentence("{what} at {time}", {"what": {"zh": "票", "en": "Ticket"}, "time": 5})
    assert sentence.say(say, "zh") == "zh:票 at 5"
    assert sentence.say(say, "fr") == "fr:Ticket at 5"


def said_in_code() -> set[str]:
    """Every literal that is given to `Sentence` or `Option`, or named as a sentence."""
    folder = Path(failures.__file__).parent
    said: set[str] = set()
    for name in ("choosing", "failures", "flow", "lost", "moves", "ordering", "printing", "words"):
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id in ("Sentence", "Option") and node.args:
                    said |= literals(node.args[0])
            elif isinstance(node, ast.Assign):
                targets = {target.id for target in node.targets if isinstance(target, ast.Name)}
                if targets & {"title", "text", "take", "question", "_NOT_HERE"}:
                    said |= literals(node.value)
    return said


def literals(node: ast.AST) -> set[str]:
    return {
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value[:1] > "?"
    }


def test_everything_said_has_its_chinese_with_the_same_places() -> None:
    path = Path(failures.__file__).parents[1] / "locale" / "zh.po"
    with path.open("rb") as file:
        catalogue = {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}
    said = said_in_code()
    assert len(said) > 60
    assert said - set(catalogue) - {"sold_out"} == set()
    for english, chinese in catalogue.items():
        assert re.search(r"[\u4e00-\u9fff]", chinese), english
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", chinese))
        for word in ("错误", "失败", "非法", "异常"):
            assert word not in chinese
