"""Whether a person passed, from what sensor and counter showed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from venue_devices.gates.passage import COUNTER_STEP_MAX, PassageWatch

from venue_suite.ports import Passage


def test_passage_is_the_change_from_off_to_on() -> None:
    watch = PassageWatch(0.0, sensor=False, counter=None)
    watch.see_sensor(False, 0.0)
    assert watch.judge(0.0, is_reachable=True) is Passage.TIMED_OUT
    watch.see_sensor(True, 0.0)
    assert watch.judge(0.0, is_reachable=True) is Passage.PASSED


def test_person_who_stands_in_the_sensor_at_the_release_is_not_the_passage() -> None:
    watch = PassageWatch(0.0, sensor=True, counter=None)
    watch.see_sensor(True, 0.0)
    assert not watch.has_passed
    watch.see_sensor(False, 0.0)
    watch.see_sensor(True, 0.0)
    assert watch.has_passed


def test_stuck_sensor_makes_it_unknown() -> None:
    watch = PassageWatch(0.0, sensor=True, counter=None)
    watch.see_sensor(True, 0.0)
    assert watch.is_sensor_stuck
    assert watch.judge(0.0, is_reachable=True) is Passage.UNKNOWN


def test_no_sensor_is_unknown() -> None:
    watch = PassageWatch(0.0, sensor=None, counter=None)
    assert watch.is_blind
    assert watch.judge(0.0, is_reachable=True) is Passage.UNKNOWN


def test_gap_in_sight_is_unknown_for_a_sensor_and_nothing_for_a_counter() -> None:
    by_sensor = PassageWatch(0.0, sensor=False, counter=None)
    by_sensor.miss()
    assert by_sensor.judge(0.0, is_reachable=True) is Passage.UNKNOWN
    by_counter = PassageWatch(0.0, sensor=False, counter=7)
    by_counter.miss()
    by_counter.see_counter(7)
    assert by_counter.judge(0.0, is_reachable=True) is Passage.TIMED_OUT
    assert by_counter.judge(0.0, is_reachable=False) is Passage.UNKNOWN
    by_counter.see_counter(8)
    assert by_counter.judge(0.0, is_reachable=False) is Passage.PASSED


@pytest.mark.parametrize(("counter", "verdict"), [(None, Passage.UNKNOWN), (7, Passage.TIMED_OUT)])
def test_long_time_without_a_look_is_a_gap_for_a_sensor(
    counter: int | None, verdict: Passage
) -> None:
    for last_look_s, judged_s in ((1.0, 1.0), (0.1, 1.0)):
        watch = PassageWatch(0.0, sensor=False, counter=counter)
        watch.see_sensor(False, last_look_s)
        assert watch.judge(judged_s, is_reachable=True) is verdict


def test_counter_that_was_reset_is_no_crowd() -> None:
    watch = PassageWatch(0.0, sensor=None, counter=300)
    watch.see_counter(0)
    assert watch.judge(0.0, is_reachable=True) is Passage.UNKNOWN
    watch.see_counter(1)
    assert watch.judge(0.0, is_reachable=True) is Passage.PASSED


@given(st.integers(0, 0xFFFF), st.integers(1, COUNTER_STEP_MAX))
def test_counter_may_wrap(count: int, step: int) -> None:
    watch = PassageWatch(0.0, sensor=None, counter=count)
    watch.see_counter((count + step) & 0xFFFF)
    assert watch.has_passed


@given(st.lists(st.booleans(), max_size=50), st.booleans())
def test_sensor_never_passes_without_a_rise(looks: list[bool], at_first: bool) -> None:
    watch = PassageWatch(0.0, sensor=at_first, counter=None)
    for look in looks:
        watch.see_sensor(look, 0.0)
    states = [at_first, *looks]
    rises = any(not a and b for a, b in itertools.pairwise(states))
    assert watch.has_passed == rises


@pytest.mark.parametrize("reachable", [True, False])
def test_what_was_seen_stays_seen(reachable: bool) -> None:
    watch = PassageWatch(0.0, sensor=False, counter=None)
    watch.see_sensor(True, 0.0)
    watch.miss()
    assert watch.judge(0.0, is_reachable=reachable) is Passage.PASSED
