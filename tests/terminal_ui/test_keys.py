"""What keys mean by their timing: typing, scans, bounced Enters, function keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from venue_terminal.keys import (
    Entered,
    Function,
    Ignored,
    KeyReader,
    Moved,
    Reading,
    Scanned,
    Typed,
)


def play(
    text: str, gap_s: float, reader: KeyReader | None = None, start_s: float = 10.0
) -> list[Reading]:
    """Type the text and Enter with this gap between keys."""
    reader = reader or KeyReader()
    readings = []
    for index, character in enumerate(text):
        readings.append(reader.read(character, character, start_s + index * gap_s))
    readings.append(reader.read("enter", "\r", start_s + len(text) * gap_s))
    return readings


def test_a_fast_burst_with_enter_is_a_scan() -> None:
    assert play("VS1TICKET00931", 0.004)[-1] == Scanned("VS1TICKET00931")


def test_the_same_text_by_hand_is_typing() -> None:
    assert play("VS1TICKET00931", 0.09)[-1] == Entered()


def test_a_short_burst_is_a_quick_hand() -> None:
    assert play("2a", 0.004)[-1] == Entered()


def test_a_scan_after_typing_is_the_scan_alone() -> None:
    reader = KeyReader()
    reader.read("2", "2", 1.0)
    assert play("62040931", 0.003, reader, start_s=2.0)[-1] == Scanned("62040931")


def test_enter_long_after_a_burst_is_no_scan() -> None:
    reader = KeyReader()
    for index, character in enumerate("62040931"):
        reader.read(character, character, 1.0 + index * 0.003)
    assert reader.read("enter", "\r", 2.0) == Entered()


def test_two_enters_close_together_are_one() -> None:
    reader = KeyReader()
    assert reader.read("enter", "\r", 1.0) == Entered()
    assert reader.read("enter", "\r", 1.119) == Ignored()


def test_an_enter_that_is_stuck_never_gets_through() -> None:
    reader = KeyReader()
    readings = [reader.read("enter", "\r", 1.0 + index * 0.033) for index in range(60)]
    assert readings == [Entered()] + [Ignored()] * 59


def test_two_enters_at_a_human_pace_are_two() -> None:
    reader = KeyReader()
    assert [reader.read("enter", "\r", at) for at in (1.0, 1.15)] == [Entered(), Entered()]


def test_a_scanner_that_ends_with_two_enters_scans_once() -> None:
    reader = KeyReader()
    assert play("VS1TICKET00931", 0.002, reader)[-1] == Scanned("VS1TICKET00931")
    assert reader.read("enter", "\r", 10.0 + 15 * 0.002) == Ignored()


@pytest.mark.parametrize(("key", "number"), [("2", 2), ("9", 9), ("0", 10), ("p", 0), ("P", 0)])
def test_the_semicolon_stands_for_function_keys(key: str, number: int) -> None:
    reader = KeyReader()
    assert reader.read("semicolon", ";", 1.0) == Ignored()
    assert reader.read(key, key, 1.3) == Function(number)


def test_a_semicolon_inside_a_scan_is_part_of_it() -> None:
    assert play("VS1;2;TICKET0931", 0.003)[-1] == Scanned("VS1;2;TICKET0931")


def test_function_keys_and_arrows_are_named() -> None:
    reader = KeyReader()
    assert reader.read("f10", None, 1.0) == Function(10)
    assert reader.read("pagedown", None, 2.0) == Moved("pagedown")


@given(st.lists(st.tuples(st.sampled_from("ab.中"), st.floats(0.0, 0.5)), max_size=30))
def test_typed_characters_are_never_lost_or_doubled(keys: list[tuple[str, float]]) -> None:
    reader, at_s, typed = KeyReader(), 0.0, ""
    for character, gap_s in keys:
        at_s += gap_s
        reading = reader.read(character, character, at_s)
        assert isinstance(reading, Typed)
        typed += reading.character
    assert typed == "".join(character for character, _ in keys)
