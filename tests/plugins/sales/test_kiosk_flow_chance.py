"""Whatever visitors touch and whatever gets lost: no dead end, no seat and no money lost."""

from __future__ import annotations

from collections import deque
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.flow import advance, start
from venue_plugins.sales.kiosk.state import Screen

from tests.plugins.sales.fake_venue import (
    CHILD,
    EXHIBITION,
    GONE,
    LATER_SLOT,
    SHOW,
    SLOT,
    TOMORROW,
    TONIGHT,
    FakeVenue,
)

TOUCHES: tuple[m.Message, ...] = (
    m.Buy(),
    m.ChooseEvent(SHOW),
    m.ChooseEvent(EXHIBITION),
    m.ChooseEvent(GONE),
    m.ChooseDay("2026-11-29"),
    m.ChoosePerformance(TONIGHT),
    m.ChoosePerformance(TOMORROW),
    m.ChoosePerformance(SLOT),
    m.ChoosePerformance(LATER_SLOT),
    m.ChangeCount(1),
    m.ChangeCount(-1),
    m.Others(),
    m.Wheelchair(),
    m.ZoomIn(0, 100),
    m.ZoomOut(),
    m.TouchSeat(101),
    m.TouchSeat(110),
    m.TouchSeat(111),
    m.TakeSeats(),
    m.ChooseType(0, CHILD),
    m.ChooseType(1, CHILD),
    m.Pay(),
    m.AnswerDoubt(True),
    m.AnswerDoubt(False),
    m.Retry(),
    m.BuyMore(),
    m.Back(),
    m.End(),
    m.ConfirmEnd(),
    m.Stay(),
    m.AskStaff(),
    m.SetLanguage("en"),
    m.PaperSeen("ok"),
    m.PaperSeen("out"),
    m.PaperSeen("low"),
    m.ServerAway(),
    m.ServerFound(),
    m.HoldTimeOver(),
    m.AnswerOverdue(),
    m.TimeOut(),
    m.NoticeSeen(),
)
# Ways that lead somewhere, so that chance comes to the far screens too.
WAYS: tuple[tuple[m.Message, ...], ...] = (
    (m.ChooseEvent(SHOW), m.ChoosePerformance(TONIGHT)),
    (m.ChooseEvent(SHOW), m.ChoosePerformance(TONIGHT), m.TakeSeats(), m.Pay()),
    (m.ChooseEvent(EXHIBITION), m.TakeSeats()),
    (m.ChooseEvent(EXHIBITION), m.TakeSeats(), m.Pay()),
    (m.ChooseEvent(SHOW), m.ChoosePerformance(TONIGHT), m.ZoomIn(0, 100), m.TouchSeat(110)),
)
LEAVING: tuple[m.Message, ...] = (m.Back(), m.End(), m.ConfirmEnd(), m.TimeOut())
CODES = ("sold_out", "seat_taken", "hold_expired", "wrong_state", "busy")
ACTIONS = st.one_of(
    st.tuples(st.just("touch"), st.integers(0, len(TOUCHES) - 1)),
    st.tuples(st.just("answer"), st.just(0)),
    st.tuples(st.just("answer_all"), st.just(0)),
    st.tuples(st.just("way"), st.integers(0, len(WAYS) - 1)),
    st.tuples(st.just("leave"), st.integers(0, len(LEAVING) - 1)),
    st.tuples(st.just("hurry"), st.integers(0, len(WAYS) - 1)),
    st.tuples(st.just("refuse"), st.integers(0, len(CODES) - 1)),
    st.tuples(st.just("lose"), st.booleans()),
    st.tuples(st.just("phone"), st.sampled_from(("paid", "declined", "unknown"))),
    st.tuples(st.just("expire"), st.just(0)),
    st.tuples(st.just("steal"), st.integers(101, 124)),
    st.tuples(st.just("voids_to"), st.sampled_from(("cancelled", "paid", "unknown"))),
    st.tuples(st.just("paper"), st.sampled_from(("printed", "doubtful", "failed"))),
)


class World:
    """A kiosk and a venue between which answers are late, refused or lost."""

    def __init__(self) -> None:
        self.venue, self.waiting, self.ids = FakeVenue(), deque[m.Command](), count(1)
        self.sent: list[m.Command] = []
        self.flow, commands = start("zh")
        self.take(commands)
        self.answer_all()

    def take(self, commands: tuple[m.Command, ...]) -> None:
        for command in commands:
            self.check_command(command)
        self.sent += commands
        self.waiting.extend(commands)

    def tell(self, message: m.Message) -> None:
        self.flow, commands = advance(self.flow, message, lambda: f"op-{next(self.ids)}")
        self.take(commands)
        self.check_flow()

    def answer_all(self) -> None:
        for _ in range(200):
            if not self.waiting:
                return
            self.act("answer", 0)
        raise AssertionError("the flow never comes to rest")

    def hurry(self, touches: tuple[m.Message, ...]) -> None:
        """Come to where the answer to a change is awaited, and stop there."""
        for touch in touches[:-1]:
            self.tell(touch)
            self.answer_all()
        self.tell(touches[-1])
        while self.waiting and isinstance(self.waiting[0], m.Read):
            self.act("answer", 0)

    def act(self, what: str, value: object) -> None:
        if what == "touch":
            self.tell(TOUCHES[int(str(value))])
        elif what == "way":
            for touch in WAYS[int(str(value))]:
                self.tell(touch)
                self.answer_all()
        elif what == "leave":
            self.tell(LEAVING[int(str(value))])
        elif what == "hurry":
            self.hurry(WAYS[int(str(value))])
        elif what == "answer_all":
            self.answer_all()
        elif what in ("answer", "refuse", "lose"):
            self.act_on_command(what, value)
        else:
            self.act_on_venue(what, value)

    def act_on_command(self, what: str, value: object) -> None:
        if not self.waiting:
            return
        command = self.waiting.popleft()
        if what == "answer":
            for answer in self.venue.answer(command):
                self.tell(answer)
            return
        if what == "lose":
            if value:  # done, but the answer was lost
                self.venue.answer(command)
            self.tell(m.ServerLost(command))
            return
        done = getattr(command, "operation_id", "") in self.venue.done
        if done or isinstance(command, m.CallStaff):  # a stored reply, or never refused
            self.waiting.appendleft(command)
            self.act_on_command("answer", 0)
            return
        code = CODES[int(str(value))]
        if isinstance(command, m.ReleaseOrder):
            code = "busy"  # the server refuses it for no other reason
        if code == "hold_expired" and hasattr(command, "order_id"):
            order = self.venue.orders[command.order_id]
            if order.state == "held":
                self.venue.let_go(order.id, "expired")
        self.tell(m.Refused(command, code, "No.", {}))

    def act_on_venue(self, what: str, value: object) -> None:
        venue, order = self.venue, self.flow.order
        if what == "voids_to":
            venue.cancel_to = str(value)
        elif what == "paper":
            venue.paper.append(str(value))
        elif what == "steal" and venue.seats[int(str(value))] == "free":
            venue.seats[int(str(value))] = "sold"
        elif order is not None and venue.orders[order.id].state == "held":
            payments = venue.orders[order.id].payments
            if what == "expire":
                venue.let_go(order.id, "expired")
            elif what == "phone" and payments and payments[-1].state in ("waiting", "unknown"):
                self.tell(m.OrderSeen(venue.phone_says(order.id, str(value))))

    # --- what must hold at every moment ----------------------------------------------------

    def check_command(self, command: m.Command) -> None:
        if isinstance(command, m.StartQr):
            assert self.flow.paper != "out", "money is asked for without paper"
            states = [payment.state for payment in self.venue.orders[command.order_id].payments]
            assert "paid" not in states

    def check_flow(self) -> None:
        flow = self.flow
        if flow.screen is Screen.PRINTING:
            assert not flow.has_end
            return
        assert flow.has_end or flow.screen is Screen.ATTRACT
        assert (flow.screen is Screen.FAILURE) == (flow.failure is not None)
        if flow.failure is not None:
            assert flow.failure.options
            assert sum(option.primary for option in flow.failure.options) <= 1
            for part in (flow.failure.title, flow.failure.money, flow.failure.advice):
                assert part.text
            assert flow.failure.code

    def bring_home(self) -> None:
        """The server is there, the printer works, and the visitor leaves."""
        self.venue.paper, self.venue.cancel_to = [], "cancelled"
        for _ in range(6):
            self.tell(m.ServerFound())
            self.answer_all()
            for touch in (m.PaperSeen("ok"), m.AnswerDoubt(True), m.End(), m.ConfirmEnd()):
                self.tell(touch)
                self.answer_all()
            if self.flow.screen is Screen.ATTRACT and not self.flow.unsettled:
                return
        raise AssertionError(f"a dead end: {self.flow.screen}, {self.flow.failure}")


@settings(max_examples=500, deadline=None)
@given(st.lists(ACTIONS, min_size=3, max_size=40))
def test_chance_finds_no_dead_end_and_loses_nothing(
    actions: list[tuple[str, object]],
) -> None:
    world = World()
    for what, value in actions:
        world.act(what, value)
    world.bring_home()
    reported = {call.about for call in world.venue.calls}
    printed = {command.order_id for command in world.sent if isinstance(command, m.PrintPaper)}
    for order in world.venue.orders.values():
        if order.state == "held":
            assert order.number in reported, "seats stay held and nobody knows"
        if order.state == "paid":
            assert order.id in printed or order.number in reported, "money for nothing"


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTIONS, max_size=30))
def test_a_session_can_be_replayed_from_its_messages(actions: list[tuple[str, object]]) -> None:
    world = World()
    messages: list[m.Message] = []
    tell = world.tell

    def remember(message: m.Message) -> None:
        messages.append(message)
        tell(message)

    world.tell = remember  # type: ignore[method-assign]
    begun, first_id = world.flow, next(world.ids)
    world.ids = count(first_id)
    for what, value in actions:
        world.act(what, value)
    ids, flow = count(first_id), begun
    for message in messages:
        flow, _ = advance(flow, message, lambda: f"op-{next(ids)}")
    assert flow == world.flow
