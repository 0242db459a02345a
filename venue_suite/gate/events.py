"""What a lane is told (events) and what it wants done (actions)."""

from __future__ import annotations

from dataclasses import dataclass

from venue_suite.domain.localized import Localized
from venue_suite.ports import Passage

ALLOWED = "allowed"
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a visitor is told.

    Attributes:
        result: `allowed` or `refused`.
        code: staff code of the reason (`A-01`), "" if there is none.
        reason: the sentence for the visitor.
        scan_id: the scan at the server, 0 if it was not asked.
        admits_left: how many more people the same ticket lets in.
    """

    result: str
    code: str
    reason: Localized
    scan_id: int = 0
    admits_left: int = 0


# --- events ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CodeRead:
    """A scanner read a code.

    Attributes:
        code: what it read.
        operation_id: under which the server will be asked about it.
        at_s: when, on a steady clock.
        fault: why it is no ticket of this venue; None if only the server can tell.
    """

    code: str
    operation_id: str
    at_s: float
    fault: Localized | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """The server's answer to a question."""

    operation_id: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class AskRefused:
    """The server is there, but did not decide; nothing was counted."""

    operation_id: str
    reason: Localized


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer came in time: whether the server has counted an entry is unknown."""

    operation_id: str
    code: str


@dataclass(frozen=True, slots=True)
class Released:
    """The gate's relay is on."""

    scan_id: int


@dataclass(frozen=True, slots=True)
class ReleaseFailed:
    """The gate did not open; `is_doubtful`: it broke down on the way and perhaps did."""

    scan_id: int
    is_doubtful: bool


@dataclass(frozen=True, slots=True)
class PassageEnded:
    """Somebody went through, or nobody did, or it is not known."""

    scan_id: int
    outcome: Passage


@dataclass(frozen=True, slots=True)
class ShownEnough:
    """A refusal was shown for its time."""

    operation_id: str


@dataclass(frozen=True, slots=True)
class ServerLost:
    pass


@dataclass(frozen=True, slots=True)
class ServerBack:
    """The server answers, and knows all that this lane had still to tell it."""


@dataclass(frozen=True, slots=True)
class GateReady:
    """The gate was opened, or opened again after a fault."""


@dataclass(frozen=True, slots=True)
class EmergencyBegan:
    pass


@dataclass(frozen=True, slots=True)
class EmergencyEnded:
    pass


Event = (
    CodeRead
    | Decided
    | AskRefused
    | Unanswered
    | Released
    | ReleaseFailed
    | PassageEnded
    | ShownEnough
    | ServerLost
    | ServerBack
    | GateReady
    | EmergencyBegan
    | EmergencyEnded
)


# --- actions -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the server; comes back as Decided, AskRefused or Unanswered."""

    operation_id: str
    code: str


@dataclass(frozen=True, slots=True)
class Unlock:
    """Open for one passage, not later than `until_s`; comes back as Released or ReleaseFailed."""

    scan_id: int
    until_s: float


@dataclass(frozen=True, slots=True)
class AwaitPassage:
    """Comes back as PassageEnded."""

    scan_id: int


@dataclass(frozen=True, slots=True)
class ReportPassage:
    """Tell the server. A time-out gives the right back."""

    scan_id: int
    outcome: Passage


@dataclass(frozen=True, slots=True)
class Settle:
    """Find out what became of a question without an answer; an entry that it counted is undone."""

    operation_id: str
    code: str


@dataclass(frozen=True, slots=True)
class Show:
    """Tell the visitor. `read_at_s`: when the code was read."""

    answer: Answer
    read_at_s: float


@dataclass(frozen=True, slots=True)
class Rest:
    """Leave the refusal on show for its time; comes back as ShownEnough."""

    operation_id: str


@dataclass(frozen=True, slots=True)
class HoldOpen:
    """Open and stay open, or return to normal."""

    is_open: bool


Action = Ask | Unlock | AwaitPassage | ReportPassage | Settle | Show | Rest | HoldOpen
Actions = tuple[Action, ...]
