"""What a lane does next: a pure state machine.

It knows nothing of tickets, devices or networks. `step` takes an event and gives the new lane and
what is to be done, in order; whoever runs it does that and comes back with further events.

    offline  --server back-->        waiting
    waiting  --code read-->          deciding --allowed--> unlocked --passed, timed out--> waiting
                                              --refused--> refused  --shown, next code--> waiting
    any      --emergency-->          emergency --its end--> waiting
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from venue_suite.domain.localized import Localized
from venue_suite.gate import wording
from venue_suite.ports import Passage

# A later opening would be for whoever stands there by then, not for the one with the ticket.
OPEN_WITHIN_S = 2.0
# A code that is read while another visitor passes waits this long for its turn.
HELD_S = 1.0
# A ticket that lies before the scanner is read again and again; that is one wish, not many.
SAME_CODE_S = 2.0

NOT_RECOGNISED = "A-09"


class State(StrEnum):
    WAITING = "waiting"
    DECIDING = "deciding"
    UNLOCKED = "unlocked"
    REFUSED = "refused"
    EMERGENCY = "emergency"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane between two events.

    Attributes:
        state: what it is doing.
        is_online: the server answers.
        read: the code in hand while deciding, unlocked or refused.
        seen_s: when that code was read last.
        answer: the server's, while unlocked.
        held: the next visitor's code.
    """

    state: State = State.OFFLINE
    is_online: bool = False
    read: CodeRead | None = None
    seen_s: float = 0.0
    answer: Answer | None = field(default=None)
    held: CodeRead | None = None

    def decides(self, operation_id: str) -> bool:
        """Whether it waits for the answer to this question."""
        return (
            self.state is State.DECIDING
            and self.read is not None
            and self.read.operation_id == operation_id
        )

    def is_open_for(self, scan_id: int) -> bool:
        """Whether it is unlocked for this scan."""
        return (
            self.state is State.UNLOCKED
            and self.answer is not None
            and self.answer.scan_id == scan_id
        )


def step(lane: Lane, event: Event, now_s: float) -> tuple[Lane, Actions]:
    """The lane after an event, and what is to be done, in order. Every event is good in any state.

    Args:
        lane: as it was.
        event: what happened.
        now_s: now, on the clock of `CodeRead.at_s`.
    """
    match event:
        case CodeRead():
            return _on_code(lane, event)
        case Decided() | AskRefused() | Unanswered():
            return _on_answer(lane, event, now_s)
        case Released() | ReleaseFailed() | PassageEnded():
            return _on_gate(lane, event, now_s)
        case ShownEnough(operation_id):
            is_shown = lane.state is State.REFUSED and lane.read is not None
            if is_shown and lane.read is not None and lane.read.operation_id == operation_id:
                return _rest(lane), ()
            return lane, ()
        case ServerLost() | ServerBack():
            lane = replace(lane, is_online=isinstance(event, ServerBack))
            return (_rest(lane) if lane.state in (State.WAITING, State.OFFLINE) else lane), ()
        case GateReady() | EmergencyBegan() | EmergencyEnded():
            return _on_emergency(lane, event)


def _on_code(lane: Lane, read: CodeRead) -> tuple[Lane, Actions]:
    if lane.state is State.EMERGENCY:
        return lane, ()  # the gate is open for everybody
    if _is_same_wish(lane, read):
        return replace(lane, seen_s=read.at_s), ()
    if lane.state in (State.DECIDING, State.UNLOCKED):
        return replace(lane, held=read), ()
    return _take(lane, read)


def _is_same_wish(lane: Lane, read: CodeRead) -> bool:
    """Whether it is the ticket in hand once more, and not the next person of a group."""
    if lane.read is None or lane.read.code != read.code:
        return False
    if lane.state is State.DECIDING:
        return True
    is_last = lane.state is State.UNLOCKED and lane.answer is not None
    if is_last and lane.answer is not None and lane.answer.admits_left == 0:
        return True
    return read.at_s - lane.seen_s <= SAME_CODE_S


def _take(lane: Lane, read: CodeRead) -> tuple[Lane, Actions]:
    """Take a code in hand."""
    lane = replace(lane, read=read, seen_s=read.at_s, answer=None, held=None)
    if read.fault is not None:
        return _refuse(lane, Answer(REFUSED, NOT_RECOGNISED, read.fault))
    if not lane.is_online:
        return _refuse(lane, Answer(REFUSED, "", wording.SERVER_AWAY))
    return replace(lane, state=State.DECIDING), (Ask(read.operation_id, read.code),)


def _on_answer(
    lane: Lane, event: Decided | AskRefused | Unanswered, now_s: float
) -> tuple[Lane, Actions]:
    is_awaited = lane.decides(event.operation_id)
    match event:
        case Decided(_, answer):
            return _on_decision(lane, answer, now_s, is_awaited=is_awaited)
        case AskRefused(_, reason):
            return _refuse(lane, Answer(REFUSED, "", reason)) if is_awaited else (lane, ())
        case Unanswered(operation_id, code):
            lane = replace(lane, is_online=False)
            settle = Settle(operation_id, code)
            if not is_awaited:
                return (_rest(lane) if lane.state is State.WAITING else lane), (settle,)
            lane, actions = _refuse(lane, Answer(REFUSED, "", wording.SERVER_AWAY))
            return lane, (settle, *actions)


def _on_decision(
    lane: Lane, answer: Answer, now_s: float, *, is_awaited: bool
) -> tuple[Lane, Actions]:
    is_allowed = answer.result == ALLOWED
    give_back = (ReportPassage(answer.scan_id, Passage.TIMED_OUT),) if is_allowed else ()
    if not is_awaited or lane.read is None:
        return lane, give_back
    if not is_allowed:
        return _refuse(lane, answer)
    until_s = lane.read.at_s + OPEN_WITHIN_S
    if now_s >= until_s:
        late = Answer(REFUSED, "", wording.ONCE_MORE, answer.scan_id)
        lane, actions = _refuse(lane, late)
        return lane, (*give_back, *actions)
    lane = replace(lane, state=State.UNLOCKED, answer=answer)
    return lane, (Unlock(answer.scan_id, until_s),)


def _on_gate(
    lane: Lane, event: Released | ReleaseFailed | PassageEnded, now_s: float
) -> tuple[Lane, Actions]:
    """What the gate says is true in any state: an emergency does not undo a passage."""
    is_open = lane.is_open_for(event.scan_id)
    match event:
        case Released(scan_id):
            wait = AwaitPassage(scan_id)
            if is_open and lane.answer is not None and lane.read is not None:
                return lane, (wait, Show(lane.answer, lane.read.at_s))
            return lane, (wait,)
        case ReleaseFailed(scan_id, is_doubtful):
            outcome = Passage.UNKNOWN if is_doubtful else Passage.TIMED_OUT
            report = ReportPassage(scan_id, outcome)
            if not is_open:
                return lane, (report,)
            lane, actions = _refuse(lane, Answer(REFUSED, "", wording.GATE_STUCK, scan_id))
            return lane, (report, *actions)
        case PassageEnded(scan_id, outcome):
            report = ReportPassage(scan_id, outcome)
            if not is_open:
                return lane, (report,)
            lane, actions = _next(lane, now_s)
            return lane, (report, *actions)


def _on_emergency(
    lane: Lane, event: GateReady | EmergencyBegan | EmergencyEnded
) -> tuple[Lane, Actions]:
    is_emergency = lane.state is State.EMERGENCY
    match event:
        case GateReady():  # a gate that was away comes back closed
            return lane, (HoldOpen(True),) if is_emergency else ()
        case EmergencyBegan():
            return replace(_rest(lane), state=State.EMERGENCY), (HoldOpen(True),)
        case EmergencyEnded():
            return (_rest(lane), (HoldOpen(False),)) if is_emergency else (lane, ())


def _refuse(lane: Lane, answer: Answer) -> tuple[Lane, Actions]:
    """Say no to the code in hand. Who comes next shows his again: this one must see why."""
    assert lane.read is not None
    lane = replace(lane, state=State.REFUSED, answer=None, held=None)
    return lane, (Show(answer, lane.read.at_s), Rest(lane.read.operation_id))


def _next(lane: Lane, now_s: float) -> tuple[Lane, Actions]:
    """The passage is over: whoever stands there already is next."""
    held = lane.held
    if held is not None and now_s - held.at_s <= HELD_S:
        return _take(lane, held)
    return _rest(lane), ()


def _rest(lane: Lane) -> Lane:
    """Back to where codes are waited for."""
    state = State.WAITING if lane.is_online else State.OFFLINE
    return Lane(state=state, is_online=lane.is_online)
