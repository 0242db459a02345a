"""The lane's state machine under any order of events, against a server and a gate of chance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
)

from venue_suite.gate.events import (
    Action,
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
from venue_suite.gate.lane import OPEN_WITHIN_S, Lane, State, step
from venue_suite.ports import Passage

BOTH = {"zh": "好", "en": "fine"}


@dataclass
class Ledger:
    """What happened around the lane."""

    read_at_s: dict[str, float] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    settled: Counter[str] = field(default_factory=Counter)
    allowed: dict[int, str] = field(default_factory=dict)
    unlocked: Counter[int] = field(default_factory=Counter)
    reported: Counter[int] = field(default_factory=Counter)
    shown: list[Show] = field(default_factory=list)
    is_held_open: bool = False


class LaneWorld(RuleBasedStateMachine):
    """Whatever the lane wants done stays open until chance answers it, in any order."""

    begun = Bundle("begun")  # what was begun and comes back later

    def __init__(self) -> None:
        super().__init__()
        self.lane = Lane()
        self.books = Ledger()
        self.now_s = 0.0
        self.reads = 0
        self.scans = 0
        self.at_work: list[Action] = []
        self.forgotten: set[str | int] = set()  # by an emergency that came between

    # --- what happens ------------------------------------------------------------------------

    @rule(target=begun, code=st.sampled_from("ABCD"), is_garbage=st.booleans(), ago=st.booleans())
    def read_code(self, code: str, is_garbage: bool, ago: bool) -> object:
        self.reads += 1
        operation_id = f"op-{self.reads}"
        at_s = self.now_s - 0.2 * ago
        self.books.read_at_s[operation_id] = at_s
        fault = BOTH if is_garbage and code == "D" else None
        return self.send(CodeRead(code, operation_id, at_s, fault))

    @rule(seconds=st.sampled_from([0.01, 0.5, 1.1, 2.1]))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    @rule(target=begun, event=st.sampled_from([ServerLost(), ServerBack(), ServerBack()]))
    def server(self, event: Event) -> object:
        return self.send(event)

    @rule(target=begun, event=st.sampled_from([EmergencyBegan(), EmergencyEnded(), GateReady()]))
    def emergency(self, event: Event) -> object:
        if isinstance(event, EmergencyBegan):
            self.forgotten |= {key_of(action) for action in self.at_work}
        return self.send(event)

    @rule(
        target=begun,
        action=consumes(begun),
        turn=st.sampled_from(["yes", "no", "fail"]),
        left=st.integers(0, 1),
    )
    def answer(self, action: Action, turn: str, left: int) -> object:
        self.at_work.remove(action)
        return self.send(self.outcome(action, turn, left))

    def outcome(self, action: Action, turn: str, left: int) -> Event:
        match action:
            case Ask(operation_id, code):
                return self.server_answer(operation_id, code, turn, left)
            case Unlock(scan_id):
                if turn == "yes":
                    return Released(scan_id)
                return ReleaseFailed(scan_id, is_doubtful=turn == "fail")
            case AwaitPassage(scan_id):
                words = {"yes": Passage.PASSED, "no": Passage.TIMED_OUT, "fail": Passage.UNKNOWN}
                return PassageEnded(scan_id, words[turn])
            case Rest(operation_id):
                return ShownEnough(operation_id)
        raise AssertionError(action)

    def server_answer(self, operation_id: str, code: str, turn: str, left: int) -> Event:
        if turn == "fail":
            self.books.unanswered[operation_id] += 1
            return Unanswered(operation_id, code)
        if turn == "no" and code == "A":
            return AskRefused(operation_id, BOTH)
        self.scans += 1
        if turn == "no":
            return Decided(operation_id, Answer("refused", "A-01", BOTH, self.scans))
        self.books.allowed[self.scans] = operation_id
        return Decided(operation_id, Answer("allowed", "", BOTH, self.scans, left))

    # --- what the lane wants done ------------------------------------------------------------

    def send(self, event: Event) -> object:
        was_emergency = self.lane.state is State.EMERGENCY
        self.lane, actions = step(self.lane, event, self.now_s)
        for action in actions:
            self.note(action, was_emergency)
        begun = [a for a in actions if isinstance(a, Ask | Unlock | AwaitPassage | Rest)]
        self.at_work.extend(begun)
        return multiple(*begun)

    def note(self, action: Action, was_emergency: bool) -> None:
        books = self.books
        match action:
            case Ask(operation_id):
                assert self.lane.is_online
                assert self.open_keys(Ask) == set()
                assert self.open_keys(Unlock, AwaitPassage) == set()
                books.asked[operation_id] += 1
            case Unlock(scan_id, until_s):
                assert scan_id in books.allowed
                assert not was_emergency
                assert self.open_keys(Unlock, AwaitPassage) == set()
                read_at_s = books.read_at_s[books.allowed[scan_id]]
                assert self.now_s < until_s == read_at_s + OPEN_WITHIN_S
                books.unlocked[scan_id] += 1
            case AwaitPassage(scan_id):
                assert books.unlocked[scan_id] == 1
            case ReportPassage(scan_id):
                assert scan_id in books.allowed
                books.reported[scan_id] += 1
            case Settle(operation_id):
                books.settled[operation_id] += 1
            case Show(answer):
                assert set(answer.reason) == {"zh", "en"}
                books.shown.append(action)
            case HoldOpen(is_open):
                assert is_open or was_emergency
                books.is_held_open = is_open

    def open_keys(self, *kinds: type) -> set[str | int]:
        """What is under way for the visitor before the gate."""
        keys = {key_of(action) for action in self.at_work if isinstance(action, kinds)}
        return keys - self.forgotten

    # --- what always holds -------------------------------------------------------------------

    @invariant()
    def nothing_is_done_twice(self) -> None:
        for counted in (self.books.asked, self.books.unlocked, self.books.reported):
            assert all(count == 1 for count in counted.values())

    @invariant()
    def each_entry_is_reported_once_it_is_over(self) -> None:
        in_gate = {a.scan_id for a in self.at_work if isinstance(a, Unlock | AwaitPassage)}
        assert set(self.books.reported) == set(self.books.allowed) - in_gate

    @invariant()
    def each_question_without_an_answer_is_settled(self) -> None:
        assert self.books.settled == self.books.unanswered

    @invariant()
    def gate_is_held_open_exactly_in_an_emergency(self) -> None:
        assert self.books.is_held_open == (self.lane.state is State.EMERGENCY)

    @invariant()
    def state_and_visitor_belong_together(self) -> None:
        has_visitor = self.lane.state in (State.DECIDING, State.UNLOCKED, State.REFUSED)
        assert (self.lane.visitor is not None) == has_visitor
        if self.lane.state is State.WAITING:
            assert self.lane.is_online
        if self.lane.state is State.OFFLINE:
            assert not self.lane.is_online
        if self.lane.state is State.DECIDING:
            assert len(self.open_keys(Ask)) == 1
        if self.lane.state is State.UNLOCKED:
            assert len(self.open_keys(Unlock, AwaitPassage)) == 1


def key_of(action: Action) -> str | int:
    """What an action under way belongs to: an operation or a scan."""
    match action:
        case Ask(key) | Rest(key) | Settle(key):
            return key
        case Unlock(scan_id) | AwaitPassage(scan_id) | ReportPassage(scan_id):
            return scan_id
    raise AssertionError(action)


TestLaneWorld = LaneWorld.TestCase
TestLaneWorld.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
