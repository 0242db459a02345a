"""The theme: every pair of colours can be read, no text is smaller than the floor."""

from __future__ import annotations

import pytest
from venue_kiosk.look import Look, Needs
from venue_kiosk.theme import (
    PART_CONTRAST_MIN,
    PART_PAIRS,
    TEXT_CONTRAST_MIN,
    TEXT_PAIRS,
    darken,
    load_tokens,
    measure_contrast,
)

from venue_suite.texts import Texts

THEMES = ("light", "dark", "contrast")
SIZE_FLOOR_U, SIZE_FLOOR_LARGE_U = 28, 42


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("pair", TEXT_PAIRS, ids="-on-".join)
def test_text_can_be_read(theme: str, pair: tuple[str, str]) -> None:
    if theme == "contrast" and pair[1] == "primary_soft":
        return  # there the chosen is yellow: on_primary on primary
    tokens = load_tokens()
    ink, ground = (tokens.colour(theme, token) for token in pair)
    assert measure_contrast(ink, ground) >= TEXT_CONTRAST_MIN


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("pair", PART_PAIRS, ids="-on-".join)
def test_parts_can_be_seen(theme: str, pair: tuple[str, str]) -> None:
    tokens = load_tokens()
    part, ground = (tokens.colour(theme, token) for token in pair)
    assert measure_contrast(part, ground) >= PART_CONTRAST_MIN


@pytest.mark.parametrize("theme", THEMES)
def test_a_pressed_button_is_another_colour_and_still_readable(theme: str) -> None:
    tokens = load_tokens()
    fill, ink = tokens.colour(theme, "primary"), tokens.colour(theme, "on_primary")
    assert darken(fill, 0.12) != fill
    assert measure_contrast(darken(fill, 0.12), ink) >= TEXT_CONTRAST_MIN


def test_contrast_is_measured_as_the_rule_says() -> None:
    black, white = (0.0, 0.0, 0.0, 1.0), (1.0, 1.0, 1.0, 1.0)
    assert measure_contrast(black, white) == pytest.approx(21)
    assert measure_contrast(white, white) == pytest.approx(1)


def test_all_themes_have_the_same_tokens() -> None:
    themes = load_tokens().themes
    assert {frozenset(tokens) for tokens in themes.values()} == {frozenset(themes["light"])}


def test_no_text_is_smaller_than_the_floor() -> None:
    for role in load_tokens().roles.values():
        assert role.normal >= SIZE_FLOOR_U
        assert role.large >= SIZE_FLOOR_LARGE_U


def test_a_change_tells_the_watchers_once_and_only_if_it_is_one() -> None:
    look, told = Look(Texts.load()), []
    look.watch(lambda: told.append(look.theme))
    look.change(language="zh")
    assert told == []
    look.toggle("contrast")
    assert told == ["contrast"]


def test_reset_brings_the_default_back_for_the_next_visitor() -> None:
    look = Look(Texts.load())
    look.change(language="en", needs=Needs(large=True, slow=True))
    look.reset()
    assert (look.language, look.needs) == ("zh", Needs())


def test_a_landscape_window_shows_the_column_in_its_height() -> None:
    look = Look(Texts.load())
    look.fit(1920, 1080)
    assert look.u == pytest.approx(1080 / 1920)
    assert look.height_u == pytest.approx(1920)


def test_a_tall_window_makes_the_stage_higher() -> None:
    look = Look(Texts.load())
    look.fit(540, 1200)
    assert (look.u, look.height_u) == (0.5, 2400)
