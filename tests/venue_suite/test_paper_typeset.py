"""Text is cleaned, shrunk, broken and cut so that it always fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venue_suite.paper.typeset import SIZE_MIN, Fitted, clean_text, fit, join_runs, natural_width
from venue_suite.typefaces import Weight


def _fit(text: str, width: int, lines: int = 1, size: int = 40, shrink: float = 0.7) -> Fitted:
    return fit(((text, "regular"),), size, 0.0, width, lines, shrink)


def _lines(fitted: Fitted) -> list[str]:
    return ["".join(text for text, _ in line.pieces) for line in fitted.lines]


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("  a \n\t b\u00a0c ", "a b c"),
        ("积分　会员", "积分　会员"),
        ("a\x00\x1b[31mb\u200b\u202e", "a[31mb"),
        ("e\u0301", "é"),
        ("a" + "\u0335" * 50, "a\u0335\u0335"),
        ("茶\ufe0f", "茶"),
        ("\ue000", ""),
    ],
)
def test_clean_text(given_text: str, expected: str) -> None:
    assert clean_text(given_text) == expected


def test_a_short_text_keeps_its_size() -> None:
    assert _fit("雨夜来信", 200) == _fit("雨夜来信", 500)
    assert _fit("雨夜来信", 200).size == 40


def test_a_longer_text_is_shrunk_first() -> None:
    fitted = _fit("雨夜来信来信", 200, lines=2)
    assert len(fitted.lines) == 1
    assert fitted.size == 33
    assert fitted.lines[0].width <= 200


def test_then_it_takes_two_lines_as_large_as_they_fit() -> None:
    fitted = _fit("雨夜来信雨夜来信", 200, lines=2)
    assert _lines(fitted) == ["雨夜来信雨", "夜来信"]
    assert fitted.size == 40
    assert not fitted.is_cut


def test_then_it_is_cut_with_an_ellipsis() -> None:
    fitted = _fit("雨夜来信" * 6, 200, lines=2)
    assert fitted.size == 28
    assert fitted.is_cut
    assert _lines(fitted) == ["雨夜来信雨夜来", "信雨夜来信雨…"]


def test_nothing_is_shrunk_below_what_people_can_read() -> None:
    fitted = _fit("First scan counts", 100, size=24, shrink=0.1)
    assert fitted.size == SIZE_MIN
    assert fitted.is_cut


def test_words_stay_whole_and_long_ones_are_broken() -> None:
    assert _lines(_fit("free refund until", 130, lines=3, shrink=1.0)) == [
        "free",
        "refund",
        "until",
    ]
    broken = _lines(_fit("A" * 30, 200, lines=9, shrink=1.0))
    assert "".join(broken) == "A" * 30
    assert len(broken) > 1


def test_no_line_starts_with_a_stop_or_ends_with_an_opening_bracket() -> None:
    for width in range(100, 420, 8):
        for line in _lines(
            _fit("转发、复印件（副本）会被拒绝。《雨夜》来信，好", width, 40, shrink=1.0)
        ):
            assert line[0] not in "、，。）》"
            assert line[-1] not in "（《"


def test_runs_are_joined_with_a_space_where_latin_meets_latin() -> None:
    assert join_runs([("No.", "bold"), ("Yes", "regular")]) == (
        ("No.", "bold"),
        (" Yes", "regular"),
    )
    assert join_runs([("不可。", "bold"), ("可", "regular"), ("", "bold")]) == (
        ("不可。", "bold"),
        ("可", "regular"),
    )


@given(
    st.text(min_size=1).map(clean_text).filter(bool),
    st.integers(60, 600),
    st.integers(1, 4),
    st.integers(20, 60),
    st.sampled_from([0.3, 0.7, 1.0]),
)
def test_no_line_is_ever_wider_than_its_box(
    text: str, width: int, lines: int, size: int, shrink: float
) -> None:
    fitted = _fit(text, width, lines, size, shrink)
    assert len(fitted.lines) <= lines
    assert all(line.width <= width for line in fitted.lines)
    shown = "".join(_lines(fitted)).replace(" ", "").replace("　", "")
    if not fitted.is_cut:
        assert shown == text.replace(" ", "").replace("　", "")


def test_natural_width_is_what_one_line_takes() -> None:
    pieces: tuple[tuple[str, Weight], ...] = (("票价 Price", "regular"), (" 280", "bold"))
    width = natural_width(pieces, 24, 0.0)
    assert len(fit(pieces, 24, 0.0, width, 1, 1.0).lines) == 1
    assert fit(pieces, 24, 0.0, width - 2, 1, 1.0).is_cut
