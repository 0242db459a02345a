"""What a lane does next: a pure state machine.

It knows nothing of tickets, devices or networks. `step` takes an event and gives the new lane and
what is to be done, in order; whoever runs it does that and comes back with further events.

    offline   --server back-->     waiting
    waiting   --code read-->       deciding
    deciding  --allowed-->         unlocked   --passed, timed out-->       waiting
    deciding  --refused-->         refused    --shown enough, next code--> waiting
    any       --emergency began--> emergency  --emergency ended-->         waiting
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from venue_suite.gate import wording
from venue_suite.gate.events import (
    ALLOWED,
    REFUSED,
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
from venue_suite.ports import Passage

# A later opening would be for whoever stands there by then, not for the one with the ticket.
OPEN_WITHIN_S = 2.0
# A code that is read while another visitor passes waits this long for its turn.
HELD_S = 1.0
# A ticket that lies before the scanner is read again and again; that is one wish, not many.
SAME_CODE_S = 2.0

NOT_RECOGNISED = "A-09"

Actions = tuple[Action, ...]


class State(StrEnum):
    WAITING = "waiting"
    DECIDING = "deciding"
    UNLOCKED = "unlocked"
    REFUSED = "refused"
    EMERGENCY = "emergency"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever stands before the gate.

    Attributes:
        read: the code that was shown.
        seen_s: when the same code was read last.
        answer: what he was told, once it is known.
    """

    read: CodeRead
    seen_s: float
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane between two events.

    Attributes:
        state: what it is doing.
        is_online: the server answers.
        visitor: there is one while deciding, unlocked or refused.
        held: the next visitor's code.
    """

    state: State = State.OFFLINE
    is_online: bool = False
    visitor: Visitor | None = None
    held: CodeRead | None = None

    def asked(self, operation_id: str) -> Visitor | None:
        """The visitor who waits for the answer to this question, if he still does."""
        is_asked = self.state is State.DECIDING and self.visitor is not None
        if is_asked and self.visitor and self.visitor.read.operation_id == operation_id:
            return self.visitor
        return None

    def let_in(self, scan_id: int) -> Visitor | None:
        """The visitor for whom the gate is open by this scan."""
        answer = self.visitor.answer if self.visitor else None
        if self.state is State.UNLOCKED and answer and answer.scan_id == scan_id:
            return self.visitor
        return None


def step(lane: Lane, event: Event, now_s: float) -> tuple[Lane, Actions]:
    """The lane after an event, and what is to be done, in order. Every event is good in any state.

    Args:
        lane: as it was.
        event: what happened.
        now_s: now, on the clock of `CodeRead.at_s`.
    """
    match event:
        case CodeRead():
            after = _on_code(lane, event)
        case Decided() | AskRefused() | Unanswered():
            after = _on_answer(lane, event, now_s)
        case Released() | ReleaseFailed() | PassageEnded():
            after = _on_gate(lane, event, now_s)
        case GateReady() | EmergencyBegan() | EmergencyEnded():
            after = _on_emergency(lane, event)
        case ShownEnough(operation_id):
            shown = lane.visitor if lane.state is State.REFUSED else None
            is_over = shown is not None and shown.read.operation_id == operation_id
            after = _rest(lane) if is_over else lane, ()
        case ServerLost() | ServerBack():
            after = _set_online(lane, isinstance(event, ServerBack)), ()
    return after


def _on_code(lane: Lane, read: CodeRead) -> tuple[Lane, Actions]:
    if lane.state is State.EMERGENCY:
        return lane, ()  # the gate is open for everybody
    if lane.visitor is not None and _is_same_wish(lane.state, lane.visitor, read):
        return replace(lane, visitor=replace(lane.visitor, seen_s=read.at_s)), ()
    if lane.state in (State.DECIDING, State.UNLOCKED):
        return replace(lane, held=read), ()
    return _take(lane, read)


def _is_same_wish(state: State, visitor: Visitor, read: CodeRead) -> bool:
    """Whether it is the ticket in hand once more, and not a new try or the next of a group."""
    answer = visitor.answer
    if visitor.read.code != read.code:
        return False
    if state is State.DECIDING or answer is None:
        return True
    if state is State.UNLOCKED and answer.admits_left == 0:
        return True
    if state is State.REFUSED and not answer.code:
        return False  # no rule said no: he is told to try once more
    return read.at_s - visitor.seen_s <= SAME_CODE_S


def _take(lane: Lane, read: CodeRead) -> tuple[Lane, Actions]:
    """Take a code in hand."""
    visitor = Visitor(read, read.at_s)
    if read.fault is not None:
        return _refuse(lane, visitor, Answer(REFUSED, NOT_RECOGNISED, read.fault))
    if not lane.is_online:
        return _refuse(lane, visitor, Answer(REFUSED, "", wording.SERVER_AWAY))
    lane = replace(lane, state=State.DECIDING, visitor=visitor, held=None)
    return lane, (Ask(read.operation_id, read.code),)


def _on_answer(
    lane: Lane, event: Decided | AskRefused | Unanswered, now_s: float
) -> tuple[Lane, Actions]:
    visitor = lane.asked(event.operation_id)
    match event:
        case Decided(_, answer):
            return _on_decision(lane, visitor, answer, now_s)
        case AskRefused(_, reason):
            if visitor is None:
                return lane, ()
            return _refuse(lane, visitor, Answer(REFUSED, "", reason))
        case Unanswered(operation_id, code):
            settle = Settle(operation_id, code)
            lane = _set_online(lane, False)
            if visitor is None:
                return lane, (settle,)
            lane, actions = _refuse(lane, visitor, Answer(REFUSED, "", wording.SERVER_AWAY))
            return lane, (settle, *actions)


def _on_decision(
    lane: Lane, visitor: Visitor | None, answer: Answer, now_s: float
) -> tuple[Lane, Actions]:
    is_allowed = answer.result == ALLOWED
    give_back = (ReportPassage(answer.scan_id, Passage.TIMED_OUT),) if is_allowed else ()
    if visitor is None:  # an emergency came between
        return lane, give_back
    if not is_allowed:
        return _refuse(lane, visitor, answer)
    until_s = visitor.read.at_s + OPEN_WITHIN_S
    if now_s >= until_s:
        late = Answer(REFUSED, "", wording.ONCE_MORE, answer.scan_id)
        lane, actions = _refuse(lane, visitor, late)
        return lane, (*give_back, *actions)
    lane = replace(lane, state=State.UNLOCKED, visitor=replace(visitor, answer=answer))
    return lane, (Unlock(answer.scan_id, until_s),)


def _on_gate(
    lane: Lane, event: Released | ReleaseFailed | PassageEnded, now_s: float
) -> tuple[Lane, Actions]:
    """What the gate says is true in any state: an emergency does not undo a passage."""
    visitor = lane.let_in(event.scan_id)
    match event:
        case Released(scan_id):
            wait = AwaitPassage(scan_id)
            if visitor is None or visitor.answer is None:
                return lane, (wait,)
            return lane, (wait, Show(visitor.answer, visitor.read.at_s))
        case ReleaseFailed(scan_id, is_doubtful):
            outcome = Passage.UNKNOWN if is_doubtful else Passage.TIMED_OUT
            report = ReportPassage(scan_id, outcome)
            if visitor is None:
                return lane, (report,)
            stuck = Answer(REFUSED, "", wording.GATE_STUCK, scan_id)
            lane, actions = _refuse(lane, visitor, stuck)
            return lane, (report, *actions)
        case PassageEnded(scan_id, outcome):
            report = ReportPassage(scan_id, outcome)
            if visitor is None:
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


def _refuse(lane: Lane, visitor: Visitor, answer: Answer) -> tuple[Lane, Actions]:
    """Say no. Whoever comes next shows his code again: this visitor must see why."""
    visitor = replace(visitor, answer=answer)
    lane = replace(lane, state=State.REFUSED, visitor=visitor, held=None)
    return lane, (Show(answer, visitor.read.at_s), Rest(visitor.read.operation_id))


def _next(lane: Lane, now_s: float) -> tuple[Lane, Actions]:
    """The passage is over: whoever stands there already is next."""
    held = lane.held
    if held is not None and now_s - held.at_s <= HELD_S:
        return _take(lane, held)
    return _rest(lane), ()


def _rest(lane: Lane) -> Lane:
    """Back to where codes are waited for."""
    return Lane(State.WAITING if lane.is_online else State.OFFLINE, lane.is_online)


def _set_online(lane: Lane, is_online: bool) -> Lane:
    lane = replace(lane, is_online=is_online)
    return _rest(lane) if lane.state in (State.WAITING, State.OFFLINE) else lane
