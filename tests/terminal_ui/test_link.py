"""The link as people see it, and the words of the header."""

from __future__ import annotations

from venue_terminal.link import CAUGHT_UP, Link, Phase

from venue_suite.domain.facts import Fact


def fact(seq: int, kind: str = "sales.order_paid") -> Fact:
    return Fact(kind, "order/1", {}, seq)


def test_a_link_begins_by_looking_and_is_up_when_the_server_answered() -> None:
    link = Link()
    assert (link.phase, link.is_up) == (Phase.JOINING, False)
    link.open()
    assert link.is_up


def test_after_a_gap_it_catches_up_and_counts() -> None:
    link = Link()
    link.open()
    link.hear(fact(40, CAUGHT_UP))
    link.lose(100.0)
    link.lose(112.0)
    assert link.phase is Phase.CUT_OFF
    assert link.cut_off_for_s(112.0) == 12.0
    assert link.retry_at_s == 114.0
    assert link.next_seq == 41
    link.hear(fact(41))
    link.hear(fact(42))
    assert (link.phase, link.backlog, link.is_up) == (Phase.CATCHING_UP, 2, True)
    assert link.hear(fact(42, CAUGHT_UP)) is True
    assert (link.phase, link.backlog, link.next_seq) == (Phase.LINKED, 0, 43)
    assert link.hear(fact(42, CAUGHT_UP)) is False


def test_a_slow_answer_is_said() -> None:
    link = Link()
    link.open()
    link.measure(1.4, 100.0)
    assert link.is_slow(101.0)
    assert not link.is_slow(120.0)
    link.measure(0.02, 121.0)
    assert not link.is_slow(121.0)
