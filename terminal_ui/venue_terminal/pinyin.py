"""The initials of Chinese names in pinyin: `雨夜来信` is found by `yylx`.

The 3,755 common characters of GB 2312 stand in the order of their pinyin, so 23 borders are enough.
Of a character with several readings it knows one; rarer characters have no initial here.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

# The first code of each initial; there are no I, U and V.
_BORDERS = (
    (0xB0A1, "a"), (0xB0C5, "b"), (0xB2C1, "c"), (0xB4EE, "d"), (0xB6EA, "e"), (0xB7A2, "f"),
    (0xB8C1, "g"), (0xB9FE, "h"), (0xBBF7, "j"), (0xBFA6, "k"), (0xC0AC, "l"), (0xC2E8, "m"),
    (0xC4C3, "n"), (0xC5B6, "o"), (0xC5BE, "p"), (0xC6DA, "q"), (0xC8BB, "r"), (0xC8F6, "s"),
    (0xCBFA, "t"), (0xCDDA, "w"), (0xCEF4, "x"), (0xD1B9, "y"), (0xD4D1, "z"),
)  # fmt: skip
_LAST = 0xD7F9
_CODES = [code for code, _ in _BORDERS]


def initials(text: str) -> str:
    """One letter a Chinese character; Latin letters and digits stay, all else is left out."""
    return "".join(map(_initial, unicodedata.normalize("NFKC", text)))


def _initial(character: str) -> str:
    if character.isascii():
        return character.casefold() if character.isalnum() else ""
    try:
        code = int.from_bytes(character.encode("gb2312"), "big")
    except UnicodeEncodeError:
        return ""
    if not _CODES[0] <= code <= _LAST:
        return ""
    return _BORDERS[bisect_right(_CODES, code) - 1][1]


def matches(words: str, name: str) -> bool:
    """Whether every word is in the name, or in its initials."""
    folded, letters = unicodedata.normalize("NFKC", name).casefold(), initials(name)
    wanted = unicodedata.normalize("NFKC", words).casefold().split()
    return all(word in folded or word in letters for word in wanted)
