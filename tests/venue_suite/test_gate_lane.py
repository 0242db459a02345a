"""The lane's state machine, arrow by arrow."""

from __future__ import annotations

import pytest

from venue_suite.gate import wording
from venue_suite.gate.events import (
    Answer,
    Ask,
    AskRefused,
    AwaitPassage,
    CodeRead,
    Decided,
    EmergencyBegan,
    EmergencyEnded,
    Event,
    GateReady,
    HoldOpen,
    PassageEnded,
    Released,
    ReleaseFailed,
    ReportPassage,
    Rest,
    ServerBack,
    ServerLost,
    Settle,
    Show,
    ShownEnough,
    Unanswered,
    Unlock,
)
from venue_suite.gate.lane import Actions, Lane, State, step
from venue_suite.ports import Passage

NOW_S = 100.0
ALLOWED = Answer("allowed", "", {"zh": "欢迎", "en": "Welcome"}, scan_id=7)
GROUP = Answer("allowed", "", {"zh": "欢迎", "en": "Welcome"}, scan_id=7, admits_left=2)
REFUSED = Answer("refused", "A-01", {"zh": "已入场", "en": "Already used"}, scan_id=8)


def read(code: str = "A", at_s: float = NOW_S, operation_id: str = "") -> CodeRead:
    return CodeRead(code, operation_id or f"op-{code}-{at_s}", at_s)


def play(*events: Event, lane: Lane | None = None, now_s: float = NOW_S) -> tuple[Lane, Actions]:
    """The lane after these events, and what the last one wants done."""
    lane = lane or online()
    actions: Actions = ()
    for event in events:
        lane, actions = step(lane, event, now_s)
    return lane, actions


def online() -> Lane:
    return step(Lane(), ServerBack(), NOW_S)[0]


def unlocked(answer: Answer = ALLOWED) -> Lane:
    one = read()
    return play(one, Decided(one.operation_id, answer), Released(7))[0]


def test_lane_begins_off_line_and_waits_once_the_server_answers() -> None:
    assert Lane().state is State.OFFLINE
    assert play()[0].state is State.WAITING
    assert play(ServerLost())[0].state is State.OFFLINE


def test_code_is_asked_about() -> None:
    lane, actions = play(read())
    assert lane.state is State.DECIDING
    assert actions == (Ask("op-A-100.0", "A"),)


def test_allowed_unlocks_before_anything_else() -> None:
    lane, actions = play(read(), Decided("op-A-100.0", ALLOWED))
    assert lane.state is State.UNLOCKED
    assert actions == (Unlock(7, until_s=NOW_S + 2),)


def test_open_gate_is_watched_and_shown() -> None:
    _, actions = play(read(), Decided("op-A-100.0", ALLOWED), Released(7))
    assert actions == (AwaitPassage(7), Show(ALLOWED, NOW_S))


@pytest.mark.parametrize("outcome", list(Passage))
def test_passage_is_reported_and_the_lane_waits_again(outcome: Passage) -> None:
    lane, actions = play(PassageEnded(7, outcome), lane=unlocked())
    assert lane == online()
    assert actions == (ReportPassage(7, outcome),)


def test_refusal_is_shown_for_its_time() -> None:
    lane, actions = play(read(), Decided("op-A-100.0", REFUSED))
    assert lane.state is State.REFUSED
    assert actions == (Show(REFUSED, NOW_S), Rest("op-A-100.0"))
    assert play(ShownEnough("op-A-100.0"), lane=lane) == (online(), ())


def test_old_timer_does_not_take_a_newer_refusal_away() -> None:
    lane, _ = play(read(), Decided("op-A-100.0", REFUSED), read("B"))
    lane, _ = play(Decided("op-B-100.0", REFUSED), lane=lane)
    assert play(ShownEnough("op-A-100.0"), lane=lane) == (lane, ())


def test_next_code_ends_a_refusal() -> None:
    lane, actions = play(read(), Decided("op-A-100.0", REFUSED), read("B"))
    assert lane.state is State.DECIDING
    assert actions == (Ask("op-B-100.0", "B"),)


def test_garbage_is_refused_without_asking() -> None:
    fault = {"zh": "不是门票", "en": "No ticket"}
    one = CodeRead("junk", "op-1", NOW_S, fault)
    for lane in (online(), Lane()):
        after, actions = play(one, lane=lane)
        assert after.state is State.REFUSED
        assert actions == (Show(Answer("refused", "A-09", fault), NOW_S), Rest("op-1"))


@pytest.mark.parametrize("at_s", [100.1, 101.0, 102.0])
def test_same_code_is_one_wish_while_deciding_and_unlocked(at_s: float) -> None:
    for lane in (play(read())[0], unlocked(GROUP)):
        after, actions = play(read(at_s=at_s), lane=lane)
        assert (after.state, after.held, actions) == (lane.state, None, ())


def test_refused_ticket_that_stays_before_the_scanner_is_asked_about_once() -> None:
    lane, _ = play(read(), Decided("op-A-100.0", REFUSED))
    lane, actions = play(read(at_s=101.9), lane=lane)
    assert (lane.state, actions) == (State.REFUSED, ())
    assert play(read(at_s=104.0), lane=lane)[1] == (Ask("op-A-104.0", "A"),)


def test_visitor_whom_no_rule_refused_may_try_again_at_once() -> None:
    for event in (AskRefused("op-A-100.0", wording.SERVER_BUSY), Unanswered("op-A-100.0", "A")):
        lane, _ = play(read(), event, ServerBack())
        assert play(read(at_s=100.3), lane=lane)[1] == (Ask("op-A-100.3", "A"),)


def test_ticket_that_lies_before_the_scanner_stays_one_wish() -> None:
    """Each reading is less than two seconds after the one before."""
    lane = unlocked(GROUP)
    for at_s in (101.5, 103.0, 104.5, 106.0):
        lane, actions = play(read(at_s=at_s), lane=lane)
        assert (lane.held, actions) == (None, ())


def test_next_person_of_a_group_shows_the_same_ticket() -> None:
    lane, _ = play(read(at_s=102.5), lane=unlocked(GROUP))
    lane, actions = play(PassageEnded(7, Passage.PASSED), lane=lane, now_s=103.0)
    assert lane.state is State.DECIDING
    assert actions == (ReportPassage(7, Passage.PASSED), Ask("op-A-102.5", "A"))


def test_visitor_who_shows_a_single_ticket_again_is_not_frightened() -> None:
    """The gate is open for him; asking again would say that the ticket is used."""
    lane, _ = play(read(at_s=104.0), lane=unlocked())
    lane, actions = play(PassageEnded(7, Passage.PASSED), lane=lane, now_s=104.5)
    assert (lane.state, actions) == (State.WAITING, (ReportPassage(7, Passage.PASSED),))


def test_next_visitor_is_taken_when_the_passage_ends() -> None:
    lane, actions = play(read("B", 100.8), lane=unlocked())
    assert (lane.state, actions) == (State.UNLOCKED, ())
    lane, actions = play(PassageEnded(7, Passage.PASSED), lane=lane, now_s=101.8)
    assert actions == (ReportPassage(7, Passage.PASSED), Ask("op-B-100.8", "B"))


def test_code_that_waited_too_long_is_forgotten() -> None:
    """Whoever showed it may be gone; the gate must not open for the one who stands there now."""
    lane, _ = play(read("B", 100.8), lane=unlocked())
    lane, actions = play(PassageEnded(7, Passage.TIMED_OUT), lane=lane, now_s=101.9)
    assert (lane.state, lane.held) == (State.WAITING, None)
    assert actions == (ReportPassage(7, Passage.TIMED_OUT),)


def test_same_code_counts_again_after_the_passage() -> None:
    lane, _ = play(PassageEnded(7, Passage.TIMED_OUT), lane=unlocked())
    _, actions = play(read(at_s=100.5), lane=lane)
    assert actions == (Ask("op-A-100.5", "A"),)


def test_late_decision_opens_nothing_and_gives_the_right_back() -> None:
    one = read(at_s=NOW_S - 2)
    lane, actions = play(one, Decided(one.operation_id, ALLOWED))
    assert lane.state is State.REFUSED
    shown = Answer("refused", "", wording.ONCE_MORE, 7)
    assert actions == (
        ReportPassage(7, Passage.TIMED_OUT),
        Show(shown, one.at_s),
        Rest(one.operation_id),
    )


def test_no_answer_is_settled_later_and_the_lane_is_off_line() -> None:
    lane, actions = play(read(), Unanswered("op-A-100.0", "A"))
    assert (lane.state, lane.is_online) == (State.REFUSED, False)
    shown = Answer("refused", "", wording.SERVER_AWAY)
    assert actions == (Settle("op-A-100.0", "A"), Show(shown, NOW_S), Rest("op-A-100.0"))
    assert play(ShownEnough("op-A-100.0"), lane=lane)[0].state is State.OFFLINE
    assert play(ServerBack(), ShownEnough("op-A-100.0"), lane=lane)[0] == online()


def test_server_that_will_not_decide() -> None:
    lane, actions = play(read(), AskRefused("op-A-100.0", wording.SERVER_BUSY))
    assert (lane.state, lane.is_online) == (State.REFUSED, True)
    shown = Answer("refused", "", wording.SERVER_BUSY)
    assert actions == (Show(shown, NOW_S), Rest("op-A-100.0"))


def test_off_line_every_ticket_is_told_so() -> None:
    lane, actions = play(read(), lane=Lane())
    assert lane.state is State.REFUSED
    shown = Answer("refused", "", wording.SERVER_AWAY)
    assert actions == (Show(shown, NOW_S), Rest("op-A-100.0"))


def test_server_that_is_lost_during_a_passage_is_noticed_after_it() -> None:
    lane, actions = play(ServerLost(), lane=unlocked())
    assert (lane.state, actions) == (State.UNLOCKED, ())
    lane, actions = play(PassageEnded(7, Passage.PASSED), lane=lane)
    assert (lane.state, actions) == (State.OFFLINE, (ReportPassage(7, Passage.PASSED),))


@pytest.mark.parametrize(
    ("is_doubtful", "outcome"), [(False, Passage.TIMED_OUT), (True, Passage.UNKNOWN)]
)
def test_gate_that_does_not_open(is_doubtful: bool, outcome: Passage) -> None:
    one = read()
    lane, actions = play(one, Decided(one.operation_id, ALLOWED), ReleaseFailed(7, is_doubtful))
    assert lane.state is State.REFUSED
    shown = Answer("refused", "", wording.GATE_STUCK, 7)
    assert actions == (ReportPassage(7, outcome), Show(shown, NOW_S), Rest(one.operation_id))


def test_emergency_opens_and_ends() -> None:
    for lane in (online(), Lane(), unlocked(), play(read())[0]):
        during, actions = play(EmergencyBegan(), lane=lane)
        assert (during.state, actions) == (State.EMERGENCY, (HoldOpen(True),))
        assert play(read("B"), lane=during) == (during, ())
        assert play(GateReady(), lane=during) == (during, (HoldOpen(True),))
        after, actions = play(EmergencyEnded(), lane=during)
        assert actions == (HoldOpen(False),)
        assert after.state is (State.WAITING if lane.is_online else State.OFFLINE)


def test_emergency_outlives_the_server() -> None:
    lane, _ = play(EmergencyBegan(), ServerLost(), ServerBack(), ServerLost())
    assert lane.state is State.EMERGENCY
    assert play(EmergencyEnded(), lane=lane)[0].state is State.OFFLINE


def test_decision_that_comes_in_an_emergency_gives_the_right_back() -> None:
    lane, actions = play(read(), EmergencyBegan(), Decided("op-A-100.0", ALLOWED))
    assert (lane.state, actions) == (State.EMERGENCY, (ReportPassage(7, Passage.TIMED_OUT),))
    lane, actions = play(read(), EmergencyBegan(), Unanswered("op-A-100.0", "A"))
    assert (lane.state, actions) == (State.EMERGENCY, (Settle("op-A-100.0", "A"),))
    assert play(read(), EmergencyBegan(), Decided("op-A-100.0", REFUSED))[1] == ()
    assert play(read(), EmergencyBegan(), AskRefused("op-A-100.0", {}))[1] == ()


def test_passage_that_ends_in_an_emergency_is_reported() -> None:
    lane, _ = play(EmergencyBegan(), lane=unlocked())
    assert play(PassageEnded(7, Passage.PASSED), lane=lane) == (
        lane,
        (ReportPassage(7, Passage.PASSED),),
    )
    one = read()
    lane, _ = play(one, Decided(one.operation_id, ALLOWED), EmergencyBegan())
    assert play(Released(7), lane=lane) == (lane, (AwaitPassage(7),))
    assert play(ReleaseFailed(7, False), lane=lane) == (
        lane,
        (ReportPassage(7, Passage.TIMED_OUT),),
    )


def test_emergency_that_was_none_does_not_end() -> None:
    assert play(EmergencyEnded()) == (online(), ())
    assert play(GateReady()) == (online(), ())
