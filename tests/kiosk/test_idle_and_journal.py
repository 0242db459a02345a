"""The idle watch and the journal: small, pure, and much depends on them."""

from __future__ import annotations

from pathlib import Path

import msgspec
from venue_kiosk.idle import IdleWatch, Presence
from venue_kiosk.journal import Journal
from venue_plugins.sales import wire
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.records import ENTRIES_MAX, Records

from tests.kiosk.sample import make_order


def test_it_asks_after_a_minute_and_gives_up_half_a_minute_later() -> None:
    watch = IdleWatch(60, 30)
    assert watch.presence(59.9) is Presence.HERE
    assert watch.presence(60) is Presence.ASKED
    assert watch.left_s(68) == 22
    assert watch.presence(90) is Presence.GONE


def test_any_touch_starts_anew() -> None:
    watch = IdleWatch(60, 30)
    watch.touch(80)
    assert watch.presence(139) is Presence.HERE


def test_paying_is_never_counted() -> None:
    watch = IdleWatch(60, 30)
    watch.suspend(True, 10)
    assert watch.presence(5000) is Presence.HERE
    watch.suspend(False, 5000)
    assert watch.presence(5059) is Presence.HERE
    assert watch.presence(5060) is Presence.ASKED


# --- journal -------------------------------------------------------------------------------------


def test_entries_are_there_after_a_restart(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a" / "journal.jsonl")
    journal.append({"do": "place", "op": "1"})
    assert Journal(tmp_path / "a" / "journal.jsonl").entries == [{"do": "place", "op": "1"}]


def test_a_line_that_the_power_cut_short_is_ignored_and_hurts_no_later_one(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"do":"place","op":"1"}\n{"do":"pla', encoding="utf-8")
    journal = Journal(path)
    assert journal.entries == [{"do": "place", "op": "1"}]
    journal.append({"do": "placed", "op": "1", "order": 88})
    assert [entry["do"] for entry in Journal(path).entries] == ["place", "placed"]


def test_what_is_settled_can_be_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    for number in range(5):
        journal.append({"n": number})
    journal.replace(journal.entries[-1:])
    journal.append({"n": 5})
    assert Journal(path).entries == [{"n": 4}, {"n": 5}]


# --- records -------------------------------------------------------------------------------------


def place(operation_id: str) -> m.PlaceOrder:
    wanted = [wire.Wanted(ticket_type_id=1, count=2)]
    return m.PlaceOrder(wire.PlaceOrder(performance_id=17, wanted=wanted), operation_id)


def test_an_order_that_was_asked_for_and_never_answered_is_known(tmp_path: Path) -> None:
    Records(Journal(tmp_path / "j")).placing(place("op-1"))
    again = Records(Journal(tmp_path / "j"))
    assert again.unanswered() == [place("op-1")]


def test_an_answered_order_is_open_until_it_is_released(tmp_path: Path) -> None:
    records = Records(Journal(tmp_path / "j"))
    order = make_order(17, place("op-1").body.wanted)
    records.placing(place("op-1"))
    records.placed("op-1", order)
    assert (records.unanswered(), records.open_orders()) == ([], [88])
    records.saw(msgspec.structs.replace(order, state="released"))
    assert records.open_orders() == []


def test_the_journal_stays_short(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    records = Records(journal)
    records.placing(place("open"))
    for number in range(ENTRIES_MAX):
        order = make_order(17, place("x").body.wanted, order_id=number)
        records.placing(place(f"op-{number}"))
        records.placed(f"op-{number}", order)
        records.forget(number)
    assert len(journal.entries) < ENTRIES_MAX
    assert records.unanswered() == [place("open")]
