"""Running checks and keeping what they find."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

import msgspec

from venue_suite.database.work import View
from venue_suite.hookspecs import Check

logger = logging.getLogger(__name__)

SENTENCES_MAX = 100


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one check said. `sentences` is empty if it holds."""

    name: str
    summary: str
    sentences: list[str]
    took_s: float = 0.0

    @property
    def holds(self) -> bool:
        return not self.sentences


def run_check(view: View, check: Check, since: datetime | None = None) -> Finding:
    """Run one check; one that can't be run vouches for nothing and counts as a violation.

    Args:
        since: look only at what was written from then on, where the check has such a short cut.
    """
    began_s = time.monotonic()
    try:
        found = check.find(view) if since is None else _find_since(view, check, since)
        sentences = list(islice(found, SENTENCES_MAX))
    except Exception as error:  # a plugin's check may raise anything; the others must run
        logger.exception("check failed", extra={"check": check.name})
        sentences = [f"the check could not be run: {type(error).__name__}: {error}"]
    return Finding(
        name=check.name,
        summary=check.summary,
        sentences=sentences,
        took_s=round(time.monotonic() - began_s, 3),
    )


def recent(checks: Sequence[Check]) -> list[Check]:
    """Those that have a short cut for what is new."""
    return [check for check in checks if check.find_since is not None]


def find_all(view: View, checks: Iterable[Check]) -> Iterator[str]:
    """The sentences of many checks, each with the name of its check."""
    for check in checks:
        for sentence in run_check(view, check).sentences:
            yield f"{check.name}: {sentence}"


def _find_since(view: View, check: Check, since: datetime) -> Iterable[str]:
    if check.find_since is None:
        raise ValueError(f"{check.name} has no short cut")
    return check.find_since(view, since)
