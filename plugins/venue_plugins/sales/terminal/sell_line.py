"""The sell line: what a cashier types, as values. Pure; knows no server and no screen.

    [show.]number[letter][number letter ...][row.seat]

`2` two of the first type; `2a1c`; `3.2a` show 3; `3.` only choose show 3; `2a7.1` from row 7 seat 1
on; `-1c` one child less; `/words` shows by words or pinyin initials; `#62041234` an order by code.
Full-width letters and digits, as an input method types them, count as plain ones.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from venue_suite.domain.errors import BadRequest
from venue_suite.texts import N_

COUNT_MAX = 99
SHOW_MAX = 999


class LineUnclear(BadRequest):
    """The line can't be obeyed; the sentence says what was expected."""

    code = "line_unclear"


@dataclass(frozen=True, slots=True)
class Group:
    """`count` places of the type with this letter; empty: the first type."""

    count: int
    letter: str = ""


@dataclass(frozen=True, slots=True)
class SeatName:
    """A seat as people say it."""

    row: str
    number: str


@dataclass(frozen=True, slots=True)
class Sell:
    """Hold places. `show` as numbered on the screen, 0: the chosen one; `seat`: from there on."""

    groups: tuple[Group, ...]
    show: int = 0
    seat: SeatName | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """Give places back."""

    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class ChooseShow:
    show: int


@dataclass(frozen=True, slots=True)
class FindShows:
    """Shows by words; no words: back to the list of the day."""

    words: str


@dataclass(frozen=True, slots=True)
class FindOrder:
    code: str


@dataclass(frozen=True, slots=True)
class Jump:
    """To a seat on the map."""

    seat: SeatName


Command = Sell | Drop | ChooseShow | FindShows | FindOrder | Jump

_SHOW = re.compile(r"(\d{1,3})\.(?=\d|$)")
# A row is a number or one or two letters; the letter of a type may stand right before it.
_SEAT = re.compile(r"(\d{1,3}|[a-z]{1,2})\.(\d{1,4})")
_GROUP = re.compile(r"(\d{1,2})([a-z]?)")


def fold(text: str) -> str:
    """Full width to plain, capitals to small, no blanks at the ends."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def read_line(text: str) -> Command:
    """What the line says.

    Raises:
        LineUnclear: it says nothing that can be sold.
    """
    line = fold(text)
    if line.startswith("/"):
        return FindShows(line[1:].strip())
    if line.startswith("#"):
        code = line[1:].strip()
        if not code:
            raise LineUnclear("After # comes an order number or a pick-up code.")
        return FindOrder(code.upper())
    line = line.replace(" ", "")
    if line.startswith("-"):
        groups, rest = _read_groups(line[1:])
        _expect_end(rest)
        return Drop(groups)
    return _read_sale(line)


def read_map_line(text: str) -> Command:
    """The same on the seat map, where a bare `7.1` is a seat and no show.

    Raises:
        LineUnclear: as `read_line`.
    """
    seat = _SEAT.fullmatch(fold(text))
    return Jump(SeatName(seat[1], seat[2])) if seat else read_line(text)


def _read_sale(line: str) -> Command:
    show, rest = 0, line
    if start := _SHOW.match(line):
        show, rest = int(start[1]), line[start.end() :]
        if not 1 <= show <= SHOW_MAX:
            raise LineUnclear("Shows are numbered from 1.")
        if not rest:
            return ChooseShow(show)
    groups, rest = _read_groups(rest)
    seat = None
    if rest:
        found = _SEAT.fullmatch(rest)
        if found is None:
            raise _not_understood(rest)
        seat = SeatName(found[1], found[2])
    return Sell(groups, show, seat)


def _read_groups(text: str) -> tuple[tuple[Group, ...], str]:
    """Groups from the left until a seat begins. Returns them and the rest."""
    groups: list[Group] = []
    while text and not (groups and _SEAT.fullmatch(text)):
        found = _GROUP.match(text)
        if found is None:
            break
        count, letter = int(found[1]), found[2]
        if not 1 <= count <= COUNT_MAX:
            raise LineUnclear("A number of places is between 1 and {most}.", most=COUNT_MAX)
        if groups and (not letter or not groups[-1].letter):
            raise LineUnclear("Each number needs the letter of its ticket type, as in 2a1c.")
        groups.append(Group(count, letter))
        text = text[found.end() :]
    if not groups:
        raise _not_understood(text)
    return tuple(groups), text


def _expect_end(rest: str) -> None:
    if rest:
        raise _not_understood(rest)


def _not_understood(rest: str) -> LineUnclear:
    words = N_("“{rest}” is not understood. Type a number and a letter, as in 2a.")
    return LineUnclear(words, rest=rest)
