"""Files: what is written is read back the same, and garbage gives one clear sentence."""

from __future__ import annotations

import contextlib
import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.venue_suite.resources.things import THINGS
from venue_suite.domain.money import Currency
from venue_suite.resources import fields
from venue_suite.resources.checking import take_value
from venue_suite.resources.columns import column_names, columns_of, fold, write_cells
from venue_suite.resources.csv_files import guard, read_sheet, unguard, write_sheet
from venue_suite.resources.errors import FileRefused
from venue_suite.resources.fields import Field
from venue_suite.resources.notation import Notation, NotReadable

SHANGHAI = Notation(Currency("CNY"), ZoneInfo("Asia/Shanghai"))
BERLIN = Notation(Currency("KWD"), ZoneInfo("Europe/Berlin"))
KNOWN = column_names(THINGS)
BY_NAME = THINGS.by_name
AUTUMN = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 in Berlin comes twice that night

plain_text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]))
moments = st.datetimes(
    datetime(1971, 1, 1),  # noqa: DTZ001 - the zone is drawn beside it
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda one: one.replace(microsecond=one.microsecond // 1000 * 1000))


def normal(name: str, raw: Any) -> Any:
    """A value as the table would keep it."""
    value, problems = take_value(BY_NAME[name], raw)
    assert problems == [], problems
    return value


values = st.fixed_dictionaries(
    {
        "code": plain_text.filter(str.strip).map(lambda one: normal("code", one[:40])).filter(len),
        "note": st.text(
            st.one_of(
                st.sampled_from("=+-@'\"\n\t,;|＝ "),
                st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]),
            ),
            max_size=60,
        )
        .map(lambda one: one.replace("\u2028", "").replace("\u2029", ""))
        .map(lambda one: normal("note", one)),
        "name": st.dictionaries(st.sampled_from(["zh", "en"]), plain_text).map(
            lambda one: normal("name", {key: text[:150] for key, text in one.items()})
        ),
        "count": st.none() | st.integers(-5, 2**31 - 1),
        "price_minor": st.none() | st.integers(0, 2**53),
        "is_on": st.booleans(),
        "colour": st.sampled_from(["", "red", "blue"]),
        "sizes": st.lists(st.sampled_from(["s", "m", "l"]), unique=True).map(
            lambda one: normal("sizes", one)
        ),
        "box": st.none(),
        "day": st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31)),
        "starts_at": st.none() | moments,
        "made": st.just(7),
    }
)


def read_back(content: bytes, notation: Notation) -> list[dict[str, Any]]:
    """The values in a file, without any table."""
    sheet = read_sheet(content, lambda heading: fold(heading) in KNOWN)
    found = []
    for line in sheet.lines:
        row: dict[str, Any] = {"name": {}}
        for heading, cell in zip(sheet.heading, line.cells, strict=True):
            column = KNOWN[fold(heading)]
            text = unguard(cell)
            if column.language:
                row["name"][column.language] = text
            elif column.field.kind == fields.REFERENCE:
                row[column.field.name] = None
            else:
                row[column.field.name] = notation.read(column.field, text)
        found.append({name: normal(name, value) for name, value in row.items()})
    return found


@settings(max_examples=150, deadline=None)
@given(
    st.lists(values, min_size=1, max_size=5),
    st.sampled_from([SHANGHAI, BERLIN]),
    st.sampled_from(["", "zh", "en"]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_what_is_exported_is_imported_the_same(
    rows: list[dict[str, Any]], notation: Notation, language: str, delimiter: str, encoding: str
) -> None:
    heading = [one.label(language) if language else one.name for one in columns_of(THINGS)]
    cells = [write_cells(THINGS, row, notation, {}) for row in rows]
    if encoding == "utf-8-sig" and delimiter == ",":
        content = write_sheet(heading, cells)
    else:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=delimiter).writerows([heading, *cells])
        content = out.getvalue().encode(encoding)
    assert read_back(content, notation) == rows


@given(moments, st.sampled_from([SHANGHAI, BERLIN]))
@example(AUTUMN, BERLIN)
@example(AUTUMN + timedelta(hours=1), BERLIN)
def test_moment_survives_also_the_hour_that_comes_twice(
    moment: datetime, notation: Notation
) -> None:
    assert notation.read_moment(notation.write_moment(moment)) == moment


@given(st.text())
@example("=1+1")
@example("'=1")
@example("''")
@example("＝1")
@example("\t=1")
def test_guard_is_taken_off_again_and_leaves_no_formula(text: str) -> None:
    guarded = guard(text)
    assert unguard(guarded) == text
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda t: t.encode("utf-8"))))
@example(b"")
@example(b"\xff\xfe")
@example(b"\xff\xfe\x00")
@example(b'code,"note\n')
@example(b"code\x00,note\n1,2\n")
@example(b'code,note\n"a"b,c\n')
@example(b"\xef\xbb\xbf")
@example(b"code\r\r\n1")
def test_garbage_is_read_or_refused_with_a_sentence(content: bytes) -> None:
    with contextlib.suppress(FileRefused):
        sheet = read_sheet(content, lambda heading: fold(heading) in KNOWN)
        assert all(line.number >= 2 for line in sheet.lines)
        return
    with pytest.raises(FileRefused) as caught:
        read_sheet(content, lambda heading: fold(heading) in KNOWN)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 300


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(THINGS.fields), st.text(max_size=40))
def test_any_cell_is_read_or_refused(field: Field, text: str) -> None:
    if field.kind in (fields.REFERENCE, fields.LOCALIZED):
        return
    refused = None
    value = None
    try:
        value = SHANGHAI.read(field, text)
    except NotReadable as error:
        refused = error
    if refused is not None:
        assert refused.code
        assert refused.template.format(**refused.params)
        return
    normal_value, problems = take_value(field, value)
    if not problems:
        assert SHANGHAI.read(field, SHANGHAI.write(field, normal_value)) == normal_value


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("price_minor", "196", 19600),
        ("price_minor", "¥1,234.50", 123450),
        ("price_minor", "１９６．５", 19650),
        ("price_minor", "196,50", 19650),
        ("price_minor", "1,234", 123400),
        ("price_minor", "196.500", 19650),
        ("price_minor", "196 元", 19600),
        ("price_minor", "", None),
        ("count", "1,000", 1000),
        ("count", "-5", -5),
        ("count", "＋7", 7),
        ("is_on", "是", True),
        ("is_on", "No", False),
        ("is_on", "", False),
        ("colour", "RED", "red"),
        ("colour", "blue号", "blue"),
        ("sizes", "L | s", ["s", "l"]),
        ("day", "2026/1/5", date(2026, 1, 5)),
        ("starts_at", "2026/11/28 9:30", datetime(2026, 11, 28, 1, 30, tzinfo=UTC)),
        ("starts_at", "2026-11-28T19:30Z", datetime(2026, 11, 28, 19, 30, tzinfo=UTC)),
    ],
)
def test_ways_to_write_a_value(name: str, text: str, value: Any) -> None:
    assert SHANGHAI.read(BY_NAME[name], text) == value


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("price_minor", "12.345", "too_many_decimals"),
        ("price_minor", "1,23,4", "no_amount"),
        ("price_minor", "free", "no_amount"),
        ("price_minor", "1e5", "no_amount"),
        ("price_minor", "٣", "no_amount"),
        ("count", "1.5", "no_number"),
        ("count", "9" * 19, "no_number"),
        ("is_on", "perhaps", "no_flag"),
        ("colour", "green", "no_choice"),
        ("sizes", "s|xl", "no_choice"),
        ("day", "2026-02-30", "no_date"),
        ("day", "28.11.26", "no_date"),
        ("starts_at", "2026-11-28", "no_moment"),
        ("starts_at", "2026-11-28 25:00", "no_moment"),
    ],
)
def test_texts_that_are_no_value(name: str, text: str, code: str) -> None:
    with pytest.raises(NotReadable) as caught:
        SHANGHAI.read(BY_NAME[name], text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("content", "line", "word"),
    [
        ("code,note\n".encode("utf-16") + b"\x00", 0, "bytes"),
        (b"code,note\n1,2\n\xff\xff,3\n", 3, "neither UTF-8 nor GB18030"),
        (b'code,note\n1,"2\n3', 2, "quotes"),
        (b"", 0, "empty"),
        (b" \r\n ", 0, "empty"),
        (b"code\n" + b"1\n" * 50_001, 0, "more than 50000 rows"),
        (b"code\n" + b"x" * 30_000, 2, "too long"),
        (b"code\n" + b"x" * 200_000, 2, "too long"),
    ],
)
def test_unreadable_file_is_named_by_line(content: bytes, line: int, word: str) -> None:
    with pytest.raises(FileRefused, match=word) as caught:
        read_sheet(content, lambda heading: fold(heading) in KNOWN)
    if line:
        assert str(line) in str(caught.value)


def test_line_numbers_count_lines_not_rows() -> None:
    content = b'code,note\n1,"a\nb\nc"\n\n2,d\n'
    sheet = read_sheet(content, lambda heading: fold(heading) in KNOWN)
    assert [(line.number, line.cells[0]) for line in sheet.lines] == [(2, "1"), (6, "2")]
