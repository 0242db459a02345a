"""Facts: what has happened, as the feed tells it after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened.

    Attributes:
        kind: dotted noun and past verb, for example `sales.order_paid`.
        subject: what it is about, for example `performance/17`; followers filter by it.
        data: JSON values only.
        seq: its place in the feed; 0 until the transaction commits.
        at: UTC seconds since 1970 of the transaction.
    """

    kind: str
    subject: str
    data: Mapping[str, object] = field(default_factory=dict)
    seq: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class FactKind:
    """A kind of fact, declared by whoever tells it.

    Attributes:
        name: as in `Fact.kind`; with a dot at its end it stands for all kinds that begin so.
        summary: what has happened, for people who build on the feed.
        permission: who may hear it.
        own_permission: enough for whoever acts at the station that the fact's data name in
            `station`; "" for no such exception.
    """

    name: str
    summary: str
    permission: str
    own_permission: str = ""
