"""Whether somebody may enter, and in which words it is said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from venue_plugins.admission import domain
from venue_plugins.admission.domain import Entry, Verdict, decide

from venue_suite.domain.rights import EntryRight

SHANGHAI = ZoneInfo("Asia/Shanghai")
MAIN = {"zh": "正门", "en": "Main"}
DOORS = datetime(2026, 11, 28, 11, 0, tzinfo=UTC)  # 19:00 in Shanghai
END = datetime(2026, 11, 28, 14, 0, tzinfo=UTC)  # 22:00 in Shanghai
NOW = datetime(2026, 11, 28, 11, 30, tzinfo=UTC)


def right(admits: int = 1, state: str = "valid") -> EntryRight:
    return EntryRight("ticket/1", 1, DOORS, END, admits, state)


def ask(
    right_now: EntryRight | None = None, used: list[Entry] | None = None, now: datetime = NOW
) -> Verdict:
    return decide(right_now or right(), used or [], now, SHANGHAI)


def entry(at: datetime = NOW) -> Entry:
    return Entry(at, MAIN)


def test_valid_ticket_is_welcome() -> None:
    verdict = ask()
    assert (verdict.result, verdict.code, verdict.admits_left) == ("allowed", "", 0)
    assert verdict.reason == {"zh": "欢迎入场", "en": "Welcome"}
    assert verdict.first is None


def test_copy_is_told_time_and_lane_of_first_use() -> None:
    first = entry(NOW - timedelta(minutes=28))
    verdict = ask(used=[first])
    assert (verdict.result, verdict.code) == ("refused", "A-01")
    assert verdict.reason == {
        "zh": "此票已于 19:02 从正门入场",
        "en": "Already used at 19:02 at Main",
    }
    assert verdict.first == first


def test_copy_on_another_day_is_told_the_day() -> None:
    """23:50 in Shanghai is the evening before; 15:50 in UTC would be the same day."""
    used = [entry(datetime(2026, 11, 27, 15, 50, tzinfo=UTC))]
    verdict = ask(used=used, now=datetime(2026, 11, 27, 16, 10, tzinfo=UTC))
    assert verdict.reason == {
        "zh": "此票已于 11月27日 周五 23:50 从正门入场",
        "en": "Already used on Fri 27 Nov at 23:50 at Main",
    }


def test_another_year_is_named() -> None:
    used = [entry(datetime(2026, 12, 31, 4, 0, tzinfo=UTC))]
    verdict = ask(used=used, now=datetime(2027, 1, 1, 4, 0, tzinfo=UTC))
    assert verdict.reason["zh"] == "此票已于 2026年12月31日 周四 12:00 从正门入场"
    assert verdict.reason["en"] == "Already used on Thu 31 Dec 2026 at 12:00 at Main"


def test_early_visitor_is_told_when_doors_open() -> None:
    verdict = ask(now=DOORS - timedelta(milliseconds=1))
    assert (verdict.result, verdict.code) == ("refused", "A-02")
    assert verdict.reason == {"zh": "还未开始入场，19:00 开门", "en": "Doors open at 19:00"}
    assert verdict.advice == {"zh": "请稍后再来。", "en": "Please come back then."}


def test_visitor_of_the_wrong_day_is_told_the_day() -> None:
    verdict = ask(now=NOW - timedelta(days=1))
    assert verdict.reason["en"] == "Doors open on Sat 28 Nov at 19:00"
    assert verdict.reason["zh"] == "还未开始入场，11月28日 周六 19:00 开门"


def test_window_includes_its_beginning_and_not_its_end() -> None:
    assert ask(now=DOORS).result == "allowed"
    assert ask(now=END - timedelta(milliseconds=1)).result == "allowed"
    verdict = ask(now=END)
    assert (verdict.result, verdict.code) == ("refused", "A-03")
    assert verdict.reason == {"zh": "此票已于 22:00 过期", "en": "This ticket ended at 22:00"}


@pytest.mark.parametrize(
    ("state", "zh", "en"),
    [
        ("refunded", "这张票已退票", "This ticket was refunded"),
        ("reprinted", "这张票已补打，请用新票", "This ticket was reprinted: use the new one"),
        ("blocked", "这张票已停用", "This ticket is blocked"),
        ("unpaid", "这张票还没有付款", "This ticket is not paid"),
        ("a state of tomorrow", "这张票已停用", "This ticket is blocked"),
    ],
)
def test_state_of_the_right_comes_first(state: str, zh: str, en: str) -> None:
    """A refunded ticket is refunded, whatever the clock says and whoever used it."""
    for now, used in ((NOW, []), (DOORS - timedelta(days=9), []), (NOW, [entry()])):
        verdict = ask(right(state=state), used, now)
        assert (verdict.result, verdict.code) == ("refused", "A-06")
        assert verdict.reason == {"zh": zh, "en": en}


def test_used_ticket_says_so_even_when_it_is_over() -> None:
    assert ask(used=[entry()], now=END + timedelta(hours=1)).code == "A-01"


def test_group_counts_down() -> None:
    used: list[Entry] = []
    for left in (2, 1, 0):
        verdict = ask(right(admits=3), used)
        assert (verdict.result, verdict.admits_left) == ("allowed", left)
        used.append(entry(NOW + timedelta(minutes=len(used))))
    verdict = ask(right(admits=3), used)
    assert verdict.code == "A-01"
    assert verdict.first == used[0]


@pytest.mark.parametrize(
    "verdict", [domain.lane_closed(), domain.not_recognised({"zh": "不认识", "en": "Not known"})]
)
def test_other_refusals_speak_both_languages(verdict: Verdict) -> None:
    assert verdict.result == "refused"
    assert verdict.code in ("A-05", "A-09")
    assert set(verdict.reason) == set(verdict.advice) == {"zh", "en"}


@given(
    admits=st.integers(1, 5),
    uses=st.integers(0, 6),
    ahead_min=st.integers(-1000, 1000),
    state=st.sampled_from(["valid", "refunded", "reprinted", "blocked"]),
)
def test_allowed_exactly_if_every_rule_agrees(
    admits: int, uses: int, ahead_min: int, state: str
) -> None:
    now = NOW + timedelta(minutes=ahead_min)
    used = [entry(DOORS + timedelta(minutes=one)) for one in range(uses)]
    verdict = ask(right(admits, state), used, now)
    expected = state == "valid" and uses < admits and DOORS <= now < END
    assert (verdict.result == "allowed") == expected
    assert (verdict.code == "") == expected
    assert set(verdict.reason) == {"zh", "en"}
    assert all(verdict.reason.values())


@given(st.integers(1, 6).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(1, n)))))
def test_free_number_is_the_lowest_that_is_free(case: tuple[int, set[int]]) -> None:
    admits, used = case
    if len(used) == admits:
        with pytest.raises(ValueError, match="empty"):
            domain.free_number(sorted(used), admits)
    else:
        number = domain.free_number(sorted(used), admits)
        assert number not in used
        assert set(range(1, number)) <= used


def test_business_day_begins_at_the_cut_off_in_the_venues_zone() -> None:
    start = domain.day_start(date(2026, 11, 28), 4, SHANGHAI)
    assert start.astimezone(UTC) == datetime(2026, 11, 27, 20, 0, tzinfo=UTC)
