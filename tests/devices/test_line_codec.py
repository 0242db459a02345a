"""Codes cut out of what a scanner sends."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from venue_devices.scanners.line_codec import CODE_LENGTH_MAX, LineAssembler, clean_code


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\n\r\n"])
def test_every_line_end_ends_a_code_once(end: bytes) -> None:
    assert LineAssembler().feed(b"ABC" + end + b"DEF" + end, 0.0) == ["ABC", "DEF"]


def test_code_may_come_in_pieces() -> None:
    lines = LineAssembler()
    assert lines.feed(b"AB", 0.0) == []
    assert lines.feed(b"C\rD", 0.1) == ["ABC"]
    assert lines.feed(b"\n", 0.2) == ["D"]


def test_half_a_code_is_not_glued_to_the_next_one() -> None:
    lines = LineAssembler()
    lines.feed(b"HALF", 0.0)
    assert lines.feed(b"WHOLE\r", 5.0) == ["WHOLE"]
    assert lines.dropped_count == 1


def test_longest_code_is_taken_and_a_longer_one_dropped_whole() -> None:
    lines = LineAssembler()
    longest = "x" * CODE_LENGTH_MAX
    assert lines.feed(longest.encode() + b"\r", 0.0) == [longest]
    assert lines.feed(longest.encode() + b"y\r", 0.0) == []
    assert lines.feed(b"z" * 100_000, 0.0) == []
    assert lines.feed(b"\rOK\r", 0.0) == ["OK"]
    assert lines.dropped_count == 2


def test_control_and_direction_characters_are_removed() -> None:
    hostile = "\x1b[2JA\u202eB\u200bC\x00D\x7f"
    assert LineAssembler().feed(hostile.encode() + b"\n", 0.0) == ["[2JABCD"]


def test_other_languages_and_broken_text_come_through() -> None:
    assert LineAssembler().feed("票 42\r".encode(), 0.0) == ["票 42"]
    assert LineAssembler().feed(b"A\xff\xfeB\r", 0.0) == ["A\ufffd\ufffdB"]


@given(st.lists(st.binary(max_size=700), max_size=20))
def test_no_bytes_break_the_rules(pieces: list[bytes]) -> None:
    lines = LineAssembler()
    for number, piece in enumerate(pieces):
        for code in lines.feed(piece, number * 0.1):
            assert 0 < len(code) <= CODE_LENGTH_MAX
            assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in code)


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=100))
def test_clean_codes_come_out_as_they_went_in(code: str) -> None:
    assert LineAssembler().feed(code.encode() + b"\r\n", 0.0) == [clean_code(code)] == [code]
