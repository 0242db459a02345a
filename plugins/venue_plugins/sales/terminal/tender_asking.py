"""The conversation of a tender with the venue: asked once, asked again, answered."""

from __future__ import annotations

from textual.timer import Timer
from venue_terminal.console import Console
from venue_terminal.journal import Entry, JournalUnusable
from venue_terminal.outcomes import did_nothing
from venue_terminal.widgets.bars import Answer

from venue_plugins.sales.terminal.desk import Desk
from venue_plugins.sales.terminal.tender import ASK_AGAIN_S, QR, Phase, Tender
from venue_plugins.sales.terminal.tender_ending import TenderEnding
from venue_plugins.sales.wire import Order
from venue_suite.domain.errors import NotFound, VenueError
from venue_suite.domain.facts import Fact
from venue_suite.texts import N_


class TenderAsking(TenderEnding):
    """What happens between a tender and the server; `TenderScreen` adds keys and drawing."""

    def __init__(self, console: Console, desk: Desk, place: str) -> None:
        super().__init__(console, desk, place)
        self._next_look: Timer | None = None
        console.listeners.append(self._hear)

    # --- beginning -------------------------------------------------------------------------

    def begin(self, order: Order) -> None:
        """Open the tender of an order: its operation id is made and saved now."""
        console = self.console
        self.typed, self.answer = "", Answer()
        operation_id = console.client.make_operation_id()
        try:
            self.tender = Tender.open(order, console.journal, operation_id)
        except JournalUnusable as error:
            self.tender = None
            self.tell_error(error)
            return
        if console.paper is None:
            words = N_("No printer at this console. Pick-up code for a kiosk: {code}")
            self.answer = Answer(console.say(words, code=order.pickup_code), "careful")
        else:
            self.ask(console.paper.check(), self._take_paper)

    def _take_paper(self, reason: str) -> None:
        if self.tender is None or self.tender.phase is not Phase.ENTERING or self.answer.text:
            return
        say = self.console.say
        if reason:
            self.tell(say("The printer is not ready: {reason}", reason=say(reason)), "careful")
        else:
            self.tell(say("Printer ready: paper is checked before money is taken."), "fine")

    def resume(self, entry: Entry) -> None:
        """A console died during a tender: look at its order, then go on where it stopped."""
        self.tell(self.console.say("A tender was not finished. It is looked at first."), "careful")
        call = self.console.client.get(f"/sales/orders/{entry.details.get('order')}", Order)
        self.ask(
            call,
            lambda order: self._restore(order, entry),
            lambda error: self._resume_later(error, entry),
        )

    def _resume_later(self, error: VenueError, entry: Entry) -> None:
        if not did_nothing(error):
            self.set_timer(ASK_AGAIN_S, lambda: self.resume(entry))
            return
        if error.code == NotFound.code:
            self.console.journal.clear()
        self.back(self.console.explain(error), "wrong")

    def _restore(self, order: Order, entry: Entry) -> None:
        if entry.sent:
            self.tender = Tender.restore(order, self.console.journal, entry)
            self.send()
            return
        # Nothing was sent: no money can have been taken for the server.
        self.console.journal.clear()
        self.desk.take_order(order)
        words = N_("The cart {number} is back; nothing was paid.")
        if order.state != "held":
            words = N_("The cart {number} is gone; nothing was paid.")
        self.back(self.console.say(words, number=order.number), "careful")

    # --- asking ----------------------------------------------------------------------------

    def send(self) -> None:
        tender = self.tender
        if tender is not None and tender.phase is Phase.ASKED:
            self.ask(tender.send(self.console.client), self._take, self._not_paid, blocks=True)

    def _not_paid(self, error: VenueError) -> None:
        tender = self.tender
        if tender is None:
            return
        if not did_nothing(error):
            self.set_timer(ASK_AGAIN_S, self.send)
            return
        if not self._start_over(tender):
            return
        self.tell_error(error)
        # The reason may be that the order is no cart any more.
        call = self.console.client.get(f"/sales/orders/{tender.order.id}", Order)
        self.ask(call, lambda order: self._after_refusal(order, error), lambda _: None)

    def _after_refusal(self, order: Order, error: VenueError) -> None:
        if self.tender is None or self.tender.phase is not Phase.ENTERING:
            return
        self.tender.order = order
        if order.state != "held":
            self.tender.leave()
            self.desk.take_order(order)
            self.back(self.console.explain(error), "wrong")

    def _take(self, order: Order) -> None:
        tender = self.tender
        if tender is None or tender.is_paid:
            return
        tender.take(order)
        if tender.is_paid:
            self.finish(tender)
        elif tender.phase is Phase.SHOWING_CODE:
            self._look_later()
        elif tender.tender == QR:
            self._code_ended(tender)

    def _start_over(self, tender: Tender) -> bool:
        """Prepare the next try; without a journal no money may be asked for."""
        try:
            tender.start_over(self.console.client.make_operation_id())
        except JournalUnusable as error:
            self.back(self.console.explain(error), "wrong")
            return False
        return True

    def _code_ended(self, tender: Tender) -> None:
        """The code was declined or taken back: another tender may be tried."""
        payment = tender.code_payment
        if not self._start_over(tender):
            return
        state = payment.state if payment else "cancelled"
        words = N_("The payment by code was taken back.")
        if state == "declined":
            words = N_("The payment by code was declined.")
        self.tell(self.console.say(words), "careful")

    def _look(self) -> None:
        """Ask how a payment by code stands; the feed usually tells earlier."""
        tender = self.tender
        if tender is not None and tender.phase is Phase.SHOWING_CODE:
            call = self.console.client.get(f"/sales/orders/{tender.order.id}", Order)
            self.ask(call, self._take, lambda _: self._look_later())

    def _look_later(self) -> None:
        if self._next_look is not None:
            self._next_look.stop()
        self._next_look = self.set_timer(ASK_AGAIN_S, self._look)

    def _hear(self, fact: Fact) -> None:
        tender = self.tender
        if tender is not None and fact.subject == f"order/{tender.order.id}":
            self._look()

    def take_back(self, tender: Tender) -> None:
        tender.phase = Phase.CANCELLING
        call = self.console.client.post(
            f"/sales/orders/{tender.order.id}/qr/cancel",
            {},
            Order,
            operation_id=self.console.client.make_operation_id(),
        )
        self.ask(call, self._take, self._not_taken_back, blocks=True)

    def _not_taken_back(self, error: VenueError) -> None:
        if self.tender is not None:
            self.tender.phase = Phase.SHOWING_CODE
            self._look_later()
        self.tell_error(error)
