"""What goes into the buying flow and what comes out of it.

In: **touches** (what the visitor did), **answers** (what the shell's link brings back) and
**facts** (what the feed, the clock or the printer say unasked). Out: **commands**, which the link
executes in the order given and answers.

| command          | the link does                                 | answers                    |
|------------------|-----------------------------------------------|----------------------------|
| LoadEvents       | GET /sales/events                             | EventsLoaded               |
| LoadPerformances | GET /sales/performances?event=&day=           | PerformancesLoaded         |
| LoadDetail       | GET /sales/performances/{id}                  | DetailLoaded               |
| LoadSeatPlan     | GET /sales/performances/{id}/seats; follows   | SeatPlanLoaded, then       |
|                  | its facts on the feed                         | SeatsSeen and PlacesSeen   |
| PlaceOrder       | POST /sales/orders                            | OrderPlaced                |
| ChangeOrder      | POST /sales/orders/{id}/change                | OrderChanged               |
| ReleaseOrder     | POST /sales/orders/{id}/release               | OrderReleased              |
| StartQr          | POST /sales/orders/{id}/qr                    | OrderChanged               |
| CancelQr         | POST /sales/orders/{id}/qr/cancel             | OrderChanged               |
| ReadOrder        | GET /sales/orders/{id}                        | OrderSeen                  |
| FollowOrder      | reads the order again at each fact about it   | OrderSeen, again and again |
|                  | and every few seconds, until `flow.order` is  |                            |
|                  | another one or none                           |                            |
| PrintPaper       | POST .../print; prints sheet by sheet; stops  | PrintStarted,              |
|                  | at the first one that is not surely printed;  | SheetPrinted each, then    |
|                  | POST .../print-result with what is known      | PrintFinished,             |
|                  |                                               | PrintDoubtful, PrintFailed |
| ReportPrinted    | POST .../print-result for one sheet           | none                       |
| CallStaff        | POST /stations/call                           | none                       |

Any command may instead be answered by `Refused` (the server said no) or `ServerLost` (no answer in
time; for a change the outcome is unknown). Both carry the command, so that an answer which comes
late, after the visitor went elsewhere, is recognised. Every change carries the operation id under
which the link sends it; the same command sent again has the same id.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from venue_plugins.sales import wire

# --- commands ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LoadEvents:
    pass


@dataclass(frozen=True, slots=True)
class LoadPerformances:
    """`day` is a local day, "2026-11-28"; empty means the first day that has any."""

    event_id: int
    day: str = ""


@dataclass(frozen=True, slots=True)
class LoadDetail:
    performance_id: int


@dataclass(frozen=True, slots=True)
class LoadSeatPlan:
    performance_id: int


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    body: wire.PlaceOrder
    operation_id: str


@dataclass(frozen=True, slots=True)
class ChangeOrder:
    order_id: int
    body: wire.ChangeOrder
    operation_id: str


@dataclass(frozen=True, slots=True)
class ReleaseOrder:
    order_id: int
    operation_id: str


@dataclass(frozen=True, slots=True)
class StartQr:
    order_id: int
    operation_id: str


@dataclass(frozen=True, slots=True)
class CancelQr:
    order_id: int
    operation_id: str


@dataclass(frozen=True, slots=True)
class ReadOrder:
    order_id: int


@dataclass(frozen=True, slots=True)
class FollowOrder:
    order_id: int


@dataclass(frozen=True, slots=True)
class PrintPaper:
    order_id: int
    operation_id: str


@dataclass(frozen=True, slots=True)
class ReportPrinted:
    """The visitor says that the doubtful sheet `job_id` did come out."""

    order_id: int
    job_id: str
    operation_id: str


@dataclass(frozen=True, slots=True)
class CallStaff:
    """`code` is the failure's ("P-04"), empty when the visitor simply asks; `about` an order
    number."""

    code: str = ""
    about: str = ""


Read = LoadEvents | LoadPerformances | LoadDetail | LoadSeatPlan | ReadOrder | FollowOrder
Change = PlaceOrder | ChangeOrder | ReleaseOrder | StartQr | CancelQr | PrintPaper | ReportPrinted
Command = Read | Change | CallStaff


# --- touches -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Buy:
    """The Buy service on the attract screen: go to the events."""


@dataclass(frozen=True, slots=True)
class ChooseEvent:
    """A poster (attract) or an event card (events)."""

    event_id: int


@dataclass(frozen=True, slots=True)
class ChooseDay:
    """A cell of the date strip: a local day, "2026-11-28"."""

    day: str


@dataclass(frozen=True, slots=True)
class ChoosePerformance:
    """A performance card, or a time slot on the slots screen (which only marks it)."""

    performance_id: int


@dataclass(frozen=True, slots=True)
class ChangeCount:
    """The stepper on seats and slots: +1 or -1."""

    step: int


@dataclass(frozen=True, slots=True)
class Others:
    """ "Others" beside the plan and "Suggest" in the zoom: other seats, please."""


@dataclass(frozen=True, slots=True)
class Wheelchair:
    """Switch wheelchair places on or off and search again."""


@dataclass(frozen=True, slots=True)
class ZoomIn:
    """The whole plan was touched at a place of the plan (centimetres, as seats are measured)."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class ZoomOut:
    """ "Whole plan": back to the seats screen with the choice kept."""


@dataclass(frozen=True, slots=True)
class TouchSeat:
    """A seat in the zoom (or the cross on its chip): take it, or give it back."""

    seat_id: int


@dataclass(frozen=True, slots=True)
class TakeSeats:
    """The primary action of seats, zoom and slots ("Take these two", "Continue")."""


@dataclass(frozen=True, slots=True)
class ChooseType:
    """Ticket type `type_id` for the line at `line_index` of the order."""

    line_index: int
    type_id: int


@dataclass(frozen=True, slots=True)
class Pay:
    """The primary action of the tickets screen; also "new code" and "try again" while paying."""


@dataclass(frozen=True, slots=True)
class AnswerDoubt:
    """Is the doubtful ticket in the visitor's hand?"""

    has_ticket: bool


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again what the server did not answer."""


@dataclass(frozen=True, slots=True)
class BuyMore:
    """On thanks: on to the events, in the same language."""


@dataclass(frozen=True, slots=True)
class Back:
    pass


@dataclass(frozen=True, slots=True)
class End:
    """Home or End of the rail, and Done on thanks. Asks first (`asking_end`) if seats are held."""


@dataclass(frozen=True, slots=True)
class ConfirmEnd:
    """ "End and clear" on the sheet."""


@dataclass(frozen=True, slots=True)
class Stay:
    """ "Continue" on the sheet: close it."""


@dataclass(frozen=True, slots=True)
class AskStaff:
    """Call staff, from the rail or from a failure page."""


@dataclass(frozen=True, slots=True)
class SetLanguage:
    language: str


Touch = (
    Buy
    | ChooseEvent
    | ChooseDay
    | ChoosePerformance
    | ChangeCount
    | Others
    | Wheelchair
    | ZoomIn
    | ZoomOut
    | TouchSeat
    | TakeSeats
    | ChooseType
    | Pay
    | AnswerDoubt
    | Retry
    | BuyMore
    | Back
    | End
    | ConfirmEnd
    | Stay
    | AskStaff
    | SetLanguage
)


# --- answers -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventsLoaded:
    events: tuple[wire.EventCard, ...]


@dataclass(frozen=True, slots=True)
class PerformancesLoaded:
    command: LoadPerformances
    performances: tuple[wire.PerformanceCard, ...]


@dataclass(frozen=True, slots=True)
class DetailLoaded:
    detail: wire.PerformanceDetail


@dataclass(frozen=True, slots=True)
class SeatPlanLoaded:
    plan: wire.SeatPlan


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    operation_id: str
    order: wire.Order


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """The answer to ChangeOrder, StartQr and CancelQr."""

    operation_id: str
    order: wire.Order


@dataclass(frozen=True, slots=True)
class OrderReleased:
    operation_id: str
    order: wire.Order


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order as the server has it now: after ReadOrder, or while it is followed."""

    order: wire.Order


@dataclass(frozen=True, slots=True)
class Refused:
    """The server said no to `command`; `template` and `params` are its sentence."""

    command: Command
    code: str
    template: str
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServerLost:
    """`command` got no answer in time. A change may or may not have happened."""

    command: Command


@dataclass(frozen=True, slots=True)
class PrintStarted:
    """How much paper will come: tickets, and whether a receipt follows."""

    tickets: int
    receipt: bool


@dataclass(frozen=True, slots=True)
class SheetPrinted:
    """Printed on the printer's own word. `line_id` 0 is the receipt."""

    job_id: str
    line_id: int


@dataclass(frozen=True, slots=True)
class PrintDoubtful:
    """The printer was given the sheet and gave no word. The link has stopped after it."""

    job_id: str
    line_id: int


@dataclass(frozen=True, slots=True)
class PrintFailed:
    """The printer can't print (no paper, cover open, away); this sheet did not come out. The link
    has stopped. `line_id` 0 is the receipt."""

    line_id: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PrintFinished:
    """All sheets are out."""


Answer = (
    EventsLoaded
    | PerformancesLoaded
    | DetailLoaded
    | SeatPlanLoaded
    | OrderPlaced
    | OrderChanged
    | OrderReleased
    | OrderSeen
    | Refused
    | ServerLost
    | PrintStarted
    | SheetPrinted
    | PrintDoubtful
    | PrintFailed
    | PrintFinished
)


# --- facts -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SeatsSeen:
    """Seats of a performance have new states: seat id -> free, held, sold, blocked."""

    performance_id: int
    states: dict[int, str]


@dataclass(frozen=True, slots=True)
class PlacesSeen:
    performance_id: int
    left: int


@dataclass(frozen=True, slots=True)
class PaperSeen:
    """The printer's paper: ok, low, out, unknown; "out" also when no printer works."""

    state: str


@dataclass(frozen=True, slots=True)
class ServerAway:
    """The link has lost the server (unasked: its heartbeat says so)."""


@dataclass(frozen=True, slots=True)
class ServerFound:
    """The server answers again. What was lost on the way is sent again by the flow."""


@dataclass(frozen=True, slots=True)
class HoldTimeOver:
    """The countdown of the hold reached zero. The server decides what that means."""


@dataclass(frozen=True, slots=True)
class AnswerOverdue:
    """A deadline has passed: paying, for the code to be voided; printing, for the next sheet (then
    the page with the pickup code appears, for nobody may wait before a silent printer)."""


@dataclass(frozen=True, slots=True)
class TimeOut:
    """Nobody is here any more: the idle sheet ran out, or the time on thanks is over."""


@dataclass(frozen=True, slots=True)
class NoticeSeen:
    """The notice has been on screen long enough (2 s)."""


Told = (
    SeatsSeen
    | PlacesSeen
    | PaperSeen
    | ServerAway
    | ServerFound
    | HoldTimeOver
    | AnswerOverdue
    | TimeOut
    | NoticeSeen
)
Message = Touch | Answer | Told
