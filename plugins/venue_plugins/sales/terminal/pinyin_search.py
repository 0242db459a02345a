"""Finding a show by words of its title or hall, or by pinyin initials."""

from __future__ import annotations

from venue_terminal.pinyin import matches

from venue_plugins.sales.wire import PerformanceCard


def show_matches(words: str, card: PerformanceCard) -> bool:
    """Whether the words are in the show's names, in any language."""
    names = " ".join((*card.title.values(), *card.hall.values()))
    return matches(words, names)
