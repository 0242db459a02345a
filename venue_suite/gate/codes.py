"""The first look at a code, before the server is asked: garbage never loads it."""

from __future__ import annotations

from collections.abc import Mapping

from venue_suite.domain.localized import Localized
from venue_suite.gate.wording import in_both
from venue_suite.texts import Texts
from venue_suite.ticket_tokens import TokenNotRecognised, read_token


def find_fault(code: str, keys: Mapping[bytes, bytes], texts: Texts) -> Localized | None:
    """Why a code is no ticket of this venue; None if it may be one.

    Args:
        code: what the scanner read; hostile.
        keys: key id -> public key of every key that the venue has signed with. Empty before the
            server was ever reached: then nothing can be said.
        texts: with the kernel's sentences.
    """
    if not keys:
        return None
    try:
        read_token(code, keys)
    except TokenNotRecognised as error:
        return in_both(texts, error.template, error.params)
    return None
