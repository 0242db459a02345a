"""Measuring and cutting text by terminal cells: a Chinese character takes two, never `len`."""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len, get_character_cell_size

# Controls, line ends, private and unassigned code points: they would break the grid of cells.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean(text: str) -> str:
    """The text without anything that moves the cursor or takes no cell."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(filter(None, map(_shown, text)))


def _shown(character: str) -> str:
    if unicodedata.category(character) in _UNPRINTABLE:
        return " " if character.isspace() else ""
    return character if get_character_cell_size(character) else ""


def width(text: str) -> int:
    """How many cells the text takes."""
    return cell_len(text)


def cut(text: str, size: int) -> str:
    """The beginning of the text that fits into `size` cells, cut between characters."""
    if cell_len(text) <= size:
        return text
    kept, used = [], 0
    for character in text:
        used += get_character_cell_size(character)
        if used > size:
            break
        kept.append(character)
    return "".join(kept)


def shorten(text: str, size: int) -> str:
    """Like `cut`, but shows by two dots that something is missing."""
    return text if cell_len(text) <= size else cut(text, max(size - 2, 0)) + ".."[:size]


def fit(text: str, size: int, *, right: bool = False) -> str:
    """The text cut or padded to exactly `size` cells."""
    text = cut(text, size)
    blanks = " " * (size - cell_len(text))
    return blanks + text if right else text + blanks


def wrap(text: str, size: int) -> list[str]:
    """Break a sentence into lines of at most `size` cells: at blanks, else between characters."""
    lines: list[str] = []
    rest = text.strip()
    while cell_len(rest) > size:
        head = cut(rest, size)
        at = head.rfind(" ")
        # Chinese has few blanks: then the line is simply full.
        if at > len(head) // 2 and not rest[len(head)].isspace():
            head = head[:at]
        lines.append(head.rstrip())
        rest = rest[len(head) :].lstrip()
    return [*lines, rest] if rest or not lines else lines


def spaced(text: str) -> str:
    """`CHANGE` as `C H A N G E`, for headings."""
    return " ".join(text)
