"""Line breaking for Chinese and English, by the rules of the design.

Chinese breaks between any two characters, but no line begins with closing punctuation or ends with
an opening bracket, a figure stays with the measure word after it, and the last line is never one
lone character. English breaks at spaces. A text is a list of runs, each with a style of the
caller's own; the rules hold across the seams of runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

S = TypeVar("S")
Run = tuple[str, S]

NEVER_FIRST = "，。、；：！？）》】”’…·%,.;:!?)"
NEVER_LAST = "（《【“‘¥$€£(·"


def is_wide(char: str) -> bool:
    """Chinese characters and full-width punctuation: what breaks without a space."""
    code = ord(char)
    return (
        0x2E80 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0xFE30 <= code <= 0xFE4F
        or 0xFF00 <= code <= 0xFF60
        or 0x20000 <= code <= 0x2FA1F
    )


def break_lines(
    runs: Sequence[Run[S]], width: float, measure: Callable[[str, S], float]
) -> list[list[Run[S]]]:
    """Set runs in lines that are no wider than `width`.

    Args:
        runs: (text, style); a newline in a text forces a new line.
        width: in whatever `measure` returns.
        measure: the width of a text in a style.

    Returns:
        Lines of runs, neighbours of one style joined. A single piece that is wider than a line (one
        long word) stands on a line of its own. No runs give one empty line.
    """
    lines: list[list[Run[S]]] = []
    for paragraph in _split_paragraphs(runs):
        pieces = _split_pieces(paragraph)
        lines += [_join(line) for line in _fill(pieces, width, measure)] or [[]]
    return lines


def _split_paragraphs(runs: Sequence[Run[S]]) -> list[list[Run[S]]]:
    paragraphs: list[list[Run[S]]] = [[]]
    for text, style in runs:
        first, *rest = text.split("\n")
        paragraphs[-1].append((first, style))
        paragraphs += [[(part, style)] for part in rest]
    return paragraphs


def _split_pieces(runs: Sequence[Run[S]]) -> list[list[Run[S]]]:
    """What must stay on one line, in order; each piece is characters with their styles."""
    chars = [(char, style) for text, style in runs for char in text]
    pieces: list[list[Run[S]]] = []
    start = 0
    for index in range(1, len(chars) + 1):
        at_end = index == len(chars)
        if at_end or _may_break([char for char, _ in chars[max(0, index - 2) : index + 1]], index):
            if chars[start:index]:
                pieces.append(_join(chars[start:index]))
            start = index
    return pieces


def _may_break(window: list[str], index: int) -> bool:
    """Whether a line may end between the last two characters of `window`."""
    after, before = window[-1], window[-2]
    earlier = window[-3] if index >= 2 else " "
    if after == " " or after in NEVER_FIRST or before in NEVER_LAST:
        return False
    if before == " ":
        return earlier not in NEVER_LAST and not (is_wide(after) and earlier.isdigit())
    return is_wide(before) or is_wide(after)


def _fill(
    pieces: list[list[Run[S]]], width: float, measure: Callable[[str, S], float]
) -> list[list[Run[S]]]:
    lines: list[list[list[Run[S]]]] = []
    used = 0.0
    for piece in pieces:
        full = sum(measure(text, style) for text, style in piece)
        bare = sum(measure(text, style) for text, style in _strip(piece))
        if lines and used + bare <= width:
            lines[-1].append(piece)
            used += full
        else:
            lines.append([piece])
            used = full
    _mend_orphan(lines)
    return [_strip([run for piece in line for run in piece]) for line in lines]


def _mend_orphan(lines: list[list[list[Run[S]]]]) -> None:
    """Give a last line of one Chinese character company from the line above."""
    if len(lines) < 2 or len(lines[-2]) < 3:
        return
    last = "".join(text for piece in lines[-1] for text, _ in piece).strip()
    letters = [char for char in last if char not in NEVER_FIRST]
    if len(letters) == 1 and is_wide(letters[0]):
        lines[-1].insert(0, lines[-2].pop())


def _strip(line: list[Run[S]]) -> list[Run[S]]:
    """Without the spaces at its end."""
    line = list(line)
    while line and not line[-1][0].rstrip(" "):
        line.pop()
    if line:
        line[-1] = (line[-1][0].rstrip(" "), line[-1][1])
    return line


def _join(runs: Sequence[Run[S]]) -> list[Run[S]]:
    joined: list[Run[S]] = []
    for text, style in runs:
        if joined and joined[-1][1] == style:
            joined[-1] = (joined[-1][0] + text, style)
        elif text:
            joined.append((text, style))
    return joined
