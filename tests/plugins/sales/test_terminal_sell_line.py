"""The sell line: the grammar of the counter, and that nothing typed can break it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from venue_plugins.sales.terminal.sell_line import (
    ChooseShow,
    Command,
    Drop,
    FindOrder,
    FindShows,
    Group,
    Jump,
    LineUnclear,
    SeatName,
    Sell,
    read_line,
    read_map_line,
)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("2", Sell((Group(2),))),
        ("2a", Sell((Group(2, "a"),))),
        ("2a1c", Sell((Group(2, "a"), Group(1, "c")))),
        ("2 a 1 c", Sell((Group(2, "a"), Group(1, "c")))),
        ("3.2a", Sell((Group(2, "a"),), show=3)),
        ("3.2", Sell((Group(2),), show=3)),
        ("2a7.1", Sell((Group(2, "a"),), seat=SeatName("7", "1"))),
        ("2a1c12.14", Sell((Group(2, "a"), Group(1, "c")), seat=SeatName("12", "14"))),
        ("1af.12", Sell((Group(1, "a"),), seat=SeatName("f", "12"))),
        ("12.2a7.1", Sell((Group(2, "a"),), show=12, seat=SeatName("7", "1"))),
        ("3.", ChooseShow(3)),
        ("-1c", Drop((Group(1, "c"),))),
        ("-2a1c", Drop((Group(2, "a"), Group(1, "c")))),
        ("/rainy night", FindShows("rainy night")),
        ("/", FindShows("")),
        ("#62040931", FindOrder("62040931")),
        ("#a7k2-0931", FindOrder("A7K2-0931")),
        ("２Ａ１ｃ", Sell((Group(2, "a"), Group(1, "c")))),
    ],
)
def test_line_is_read(line: str, command: Command) -> None:
    assert read_line(line) == command


@pytest.mark.parametrize(
    "line",
    ["", "a", "0a", "a2", "2a7", "2a1", "2a.", "2a7.", "0.2a", "-", "-a", "-1c7.1", "#", "2a!"],
)
def test_nonsense_is_refused_with_a_sentence(line: str) -> None:
    with pytest.raises(LineUnclear) as refused:
        read_line(line)
    assert refused.value.code == "line_unclear"
    assert str(refused.value)


def test_on_the_map_a_bare_point_is_a_seat() -> None:
    assert read_map_line("7.1") == Jump(SeatName("7", "1"))
    assert read_map_line("f.12") == Jump(SeatName("f", "12"))
    assert read_map_line("2a7.1") == read_line("2a7.1")


LETTERS = st.sampled_from("abcdefghijklmnopqrstuvwxyz")
GROUPS = st.lists(st.builds(Group, st.integers(1, 99), LETTERS), min_size=1, max_size=4)
SEATS = st.none() | st.builds(SeatName, st.integers(1, 999).map(str), st.integers(1, 9999).map(str))


@given(GROUPS.map(tuple), st.integers(0, 999), SEATS)
def test_every_sale_can_be_typed(
    groups: tuple[Group, ...], show: int, seat: SeatName | None
) -> None:
    line = f"{show}." if show else ""
    line += "".join(f"{group.count}{group.letter}" for group in groups)
    line += f"{seat.row}.{seat.number}" if seat else ""
    assert read_line(line) == Sell(groups, show, seat)


@given(st.text(max_size=40))
def test_no_text_breaks_the_line(text: str) -> None:
    for read in (read_line, read_map_line):
        try:
            command: Command | None = read(text)
        except LineUnclear:
            command = None
        assert command is None or isinstance(command, Command)


@given(st.text(alphabet="0123456789abc.-", max_size=16))
def test_what_is_sold_is_what_was_typed(line: str) -> None:
    """No digit of a line is lost or read twice."""
    try:
        command = read_line(line)
    except LineUnclear:
        return
    groups = command.groups if isinstance(command, Sell | Drop) else ()
    rebuilt = "-" if isinstance(command, Drop) else ""
    if isinstance(command, Sell | ChooseShow) and command.show:
        rebuilt += f"{command.show}."
    rebuilt += "".join(f"{group.count}{group.letter}" for group in groups)
    if isinstance(command, Sell) and command.seat:
        rebuilt += f"{command.seat.row}.{command.seat.number}"
    # Counts and shows are numbers, so zeros before them fall away; nothing else may.
    assert rebuilt.replace("0", "") == line.replace("0", "")
