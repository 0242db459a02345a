"""Line breaking by the rules of the design."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from venue_kiosk.lines import NEVER_FIRST, NEVER_LAST, break_lines, is_wide


def width(text: str, _: int = 0) -> float:
    return sum(2 if is_wide(char) else 1 for char in text)


def set_in(text: str, columns: float) -> list[str]:
    lines = break_lines([(text, 0)], columns, width)
    return ["".join(part for part, _ in line) for line in lines]


def test_no_line_begins_with_closing_punctuation() -> None:
    assert set_in("本机票纸用完了。员工知道", 14) == ["本机票纸用完", "了。员工知道"]


def test_no_line_ends_with_an_opening_bracket() -> None:
    assert set_in("今晚请看《潮汐来信》", 10) == ["今晚请看", "《潮汐", "来信》"]


def test_a_figure_stays_with_its_measure_word() -> None:
    assert set_in("请取走 2 张票", 8) == ["请取走", "2 张票"]


def test_the_last_line_is_never_one_lone_character() -> None:
    assert set_in("请从下方出票口取票", 16) == ["请从下方出票口", "取票"]


def test_english_breaks_at_spaces() -> None:
    assert set_in("Touch the plan to zoom in", 10) == ["Touch the", "plan to", "zoom in"]


def test_a_newline_forces_a_line() -> None:
    assert set_in("一\n二", 20) == ["一", "二"]


def test_runs_keep_their_styles_across_a_break() -> None:
    lines = break_lines([("座位保留 ", 1), ("8:36", 2), (" 分", 1)], 10, width)
    assert lines == [[("座位保留", 1)], [("8:36", 2), (" 分", 1)]]


WORDS = st.text(st.sampled_from("票座排2，。（）《》aB:¥"), min_size=1, max_size=20)
TEXTS = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)


@given(TEXTS, st.integers(6, 40))
def test_nothing_is_lost_and_the_rules_hold(text: str, columns: int) -> None:
    lines = set_in(text, columns)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for before, after in pairwise(lines):
        assert not (after[0] in NEVER_FIRST and is_wide(before[-1]))
        assert before[-1] not in NEVER_LAST
