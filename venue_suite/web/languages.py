"""Which language a page is in: the reader's choice, else what the browser asks for."""

from __future__ import annotations

import re

from venue_suite.resources.fields import LANGUAGES

_RANGE = re.compile(
    r"\s*([a-zA-Z*]{1,8}(?:-[a-zA-Z0-9]{1,8})*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*"
)
TAGS = {"zh": "zh-CN", "en": "en"}  # for the page's `lang`


def choose_language(chosen: str, accepted: str, default: str) -> str:
    """`zh` or `en`.

    Args:
        chosen: by the reader before; "" if never.
        accepted: the header `Accept-Language`.
        default: where neither says anything useful.
    """
    if chosen in LANGUAGES:
        return chosen
    best, weight = default if default in LANGUAGES else LANGUAGES[0], 0.0
    for part in accepted[:500].split(","):
        found = _RANGE.fullmatch(part)
        if found is None:
            continue
        language, quality = found[1].split("-")[0].lower(), float(found[2] or 1)
        if language in LANGUAGES and quality > weight:
            best, weight = language, quality
    return best
