"""What a screen is drawn from: the state of one visitor's purchase, as one frozen value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m

MONEY_PAGES = ("M-07", "M-08")  # nobody knows, or it is owed back
MONEY_PAGE_S = 180
PROPOSED_COUNT = 2  # what most visitors want; changing it is one touch


class Screen(StrEnum):
    """One question each. The order is the visitor's way; `step_of` gives the bar's step."""

    ATTRACT = "attract"
    EVENTS = "events"
    PERFORMANCE = "performance"
    SEATS = "seats"
    SEAT_ZOOM = "seat_zoom"
    SLOTS = "slots"
    TICKETS = "tickets"
    PAY = "pay"
    PRINTING = "printing"
    THANKS = "thanks"
    FAILURE = "failure"


STEPS = ("Time", "Seats", "Tickets", "Pay", "Collect")
_STEP_OF = {
    Screen.PERFORMANCE: 0,
    Screen.SLOTS: 0,
    Screen.SEATS: 1,
    Screen.SEAT_ZOOM: 1,
    Screen.TICKETS: 2,
    Screen.PAY: 3,
    Screen.PRINTING: 4,
    Screen.THANKS: 4,
}


def step_of(screen: Screen) -> int:
    """Index into `STEPS` of the step that `screen` belongs to; -1 where no bar is shown."""
    return _STEP_OF.get(screen, -1)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence before translation: the English msgid and its values.

    Values that are `{"zh": ..., "en": ...}` are shown in the language of the visitor.
    """

    text: str
    params: Mapping[str, object] = field(default_factory=dict)

    def say(self, say: Callable[..., str], language: str) -> str:
        """In words, by `Texts.say` or anything that is called like it."""
        values = {
            name: value.get(language) or value.get("en") or next(iter(value.values()), "")
            if isinstance(value, Mapping)
            else value
            for name, value in self.params.items()
        }
        return say(self.text, language, **values)


@dataclass(frozen=True, slots=True)
class Option:
    """A button of a failure: its label, and what is put into the flow when it is touched."""

    label: str
    touch: m.Touch
    icon: str = ""
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Something went otherwise: what happened, whether money moved, what can be done, a code.

    Attributes:
        code: for staff, "S-01"; for a refusal that has no page of its own, the server's code.
        title: what happened.
        money: whether money moved.
        advice: what can be done now.
        options: the buttons; at most one is primary. Never empty.
        icon: name of the icon.
        sheet_over: shown as a sheet above this screen (seat taken); None for a page.
        next_performance: another performance that has places (sold out meanwhile).
        pickup_code: the order's code, where it helps; big on the page.
        retry: the command that waits for the server; sent again by itself when it is back.
        resume: the screen to go on with after that.
    """

    code: str
    title: Sentence
    money: Sentence
    advice: Sentence
    options: tuple[Option, ...]
    icon: str = "info"
    sheet_over: Screen | None = None
    next_performance: wire.PerformanceCard | None = None
    pickup_code: str = ""
    retry: m.Command | None = None
    resume: Screen = Screen.ATTRACT


@dataclass(frozen=True, slots=True)
class BuyFlow:
    """One visitor's purchase. Replaced by `advance`, never changed.

    Attributes:
        screen: what is asked now.
        language, default_language: the visitor's; the venue's, to which each session returns.
        events: what is on sale (for attract and events).
        event, day, performances: the chosen event; its chosen local day ("" before the first
            answer); that day's performances.
        performance, detail, plan: the chosen performance (on slots: the marked slot); its tiers and
            ticket types; its seats with their present states (None until loaded).
        count: how many places are wanted.
        wheelchair: wheelchair places are wanted.
        avoid: seats that were proposed before and are not wanted ("Others").
        order: what the server holds or has sold for this visitor. All prices shown are its prices.
        picked: in the zoom, the seats as the visitor sees them chosen, at once; the order follows
            within a moment. None outside the zoom. May be empty: then nothing can be taken.
        own: those of `picked` that the visitor touched; the rest was proposed.
        zoom_at: where the zoom opens, in centimetres of the plan.
        busy: the command whose answer the main path waits for; the primary action shows it and
            touches that would start another change are ignored.
        leaving: while a payment code is voided: where to after it ("back" or "end").
        printed: line ids of tickets that are surely out.
        receipt: "", "due", "printed" or "missing".
        doubt: (job id, line id) of the sheet nobody is sure about.
        failure: on FAILURE.
        notice: one sentence for two seconds.
        asking_end: the sheet "End and clear?" is up.
        staff_calls: how often staff were called in this session.
        server_away: banner.
        paper: ok, low, out, unknown.
        unsettled: changes without an answer whose visitor has gone, and cases that staff were not
            told of; sent again with the same ids when the server is back, so that no seat stays
            held for nobody.
    """

    screen: Screen = Screen.ATTRACT
    language: str = "zh"
    default_language: str = "zh"
    events: tuple[wire.EventCard, ...] = ()
    event: wire.EventCard | None = None
    day: str = ""
    performances: tuple[wire.PerformanceCard, ...] = ()
    performance: wire.PerformanceCard | None = None
    detail: wire.PerformanceDetail | None = None
    plan: wire.SeatPlan | None = None
    count: int = PROPOSED_COUNT
    wheelchair: bool = False
    avoid: tuple[int, ...] = ()
    order: wire.Order | None = None
    picked: tuple[int, ...] | None = None
    own: tuple[int, ...] = ()
    zoom_at: tuple[float, float] = (0.0, 0.0)
    busy: m.Command | None = None
    leaving: str = ""
    printed: tuple[int, ...] = ()
    receipt: str = ""
    doubt: tuple[str, int] | None = None
    failure: Failure | None = None
    notice: Sentence | None = None
    asking_end: bool = False
    staff_calls: int = 0
    server_away: bool = False
    paper: str = "ok"
    unsettled: tuple[m.Change | m.CallStaff, ...] = ()

    # --- what the frame of every screen shows ----------------------------------------------

    @property
    def has_back(self) -> bool:
        """Back is at the lower left (not on attract, printing, thanks and failure pages)."""
        hidden = (Screen.ATTRACT, Screen.PRINTING, Screen.THANKS, Screen.FAILURE)
        return self.screen not in hidden

    @property
    def has_end(self) -> bool:
        """Home or End is in the rail; hidden while paper comes out. Call staff always stays."""
        return self.screen not in (Screen.ATTRACT, Screen.PRINTING)

    @property
    def end_is_home(self) -> bool:
        """The rail says Home as long as nothing would be lost, else End."""
        return not self.holds

    @property
    def may_idle_out(self) -> bool:
        """The idle sheet may appear; never while paying, printing or finding out about money."""
        if self.screen in (Screen.ATTRACT, Screen.PAY, Screen.PRINTING):
            return False
        return not self._is_about_money

    @property
    def leave_after_s(self) -> int:
        """Pages about money that was taken, or may have been, show their code for so many seconds
        after the last touch and then end (`TimeOut`) without the idle sheet; 0 elsewhere. Staff
        were told when the page appeared."""
        return MONEY_PAGE_S if self._is_about_money else 0

    @property
    def _is_about_money(self) -> bool:
        return self.failure is not None and (self.money_moved or self.failure.code in MONEY_PAGES)

    # --- what the order says ---------------------------------------------------------------

    @property
    def holds(self) -> bool:
        """An unpaid order keeps places for this visitor."""
        return self.order is not None and self.order.state == "held"

    @property
    def payment(self) -> wire.Payment | None:
        """The newest payment of the order."""
        return self.order.payments[-1] if self.order and self.order.payments else None

    @property
    def money_moved(self) -> bool:
        """Money was taken or may have been: the order is never released without the server."""
        if self.order is None:
            return False
        return self.order.state == "paid" or any(map(may_be_money, self.order.payments))

    @property
    def qr_text(self) -> str:
        """The payment code to show; empty while it is made, and when it is no longer valid."""
        payment = self.payment
        return payment.qr_text if payment and payment.state == "waiting" else ""

    @property
    def chosen_seats(self) -> tuple[int, ...]:
        """The seats to draw as ours, in the order of the lines."""
        if self.picked is not None:
            return self.picked
        return held_seats(self.order) if self.order else ()

    @property
    def can_take(self) -> bool:
        """The primary action of seats, zoom or slots works now."""
        if self.busy is not None:
            return False
        if self.screen is Screen.SLOTS:
            if self.performance is None or self.detail is None:
                return False
            return self.performance.places_left > 0
        return self.holds and (self.picked is None or len(self.picked) > 0)

    @property
    def count_limit(self) -> int:
        """The most places one order may have, here and now."""
        limit = self.detail.places_per_order_max if self.detail else PROPOSED_COUNT
        return min(limit, 4) if self.paper == "low" else limit

    @property
    def tickets_left(self) -> int:
        """Paid tickets that are not surely out of the printer."""
        return len(self.order.lines) - len(self.printed) if self.order else 0


def may_be_money(payment: wire.Payment) -> bool:
    """It is paid, or nobody knows. A code that never came to a screen can't have been paid."""
    return payment.state == "paid" or (payment.state == "unknown" and payment.qr_text != "")


def held_seats(order: wire.Order) -> tuple[int, ...]:
    """The seat ids of an order's lines; empty for open places."""
    return tuple(line.seat_id for line in order.lines if line.seat_id)
