"""An entry right: what a scanned medium (ticket, card) entitles its bearer to.

Lives here because two plugins meet over it: sales resolves a code to a right, admission decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from venue_suite.domain.localized import Localized


@dataclass(frozen=True, slots=True)
class EntryRight:
    """What one scanned code stands for.

    Attributes:
        right_id: stable and unique over all plugins, for example `ticket/184220`.
        performance_id: which performance it opens; 0 where it is not bound to one.
        valid_from, valid_until: aware UTC; entry is possible in between.
        admits: how many people it lets in, at least 1.
        state: `valid`, or why not: `refunded`, `reprinted`, `blocked`, `unpaid`.
        title: what it is for, to show ("Letters from the Tide").
        detail: where and what kind ("Stalls row 9 seat 14, Adult"), to show.
        ticket_type: code of the ticket type, for lane rules.
    """

    right_id: str
    performance_id: int
    valid_from: datetime
    valid_until: datetime
    admits: int = 1
    state: str = "valid"
    title: Localized = field(default_factory=dict)
    detail: Localized = field(default_factory=dict)
    ticket_type: str = ""


@dataclass(frozen=True, slots=True)
class Objection:
    """A reason why something may not be done, in words that the person concerned may read."""

    code: str
    template: str
    params: dict[str, object] = field(default_factory=dict)
