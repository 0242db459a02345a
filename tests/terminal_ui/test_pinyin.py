"""Pinyin initials: names are found without an input method."""

from __future__ import annotations

import pytest
from venue_terminal.pinyin import initials, matches


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("雨夜来信", "yylx"),
        ("话剧《雨夜来信》", "hjyylx"),
        ("冬日弦乐 音乐会", "drxlylh"),
        ("夜场滑冰", "ychb"),
        ("3D 影厅", "3dyt"),
        ("潮汐来信", "cxlx"),
        ("Winter Strings", "winterstrings"),
        ("啊座", "az"),
        ("𠀀", ""),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize("words", ["yylx", "雨夜", "rainy", "RAINY night", "ｙｙ", "yy night", ""])
def test_every_word_must_be_in_the_name_or_its_initials(words: str) -> None:
    assert matches(words, "话剧《雨夜来信》 A Letter on a Rainy Night")


def test_other_words_find_nothing() -> None:
    assert not matches("yy skating", "话剧《雨夜来信》 A Letter on a Rainy Night")
