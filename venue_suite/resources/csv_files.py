"""CSV as spreadsheets write and read it: bytes to numbered rows of cells, and back. Pure."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from venue_suite.resources.errors import FileRefused

DELIMITERS = ",;\t"
ROWS_MAX = 50_000
CELL_CHARS_MAX = 20_000
# What a spreadsheet would run as a formula, also in its full-width form.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file. `number`: the line that it begins in, the heading being 1."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that was read.

    Attributes:
        heading: names of the columns.
        lines: rows that hold anything.
        encoding: UTF-8, GB18030 or UTF-16.
        delimiter: between two cells.
    """

    heading: list[str]
    lines: list[Line]
    encoding: str
    delimiter: str


def read_sheet(content: bytes, known: Callable[[str], bool]) -> Sheet:
    """Read a file.

    Args:
        known: whether a heading names a column of the table: this tells which delimiter it is.

    Raises:
        FileRefused: with the line and what is wrong there.
    """
    text, encoding = _decode(content)
    if not text.strip():
        raise FileRefused("The file is empty.")
    delimiter = max(
        DELIMITERS,
        key=lambda one: sum(known(cell) for cell in _first_row(text, one)),
    )
    rows = _rows(text, delimiter)
    _, heading = next(rows)
    heading = [cell.strip() for cell in heading]
    lines: list[Line] = []
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(lines) >= ROWS_MAX:
            raise FileRefused("The file has more than {count} rows.", count=ROWS_MAX)
        lines.append(Line(number, cells))
    return Sheet(heading, lines, encoding, delimiter)


def _decode(content: bytes) -> tuple[str, str]:
    if content.startswith(_UTF_16):
        encodings = ["utf-16"]
    elif content.startswith(codecs.BOM_UTF8):
        encodings = ["utf-8-sig"]
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            return content.decode(encoding), encoding.removesuffix("-sig").upper()
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
    raise FileRefused(
        "The file is neither UTF-8 nor GB18030: line {line} holds bytes of neither.", line=line
    )


def _first_row(text: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(_rows(text, delimiter))[1]]
    except FileRefused:
        return []


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 1
    try:
        for cells in reader:
            if any(len(cell) > CELL_CHARS_MAX for cell in cells):
                raise FileRefused("Line {line}: a cell is too long.", line=number)
            yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        # The reader's own words are English and for programmers; all of them are about quotes.
        raise FileRefused(
            "Line {line}: the quotes don't pair up, or a cell is far too long.", line=number
        ) from error


def write_sheet(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A file that spreadsheets open by a double click: UTF-8 with its mark, commas."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL)
    writer.writerow(heading)
    writer.writerows(rows)
    return codecs.BOM_UTF8 + out.getvalue().encode()


def guard(text: str) -> str:
    """A text that no spreadsheet takes for a formula; `unguard` gives it back."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguard(text: str) -> str:
    return text[1:] if _GUARDED.match(text) else text
