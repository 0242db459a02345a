"""The link: it connects by itself, says when the server is away, and never repeats a sale."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from venue_kiosk.devices import Devices
from venue_kiosk.journal import Journal
from venue_kiosk.link import Link
from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.link import SalesLink
from venue_plugins.sales.kiosk.records import Records
from venue_plugins.sales.kiosk.recovery import Recovery
from venue_plugins.sales.kiosk.sheets import SheetPrinter

from tests.kiosk import sample
from tests.kiosk.fake_printer import FakeHost
from tests.kiosk.fake_venue import FakeVenue
from venue_suite.ports import PaperState, Raster

AWAY_WITHIN_S = 1.0
PAPER = Raster(8, 1, b"\xff")
TWO = [wire.Wanted(ticket_type_id=1, count=2)]
PLACE = m.PlaceOrder(wire.PlaceOrder(performance_id=17, wanted=TWO), "op-place")


@pytest.fixture
def venue() -> Iterator[FakeVenue]:
    venue = FakeVenue()
    venue.start()
    yield venue
    venue.stop()


class Rig:
    """A link with its sales side, whose messages are kept in the order in which they came."""

    def __init__(self, address: str, folder: Path, *outcomes: str) -> None:
        self.messages: queue.Queue[object] = queue.Queue()
        self.host = FakeHost(*outcomes)
        self.link = Link(address, "key-1", lambda function: function())
        self.link.watch_server(lambda is_away: self.messages.put("away" if is_away else "back"))
        devices = Devices(self.host)
        devices.watch_paper(lambda state: self.messages.put(f"paper {state}"))
        self.link.accompany(devices.run)
        self.records = Records(Journal(folder / "journal.jsonl"))
        printer = SheetPrinter(self.link, devices, lambda *_: PAPER, self.records)
        self.sales = SalesLink(self.link, self.messages.put, self.records, printer)
        self.recovery = Recovery(self.link, self.records, printer)

    def start(self) -> Rig:
        self.link.start()
        return self

    def next(self, kind: type | str, timeout_s: float = 5.0) -> object:
        """The next message of a kind; others before it are dropped."""
        end_s = time.monotonic() + timeout_s
        while True:
            message = self.messages.get(timeout=max(0.01, end_s - time.monotonic()))
            if message == kind or (isinstance(kind, type) and isinstance(message, kind)):
                return message


@pytest.fixture
def rig(venue: FakeVenue, tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(venue.address, tmp_path).start()
    rig.next("back")
    yield rig
    rig.link.stop()


# --- the connection ------------------------------------------------------------------------------


def test_it_connects_by_itself_and_knows_the_venue(rig: Rig) -> None:
    assert rig.link.venue == sample.make_venue()
    assert not rig.link.is_away


def test_it_finds_the_server_when_no_address_is_given(venue: FakeVenue) -> None:
    told: queue.Queue[bool] = queue.Queue()

    async def find(_timeout_s: float) -> str:
        return venue.address

    link = Link("", "key-1", lambda function: function(), find)
    link.watch_server(told.put)
    link.start()
    assert told.get(timeout=5) is False
    link.stop()


def test_a_server_that_goes_away_is_noticed_within_a_second_and_comes_back(
    rig: Rig, venue: FakeVenue
) -> None:
    begun = time.monotonic()
    venue.stop()
    rig.next("away")
    assert time.monotonic() - begun < AWAY_WITHIN_S + 0.5  # the fake takes half a second to die
    venue.start()
    rig.next("back")


def test_it_waits_for_a_server_that_is_not_there_yet(tmp_path: Path) -> None:
    venue = FakeVenue()
    venue.start()
    address = venue.address
    venue.stop()
    rig = Rig(address, tmp_path).start()
    rig.sales.execute(m.LoadEvents())
    assert rig.next(m.ServerLost) == m.ServerLost(m.LoadEvents())
    venue.start()
    rig.next("back", 10)
    rig.link.stop()
    venue.stop()


def test_a_key_that_the_venue_does_not_know_is_said_as_such(venue: FakeVenue) -> None:
    told: queue.Queue[bool] = queue.Queue()
    link = Link(venue.address, "another key", lambda function: function())
    link.watch_server(told.put)
    link.start()
    assert told.get(timeout=5) is True
    assert link.refusal == "not_signed_in"
    link.stop()


def test_a_server_that_is_not_there_at_the_start_is_told(tmp_path: Path) -> None:
    rig = Rig("http://127.0.0.1:9", tmp_path).start()
    rig.next("away")
    rig.link.stop()


def test_work_and_results_are_on_the_right_threads(rig: Rig) -> None:
    threads: queue.Queue[str] = queue.Queue()

    async def work() -> int:
        threads.put(threading.current_thread().name)
        return 7

    done: queue.Queue[int] = queue.Queue()
    rig.link.run(work(), done.put)
    assert (threads.get(timeout=5), done.get(timeout=5)) == ("kiosk-link", 7)


def test_a_stopped_link_takes_no_work_and_leaves_no_thread(rig: Rig) -> None:
    rig.link.stop()

    async def work() -> None:
        raise AssertionError

    rig.link.run(work())
    assert "kiosk-link" not in [thread.name for thread in threading.enumerate()]


# --- reads and facts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (m.LoadEvents(), m.EventsLoaded(tuple(sample.make_events()))),
        (
            m.LoadPerformances(1, sample.DAYS[0]),
            m.PerformancesLoaded(
                m.LoadPerformances(1, sample.DAYS[0]), tuple(sample.make_performances(1))
            ),
        ),
        (m.LoadDetail(17), m.DetailLoaded(sample.make_detail(17))),
        (m.LoadSeatPlan(17), m.SeatPlanLoaded(sample.make_plan())),
    ],
    ids=["events", "performances", "detail", "plan"],
)
def test_reads_are_answered(rig: Rig, command: m.Read, answer: m.Answer) -> None:
    rig.sales.execute(command)
    assert rig.next(type(answer)) == answer


def test_seats_that_others_take_are_told(rig: Rig, venue: FakeVenue) -> None:
    venue.tell("sales.seats_changed", "performance/17", {"seats": {"1043": "held"}})
    assert rig.next(m.SeatsSeen) == m.SeatsSeen(17, {1043: "held"})
    venue.tell("sales.places_changed", "performance/52", {"left": 41})
    assert rig.next(m.PlacesSeen) == m.PlacesSeen(52, 41)


def test_what_was_missed_while_the_server_was_away_is_told_after(
    rig: Rig, venue: FakeVenue
) -> None:
    venue.tell("sales.seats_changed", "performance/17", {"seats": {"1": "held"}})
    rig.next(m.SeatsSeen)
    venue.stop()
    rig.next("away")
    venue._tell("sales.seats_changed", "performance/17", {"seats": {"2": "sold"}})
    venue.start()
    assert rig.next(m.SeatsSeen) == m.SeatsSeen(17, {2: "sold"})


def test_a_seat_taken_while_the_plan_is_on_its_way_is_not_lost(rig: Rig, venue: FakeVenue) -> None:
    venue.tell("sales.seats_changed", "performance/17", {"seats": {"1043": "held"}})
    rig.next(m.SeatsSeen)
    rig.sales.execute(m.LoadSeatPlan(17))  # its feed_seq is older than that fact
    rig.next(m.SeatPlanLoaded)
    assert rig.next(m.SeatsSeen) == m.SeatsSeen(17, {1043: "held"})


# --- changes -------------------------------------------------------------------------------------


def placed(rig: Rig) -> wire.Order:
    rig.sales.execute(PLACE)
    answer = rig.next(m.OrderPlaced)
    assert isinstance(answer, m.OrderPlaced)
    return answer.order


def test_an_order_is_journalled_before_it_is_asked_for(rig: Rig, venue: FakeVenue) -> None:
    order = placed(rig)
    assert venue.operations == [("sales/orders", "op-place")]
    entries = [(entry["do"], entry["op"]) for entry in rig.records._journal.entries]
    assert entries == [("place", "op-place"), ("placed", "op-place")]
    assert rig.records.open_orders() == [order.id]


def test_a_lost_answer_is_asked_for_again_under_the_same_id(rig: Rig, venue: FakeVenue) -> None:
    venue.lose["sales/orders"] = 2
    placed(rig)
    assert venue.operations == [("sales/orders", "op-place")] * 3
    assert len(venue.orders) == 1


def test_a_refusal_comes_with_the_servers_own_sentence(rig: Rig, venue: FakeVenue) -> None:
    venue.refuse["sales/orders"] = "sold_out"
    rig.sales.execute(PLACE)
    refused = rig.next(m.Refused)
    assert isinstance(refused, m.Refused)
    assert (refused.command, refused.code) == (PLACE, "sold_out")
    assert refused.params == {"reason": "sold_out"}
    assert rig.records.unanswered() == []


def test_changes_keep_their_order(rig: Rig, venue: FakeVenue) -> None:
    order = placed(rig)
    rig.sales.execute(m.ChangeOrder(order.id, wire.ChangeOrder(wanted=TWO), "op-1"))
    rig.sales.execute(m.StartQr(order.id, "op-2"))
    rig.sales.execute(m.CancelQr(order.id, "op-3"))
    rig.sales.execute(m.ReleaseOrder(order.id, "op-4"))
    rig.next(m.OrderReleased)
    assert [operation for _, operation in venue.operations][1:] == ["op-1", "op-2", "op-3", "op-4"]
    assert rig.records.open_orders() == []


def test_a_followed_order_is_seen_as_soon_as_it_is_paid(rig: Rig, venue: FakeVenue) -> None:
    order = placed(rig)
    rig.sales.execute(m.StartQr(order.id, "op-1"))
    rig.next(m.OrderChanged)
    rig.sales.execute(m.FollowOrder(order.id))
    rig.next(m.OrderSeen)
    begun = time.monotonic()
    venue.pay(order.id)
    seen = rig.next(m.OrderSeen)
    assert isinstance(seen, m.OrderSeen)
    assert seen.order.state == "paid"
    assert time.monotonic() - begun < 1.0


def test_staff_are_called(rig: Rig, venue: FakeVenue) -> None:
    rig.sales.execute(m.CallStaff("P-04", "A7K2-0931"))
    wait_until(lambda: venue.calls == [("P-04", "A7K2-0931")])


# --- paper ---------------------------------------------------------------------------------------


def paid(rig: Rig, venue: FakeVenue) -> wire.Order:
    order = placed(rig)
    venue.pay(order.id)
    return order


def test_all_sheets_are_printed_and_the_server_hears_it(rig: Rig, venue: FakeVenue) -> None:
    order = paid(rig, venue)
    rig.sales.execute(m.PrintPaper(order.id, "op-print"))
    assert rig.next(m.PrintStarted) == m.PrintStarted(2, True)
    lines = [rig.next(m.SheetPrinted) for _ in range(3)]
    assert [line.line_id for line in lines if isinstance(line, m.SheetPrinted)] == [1, 2, 0]
    rig.next(m.PrintFinished)
    assert rig.host.printed == [PAPER] * 3
    wait_until(lambda: set(venue.results.values()) == {"printed"} and len(venue.results) == 3)
    wait_until(lambda: rig.records.open_orders() == [])


def test_it_stops_at_a_sheet_that_is_not_surely_out(venue: FakeVenue, tmp_path: Path) -> None:
    rig = Rig(venue.address, tmp_path, "printed", "doubtful").start()
    rig.next("back")
    order = paid(rig, venue)
    rig.sales.execute(m.PrintPaper(order.id, "op-print"))
    assert rig.next(m.PrintDoubtful) == m.PrintDoubtful("88-2", 2)
    wait_until(lambda: venue.results == {"88-1": "printed", "88-2": "doubtful"})
    rig.sales.execute(m.ReportPrinted(order.id, "88-2", "op-yes"))
    rig.sales.execute(m.PrintPaper(order.id, "op-rest"))
    rig.next(m.PrintFinished)
    assert len(rig.host.printed) == 2  # ticket 1 before, the receipt now; ticket 2 was in hand
    rig.link.stop()


def test_no_paper_is_said_and_the_rest_comes_later(venue: FakeVenue, tmp_path: Path) -> None:
    rig = Rig(venue.address, tmp_path, "printed", "out").start()
    rig.next("back")
    order = paid(rig, venue)
    rig.sales.execute(m.PrintPaper(order.id, "op-print"))
    failed = rig.next(m.PrintFailed)
    assert isinstance(failed, m.PrintFailed)
    assert failed.line_id == 2
    wait_until(lambda: venue.results == {"88-1": "printed", "88-2": "failed"})
    rig.sales.execute(m.PrintPaper(order.id, "op-rest"))
    rig.next(m.PrintFinished)
    assert len(rig.host.printed) == 3
    rig.link.stop()


def test_a_result_that_the_server_could_not_hear_is_told_when_it_is_back(
    rig: Rig, venue: FakeVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("venue_plugins.sales.kiosk.sheets.REPORT_AGAIN_S", 0.1)
    order = paid(rig, venue)
    venue.lose["print-result"] = 4
    rig.sales.execute(m.PrintPaper(order.id, "op-print"))
    rig.next(m.PrintFinished)
    wait_until(lambda: rig.records.open_orders() == [], 15)
    assert set(venue.results.values()) == {"printed"}


def test_paper_changes_are_told(rig: Rig) -> None:
    rig.host.paper = PaperState.OUT
    rig.next("paper out", 3)
    rig.host.paper = PaperState.OK
    rig.next("paper ok", 3)


# --- after a crash -------------------------------------------------------------------------------


def recover(rig: Rig) -> wire.Order | None:
    done: queue.Queue[wire.Order | None] = queue.Queue()
    rig.link.run(rig.recovery.recover_when_possible(), done.put)
    return done.get(timeout=10)


def crash_and_restart(rig: Rig, venue: FakeVenue, folder: Path) -> Rig:
    rig.link.stop()
    again = Rig(venue.address, folder).start()
    again.next("back")
    return again


def test_seats_that_were_held_when_the_power_went_are_given_back(
    rig: Rig, venue: FakeVenue, tmp_path: Path
) -> None:
    order = placed(rig)
    again = crash_and_restart(rig, venue, tmp_path)
    assert recover(again) is None
    assert venue.orders[order.id].state == "released"
    assert again.records.open_orders() == []
    again.link.stop()


def test_an_order_whose_answer_never_came_is_found_by_its_id_and_given_back(
    rig: Rig, venue: FakeVenue, tmp_path: Path
) -> None:
    """The power went between the question and the answer: the server had acted."""
    rig.records.placing(PLACE)
    venue._replies["op-place"] = msgspec.json.encode(venue._place(PLACE.body))
    again = crash_and_restart(rig, venue, tmp_path)
    assert recover(again) is None
    assert [order.state for order in venue.orders.values()] == ["released"]
    again.link.stop()


def test_a_paid_order_with_paper_missing_is_found(
    rig: Rig, venue: FakeVenue, tmp_path: Path
) -> None:
    order = paid(rig, venue)
    rig.records.printed(order.id, "88-1")  # the server had not heard of it
    again = crash_and_restart(rig, venue, tmp_path)
    found = recover(again)
    assert found is not None
    assert [line.print_state for line in found.lines] == ["printed", ""]
    again.link.stop()


def test_a_code_that_was_shown_is_voided_before_the_seats_go_back(
    rig: Rig, venue: FakeVenue, tmp_path: Path
) -> None:
    order = placed(rig)
    rig.sales.execute(m.StartQr(order.id, "op-qr"))
    rig.next(m.OrderChanged)
    again = crash_and_restart(rig, venue, tmp_path)
    assert recover(again) is None
    paths = [path.rpartition(f"{order.id}/")[2] for path, _ in venue.operations]
    assert paths[-2:] == ["qr/cancel", "release"]
    again.link.stop()


def wait_until(holds: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """Wait until something holds that comes from another thread."""
    end_s = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end_s, "it did not come true in time"
        time.sleep(0.01)
