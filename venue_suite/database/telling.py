"""Who wants to know what was committed is told: every fact once, in the order of the feed.

Another server process may commit between two commits of this one. Its facts are read from the feed
and told in their place, whichever of the two is noticed first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import msgspec

from venue_suite.database.engine import Session
from venue_suite.database.kernel_rows import FACTS_FROM, LAST_SEQ
from venue_suite.domain.facts import Fact

PAGE_LENGTH = 500

Listener = Callable[[Sequence[Fact]], None]


def read_last_seq(session: Session) -> int:
    """The number of the newest fact; 0 in an empty feed."""
    row = session.row(*LAST_SEQ.bind(session.dialect, {}))
    last: int = row[0] if row else 0
    return last


def read_facts(session: Session, from_seq: int) -> list[Fact]:
    """One page of the feed, from `from_seq` on."""
    values = {"seq": from_seq, "count": PAGE_LENGTH}
    return [
        Fact(kind, subject, msgspec.json.decode(data), seq, at / 1000)
        for seq, at, kind, subject, data in session.rows(*FACTS_FROM.bind(session.dialect, values))
    ]


class Teller:
    """Passes facts on to listeners. May be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._last_seq = 0

    def add(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def start(self, last_seq: int) -> None:
        """What is in the feed up to `last_seq` is history and not told."""
        self._last_seq = last_seq

    def tell(self, facts: Sequence[Fact], session: Session) -> None:
        """Tell facts that were just committed, after those of others that came before."""
        with self._lock:
            if facts and facts[0].seq > self._last_seq + 1:
                self._catch_up(session, facts[0].seq - 1)
            self._pass_on(facts)

    def catch_up(self, session: Session) -> None:
        """Tell what others have committed."""
        with self._lock:
            self._catch_up(session, None)

    def _catch_up(self, session: Session, until: int | None) -> None:
        while until is None or self._last_seq < until:
            page = read_facts(session, self._last_seq + 1)
            if not page:
                return
            self._pass_on(page)

    def _pass_on(self, facts: Sequence[Fact]) -> None:
        new = [fact for fact in facts if fact.seq > self._last_seq]
        if not new:
            return
        self._last_seq = new[-1].seq
        for listener in self._listeners:
            listener(new)
