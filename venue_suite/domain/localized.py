"""Names that people give to things, in several languages."""

from __future__ import annotations

from collections.abc import Mapping

Localized = dict[str, str]  # language code ("zh", "en") -> text


def localized(names: Mapping[str, str], language: str) -> str:
    """The text in `language`, else in English, else in Chinese, else in any language."""
    for wanted in (language, "en", "zh"):
        if text := names.get(wanted):
            return text
    return next(iter(names.values()), "")
