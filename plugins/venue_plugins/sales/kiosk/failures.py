"""Failure pages and sheets: what happened, whether money moved, what can be done, a code for staff.

English msgids; the translations stand in `locale/zh.po`. Words: a calm usher.
"""

from __future__ import annotations

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.state import BuyFlow, Failure, Option, Screen, Sentence

NOT_CHARGED = Sentence("You have not been charged.")
HOME = Option("Home", m.End(), icon="home")
CALL_STAFF = Option("Call staff", m.AskStaff(), icon="bell")


def seat_taken(flow: BuyFlow, numbers: tuple[str, ...]) -> Failure:
    """S-01, before others were found: a sheet above the zoom."""
    title = "Seat {number} was just taken" if len(numbers) == 1 else "These seats were just taken"
    return Failure(
        code="S-01",
        title=Sentence(title, {"number": ", ".join(numbers)}),
        money=Sentence("You have not paid; nothing was charged."),
        advice=Sentence("We are looking for others.")
        if flow.busy
        else Sentence("Please choose again; it only takes seconds."),
        options=(Option("Choose again", m.Back()),),
        icon="swap",
        sheet_over=Screen.SEAT_ZOOM,
        resume=Screen.SEAT_ZOOM,
    )


def seat_taken_others_found(before: Failure, order: wire.Order, *, same_price: bool) -> Failure:
    """S-01 with a proposal: `order` now holds other seats."""
    if order.together and len(order.lines) > 1 and same_price:
        count = {"count": len(order.lines)}
        advice = Sentence("We found {count} together at the same price", count)
    elif order.together and len(order.lines) > 1:
        advice = Sentence("We found {count} together", {"count": len(order.lines)})
    else:
        advice = Sentence("We found the nearest free seats")
    take = "Take this seat" if len(order.lines) == 1 else "Take these seats"
    return Failure(
        code=before.code,
        title=before.title,
        money=before.money,
        advice=advice,
        options=(Option("Choose again", m.Back()), Option(take, m.TakeSeats(), "right", True)),
        icon=before.icon,
        sheet_over=before.sheet_over,
        resume=before.resume,
    )


def hold_ran_out(flow: BuyFlow) -> Failure:
    """S-02: the places went back."""
    return Failure(
        code="S-02",
        title=Sentence("Time ran out and the seats went back"),
        money=NOT_CHARGED,
        advice=Sentence("Choosing again takes seconds."),
        options=(HOME, Option("Choose again", m.Retry(), "right", True)),
        icon="clock",
        resume=Screen.SLOTS if is_open(flow) else Screen.SEATS,
    )


def sold_out(flow: BuyFlow) -> Failure:
    """S-03: sold out while the visitor looked; another time is offered where one is known."""
    current = flow.performance.id if flow.performance else 0
    other = next(
        (card for card in flow.performances if card.id != current and card.places_left > 0), None
    )
    options = [Option("Other times", m.Back(), "left", primary=other is None)]
    if other is not None:
        options.append(
            Option("Take that time", m.ChoosePerformance(other.id), "right", primary=True)
        )
    return Failure(
        code="S-03",
        title=Sentence("This one just sold out"),
        money=NOT_CHARGED,
        advice=Sentence("Another time still has seats.")
        if other
        else Sentence("Please look at the other times."),
        options=tuple(options),
        icon="ticket",
        next_performance=other,
        resume=Screen.SLOTS if is_open(flow) else Screen.PERFORMANCE,
    )


def payment_declined(reason: Sentence | None = None) -> Failure:
    """M-01: nothing was charged. `reason`: what the server said, if it did."""
    return Failure(
        code="M-01",
        title=Sentence("The payment did not go through"),
        money=Sentence("Nothing was charged."),
        advice=reason or Sentence("Your seats are still held. You can try again."),
        options=(
            Option("Change tickets", m.Back(), "left"),
            Option("Try again", m.Pay(), "right", primary=True),
        ),
        icon="phone",
        resume=Screen.TICKETS,
    )


def payment_unknown(flow: BuyFlow, retry: m.Command | None = None) -> Failure:
    """M-07: nobody knows yet whether money moved. Never asks to pay again."""
    return Failure(
        code="M-07",
        title=Sentence("Confirming your payment"),
        money=Sentence("Your money is safe. Please do not pay again."),
        advice=Sentence("The bank has not answered yet. Wait here, or show this code at the desk."),
        options=(CALL_STAFF, Option("Leave with the code", m.End())),
        icon="clock",
        pickup_code=flow.order.pickup_code if flow.order else "",
        retry=retry,
        resume=Screen.PAY,
    )


def paid_too_late(flow: BuyFlow) -> Failure:
    """M-08: the money came after the hold; it is owed back."""
    return Failure(
        code="M-08",
        title=Sentence("Your payment came after the seats went back"),
        money=Sentence("You get the whole amount back."),
        advice=Sentence("Staff have been told. Please show this code at the desk."),
        options=(CALL_STAFF, Option("Leave with the code", m.End())),
        icon="clock",
        pickup_code=flow.order.pickup_code if flow.order else "",
        resume=Screen.ATTRACT,
    )


def paper_out(flow: BuyFlow) -> Failure:
    """P-02: before any money. Goes on by itself when there is paper again."""
    stays = flow.screen in (Screen.ATTRACT, Screen.EVENTS)
    options = (HOME,) if stays else (Option("Back", m.Back(), "left"), HOME)
    return Failure(
        code="P-02",
        title=Sentence("This kiosk has run out of ticket paper"),
        money=NOT_CHARGED,
        advice=Sentence("Staff have been told. Please use another kiosk or the desk meanwhile."),
        options=(*options, CALL_STAFF),
        icon="print",
        resume=flow.screen,
    )


def tickets_missing(flow: BuyFlow, retry: m.Command | None = None) -> Failure:
    """P-03: paid, but not all tickets are out. The pickup code gets the rest anywhere."""
    left = flow.tickets_left
    title = "{count} tickets are still to print" if left != 1 else "1 ticket is still to print"
    return Failure(
        code="P-03",
        title=Sentence(title, {"count": left}),
        money=Sentence("You have paid; the tickets are yours."),
        advice=Sentence("Show this code at the desk or at any kiosk."),
        options=(CALL_STAFF, Option("Try again", m.Retry(), "print", primary=True)),
        icon="print",
        pickup_code=flow.order.pickup_code if flow.order else "",
        retry=retry,
        resume=Screen.PRINTING,
    )


def print_doubtful(flow: BuyFlow, line_id: int) -> Failure:
    """P-04: the printer gave no word for this ticket; only the visitor can see the slot."""
    ids = [line.id for line in flow.order.lines] if flow.order else []
    number = ids.index(line_id) + 1 if line_id in ids else len(flow.printed) + 1
    question = "Please look in the slot: do you have ticket {number}?"
    return Failure(
        code="P-04",
        title=Sentence("The slot may be jammed"),
        money=Sentence("You have paid; the tickets are yours."),
        advice=Sentence(question, {"number": number}),
        options=(
            Option("No, call staff", m.AnswerDoubt(False), "bell"),
            Option("Yes, I have it", m.AnswerDoubt(True), "check", primary=True),
        ),
        icon="print",
        pickup_code=flow.order.pickup_code if flow.order else "",
        resume=Screen.PRINTING,
    )


def server_away(flow: BuyFlow, retry: m.Command) -> Failure:
    """N-02: the server did not answer; tried again by itself."""
    return Failure(
        code="N-02",
        title=Sentence("The network is down and this kiosk can't sell"),
        money=NOT_CHARGED,
        advice=Sentence("It goes on by itself when the network is back. Or please go to the desk."),
        options=(HOME, Option("Try again", m.Retry(), "right", primary=True)),
        icon="net",
        retry=retry,
        resume=_screen_below(flow),
    )


def server_busy(flow: BuyFlow, answer: m.Refused) -> Failure:
    """Too much is going on; the same again in a moment."""
    return Failure(
        code="N-04",
        title=Sentence("Many people are buying just now"),
        money=NOT_CHARGED,
        advice=Sentence("Please try again in a moment."),
        options=(HOME, Option("Try again", m.Retry(), "right", primary=True)),
        icon="clock",
        retry=answer.command,
        resume=_screen_below(flow),
    )


def refused(flow: BuyFlow, answer: m.Refused, resume: Screen) -> Failure:
    """Any other no of the server, in the server's own sentence and under its own code."""
    return Failure(
        code=answer.code,
        title=Sentence("This is not possible now"),
        money=NOT_CHARGED,
        advice=Sentence(answer.template, dict(answer.params)),
        options=(CALL_STAFF, Option("Back", m.Back(), "left", primary=True)),
        icon="info",
        resume=resume,
    )


def _screen_below(flow: BuyFlow) -> Screen:
    """What is asked now, or was before the page that is shown now."""
    return flow.failure.resume if flow.failure else flow.screen


def is_open(flow: BuyFlow) -> bool:
    """The chosen performance has places, not seats."""
    return flow.performance is not None and flow.performance.seating == "open"
