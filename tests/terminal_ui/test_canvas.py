"""Cells: nothing is ever wider than it is, and a wide character is never cut in two."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from venue_terminal.canvas import PLAIN_GLYPHS, Canvas
from venue_terminal.cells import clean, cut, fit, shorten, width, wrap

TEXTS = st.text(alphabet=st.characters(), max_size=30)


@given(TEXTS, st.integers(0, 25), st.booleans())
def test_fitted_text_has_exactly_its_cells(text: str, size: int, right: bool) -> None:
    assert cell_len(fit(clean(text), size, right=right)) == size


@given(TEXTS, st.integers(0, 25))
def test_cut_text_is_a_beginning_of_it(text: str, size: int) -> None:
    text = clean(text)
    assert text.startswith(cut(text, size))
    assert width(cut(text, size)) <= size
    assert width(shorten(text, size)) <= size


@given(st.lists(st.tuples(st.integers(-2, 6), st.integers(-3, 24), TEXTS), max_size=8))
def test_every_row_keeps_its_width_whatever_is_drawn(puts: list[tuple[int, int, str]]) -> None:
    canvas = Canvas(20, 5)
    for row, column, text in puts:
        canvas.put(row, column, text)
    assert [cell_len(line) for line in canvas.lines()] == [20] * 5


@given(TEXTS, st.integers(4, 30))
def test_wrapped_lines_fit_and_keep_the_words(text: str, size: int) -> None:
    text = clean(text)
    lines = wrap(text, size)
    assert all(width(line) <= size for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_half_of_a_wide_character_becomes_a_blank() -> None:
    canvas = Canvas(6, 1)
    canvas.put(0, 0, "中文字")
    canvas.put(0, 1, "x")
    assert canvas.line(0) == " x文字"
    canvas.put(0, 2, "y")
    assert canvas.line(0) == " xy 字"


def test_controls_never_reach_the_terminal() -> None:
    assert clean("a\x1b[31mb\tc\u200bd\n") == "a[31mb cd "
    canvas = Canvas(10, 1)
    canvas.put(0, 0, "\x1b]0;title\x07")
    assert "\x1b" not in canvas.line(0)


def test_plain_frames_take_the_same_cells() -> None:
    canvas = Canvas(12, 3)
    canvas.frame("T", "n", role="focus")
    plain = canvas.strip(0, glyphs=PLAIN_GLYPHS).text
    assert plain.isascii()
    assert plain == "+- T -- n -+"


def test_a_title_never_runs_into_the_note() -> None:
    canvas = Canvas(20, 3)
    canvas.frame("A title that is much too long", "note")
    assert canvas.line(0).endswith(" note ─┐")


def test_bars_grow_with_their_part() -> None:
    canvas = Canvas(4, 4)
    canvas.bar_up(3, 0, 4, 1.0, 2, "bar_full")
    canvas.bar_up(3, 2, 4, 0.001, 2, "bar_full")
    assert [canvas.line(row) for row in range(4)] == ["██  ", "██  ", "██  ", "██▁▁"]
