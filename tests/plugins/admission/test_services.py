"""Scans on a real database, with tickets that were really sold."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from venue_plugins.admission import services, wire
from venue_plugins.admission.tables import EntryRow, LaneRow, ScanRow
from venue_plugins.sales.tables import PerformanceRow, TicketRow

from tests.plugins.admission.small_venue import (
    DOORS,
    END,
    GATE,
    LANES,
    MATINEE,
    NOW,
    TITLE,
    SmallVenue,
    gate_actor,
    make_signer,
)
from venue_suite.database import View, Work
from venue_suite.database.work import Operation
from venue_suite.domain.errors import BadRequest, NotFound, OperationReused
from venue_suite.domain.rights import EntryRight
from venue_suite.hookspecs import PluginInfo, VenueHooks, hookimpl
from venue_suite.ticket_tokens import PREFIX


async def test_first_entry_wins_and_copy_learns_where_and_when(venue: SmallVenue) -> None:
    code = await venue.ticket()
    first = await venue.scan(code, "main")
    assert (first.result, first.passage, first.admits_left) == ("allowed", "waiting", 0)
    assert first.title == TITLE
    assert first.detail == {"zh": "成人", "en": "Adult"}
    venue.clock.turn(minutes=5)
    copy = await venue.scan(code, "side", actor=gate_actor("gate-2"))
    assert (copy.result, copy.code, copy.passage) == ("refused", "A-01", "")
    assert copy.reason["zh"] == "此票已于 19:30 从正门入场"
    assert copy.reason["en"] == "Already used at 19:30 at Main"
    assert (copy.first_at, copy.first_lane) == (NOW, LANES["main"])
    assert await venue.violations() == []


async def test_one_of_two_hundred_concurrent_copies_enters(venue: SmallVenue) -> None:
    code = await venue.ticket()
    lanes = list(LANES)
    decisions = await asyncio.gather(
        *(
            venue.scan(code, lanes[number % 3], actor=gate_actor(f"gate-{number % 3}"))
            for number in range(200)
        )
    )
    allowed = [one for one in decisions if one.result == "allowed"]
    assert len(allowed) == 1
    refused = [one for one in decisions if one.result == "refused"]
    assert {one.code for one in refused} == {"A-01"}
    assert {str(one.first_lane) for one in refused} == {str(LANES[allowed[0].lane])}
    assert await venue.database.read(lambda view: EntryRow.select().count()) == 1
    assert await venue.database.read(lambda view: ScanRow.select().count()) == 200
    assert await venue.violations() == []


async def test_two_hundred_tickets_enter_at_once(venue: SmallVenue) -> None:
    codes = await venue.print_codes(await venue.sell(*["a"] * 200))
    decisions = await asyncio.gather(*(venue.scan(code) for code in codes))
    assert [one.result for one in decisions] == ["allowed"] * 200
    assert len({one.right_id for one in decisions}) == 200
    assert await venue.violations() == []


async def test_timed_out_passage_gives_the_right_back(venue: SmallVenue) -> None:
    code = await venue.ticket()
    first = await venue.scan(code)
    assert (await venue.passed(first, "timed_out")).passage == "timed_out"
    again = await venue.scan(code, "side")
    assert again.result == "allowed"
    await venue.passed(again, "passed")
    copy = await venue.scan(code, "main")
    assert copy.first_lane == LANES["side"]
    assert await venue.violations() == []


@pytest.mark.parametrize("outcome", ["passed", "unknown"])
async def test_whoever_passed_or_perhaps_passed_is_in(venue: SmallVenue, outcome: str) -> None:
    code = await venue.ticket()
    await venue.passed(await venue.scan(code), outcome)
    assert (await venue.scan(code)).code == "A-01"
    assert await venue.violations() == []


async def test_first_word_about_a_passage_counts(venue: SmallVenue) -> None:
    code = await venue.ticket()
    first = await venue.scan(code)
    await venue.passed(first, "passed")
    assert (await venue.passed(first, "timed_out")).passage == "passed"
    assert (await venue.scan(code)).code == "A-01"


async def test_handheld_counts_at_once(venue: SmallVenue) -> None:
    decision = await venue.scan(await venue.ticket(), commit=True)
    assert decision.passage == "passed"
    assert (await venue.passed(decision, "timed_out")).passage == "passed"
    assert await venue.violations() == []


async def test_only_the_gate_that_let_in_can_take_it_back(venue: SmallVenue) -> None:
    code = await venue.ticket()
    decision = await venue.scan(code)
    with pytest.raises(NotFound):
        await venue.passed(decision, "timed_out", actor=gate_actor("gate-2"))
    assert (await venue.scan(code)).code == "A-01"


async def test_reprint_makes_the_old_paper_void(venue: SmallVenue) -> None:
    order = await venue.sell("a")
    (old,) = await venue.print_codes(order)
    (new,) = await venue.print_codes(order, reprint=True)
    refused = await venue.scan(old)
    assert (refused.code, refused.reason["en"]) == (
        "A-06",
        "This ticket was reprinted: use the new one",
    )
    assert (await venue.scan(new)).result == "allowed"


async def test_refunded_ticket_is_refused(venue: SmallVenue) -> None:
    code = await venue.ticket()

    def refund(work: Work) -> None:
        TicketRow.update(state="refunded").execute()

    await venue.database.write(refund)
    refused = await venue.scan(code)
    assert (refused.code, refused.reason["zh"]) == ("A-06", "这张票已退票")


async def test_early_and_over(venue: SmallVenue) -> None:
    code = await venue.ticket()
    venue.clock.now = DOORS - timedelta(minutes=20)
    early = await venue.scan(code)
    assert (early.code, early.reason["en"]) == ("A-02", "Doors open at 19:00")
    venue.clock.now = END
    over = await venue.scan(code)
    assert (over.code, over.reason["en"]) == ("A-03", "This ticket ended at 22:00")
    venue.clock.now = NOW
    assert (await venue.scan(code)).result == "allowed"


async def test_ticket_of_the_matinee_is_over_in_the_evening(venue: SmallVenue) -> None:
    venue.clock.turn(hours=-5)
    code = await venue.ticket(performance=MATINEE)
    venue.clock.turn(hours=5)
    assert (await venue.scan(code)).code == "A-03"


def foreign(venue: SmallVenue) -> str:
    return venue.sign(1, signer=make_signer(2))


def forged(venue: SmallVenue) -> str:
    """One character changed: the signature no longer fits."""
    code = venue.sign(1)
    return code[:60] + ("0" if code[60] != "0" else "1") + code[61:]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(foreign, "This ticket was not issued by this venue.", id="foreign"),
        pytest.param(
            lambda venue: venue.sign(4711), "This ticket was not issued by this venue.", id="lost"
        ),
        pytest.param(forged, "This code is not a ticket.", id="forged"),
        pytest.param(lambda venue: venue.sign(1)[:100], "This code is not a ticket.", id="cut"),
        pytest.param(lambda venue: venue.sign(1) + "0", "This code is not a ticket.", id="long"),
        pytest.param(lambda venue: PREFIX, "This code is not a ticket.", id="prefix"),
        pytest.param(lambda venue: PREFIX + "é" * 137, "This code is not a ticket.", id="accents"),
        pytest.param(lambda venue: "6901234567892", "This code is not known here.", id="barcode"),
        pytest.param(lambda venue: "' OR 1=1 --", "This code is not known here.", id="garbage"),
        pytest.param(lambda venue: "票" * 512, "This code is not known here.", id="longest"),
    ],
)
async def test_unknown_codes_are_refused_in_words(
    venue: SmallVenue, make: Any, reason: str
) -> None:
    await venue.ticket()
    refused = await venue.scan(make(venue))
    assert (refused.result, refused.code, refused.right_id) == ("refused", "A-09", "")
    assert refused.reason["en"] == reason
    assert refused.reason["zh"] != reason
    assert await venue.violations() == []


@pytest.mark.parametrize("code", ["", "x" * 513, "x" * 1_000_000])
async def test_code_of_impossible_length_is_no_scan(venue: SmallVenue, code: str) -> None:
    with pytest.raises(BadRequest, match="1 to 512 characters") as refusal:
        await venue.scan(code)
    assert refusal.value.code == "bad_request"
    assert await venue.database.read(lambda view: ScanRow.select().count()) == 0


async def test_unknown_lane(venue: SmallVenue) -> None:
    with pytest.raises(NotFound, match="Lane nowhere does not exist"):
        await venue.scan(await venue.ticket(), "nowhere")


async def test_closed_lane_lets_nobody_in_and_keeps_the_right(venue: SmallVenue) -> None:
    def close(work: Work) -> None:
        LaneRow.update(state="closed").where(LaneRow.code == "main").execute()

    code = await venue.ticket()
    await venue.database.write(close)
    refused = await venue.scan(code, "main")
    assert (refused.code, refused.reason["en"]) == ("A-05", "This lane is closed")
    assert (await venue.scan(code, "side")).result == "allowed"
    assert await venue.violations() == []


@pytest.mark.parametrize("outcome", ["", "open", "PASSED"])
async def test_unknown_outcome_of_a_passage(venue: SmallVenue, outcome: str) -> None:
    decision = await venue.scan(await venue.ticket())
    with pytest.raises(BadRequest, match="passed, timed_out, unknown"):
        await venue.passed(decision, outcome)


async def test_passage_of_an_unknown_scan(venue: SmallVenue) -> None:
    told = wire.Passed(scan_id=99, outcome="passed")
    with pytest.raises(NotFound, match="Scan 99 does not exist"):
        await venue.commit(services.note_passage, told, actor=GATE)


async def test_group_ticket_counts_down_and_gets_a_place_back(venue: SmallVenue) -> None:
    await venue.ticket()
    code = venue.sign(1, admits=3)
    decisions = []
    for left in (2, 1, 0):
        venue.clock.turn(minutes=1)
        decisions.append(await venue.scan(code))
        assert (decisions[-1].result, decisions[-1].admits_left) == ("allowed", left)
    await venue.passed(decisions[0], "timed_out")
    venue.clock.turn(minutes=1)
    assert (await venue.scan(code, "side")).result == "allowed"
    refused = await venue.scan(code)
    # The third minute's entry has a higher number than the newest one, but is older.
    assert (refused.code, refused.first_at) == ("A-01", NOW + timedelta(minutes=2))
    assert refused.first_lane == LANES["main"]
    assert await venue.violations() == []


async def test_same_operation_gives_the_same_answer_and_one_entry(venue: SmallVenue) -> None:
    wanted = wire.Scan(lane="main", code=await venue.ticket())
    replies = [
        await venue.commit(services.scan, wanted, venue.plugins, actor=GATE, operation="01J-once")
        for _ in range(3)
    ]
    assert len({bytes(reply) for reply in replies}) == 1
    assert b'"allowed"' in bytes(replies[0])
    assert await venue.database.read(lambda view: ScanRow.select().count()) == 1


async def test_operation_is_not_used_for_another_code(venue: SmallVenue) -> None:
    wanted = wire.Scan(lane="main", code=await venue.ticket())
    for fingerprint in (b"one", b"other"):
        commit = venue.database.commit(
            services.scan,
            wanted,
            venue.plugins,
            actor=GATE,
            operation=Operation("01J-once", fingerprint),
        )
        if fingerprint == b"one":
            await commit
        else:
            with pytest.raises(OperationReused):
                await commit


async def test_lanes_count_who_came_in_on_this_business_day(venue: SmallVenue) -> None:
    codes = await venue.print_codes(await venue.sell(*["a"] * 4))
    for code, lane in zip(codes, ("main", "main", "side", "main"), strict=True):
        last = await venue.scan(code, lane)
    await venue.passed(last, "timed_out")
    inside = {lane.code: lane.inside for lane in await lanes(venue)}
    assert inside == {"main": 2, "side": 1, "back": 0}
    venue.clock.now = datetime(2026, 11, 28, 19, 59, tzinfo=UTC)  # 03:59: still the same night
    assert {lane.code: lane.inside for lane in await lanes(venue)} == inside
    venue.clock.now = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)  # 04:00: a new business day
    assert [lane.inside for lane in await lanes(venue)] == [0, 0, 0]


async def test_entry_before_the_cut_off_counts_for_the_night_before(venue: SmallVenue) -> None:
    code = await venue.ticket()

    def stretch(work: Work) -> None:
        PerformanceRow.update(admits_until=NOW + timedelta(days=2)).execute()

    await venue.database.write(stretch)
    venue.clock.now = datetime(2026, 11, 28, 19, 0, tzinfo=UTC)  # 03:00 on the 29th
    assert (await venue.scan(code)).result == "allowed"
    venue.clock.now = datetime(2026, 11, 29, 4, 0, tzinfo=UTC)  # noon on the 29th
    assert [lane.inside for lane in await lanes(venue)] == [0, 0, 0]


async def test_lane_shows_name_and_state(venue: SmallVenue) -> None:
    main, *_ = await lanes(venue)
    assert (main.code, main.name, main.state) == ("main", LANES["main"], "open")


async def lanes(venue: SmallVenue) -> list[wire.Lane]:
    return await venue.database.read(services.list_lanes)


async def test_scans_are_listed_newest_first(venue: SmallVenue) -> None:
    code = await venue.ticket()
    allowed = await venue.scan(code)
    refused = await venue.scan(code)
    assert await venue.database.read(services.list_scans, 10) == [refused, allowed]
    assert await venue.database.read(services.list_scans, 1) == [refused]
    passed = await venue.passed(allowed, "passed")
    assert await venue.database.read(services.list_scans, 10) == [refused, passed]


async def test_scan_and_passage_are_told_on_the_feed(venue: SmallVenue) -> None:
    code = await venue.ticket()
    wanted = wire.Scan(lane="side", code=code)
    scanned = await venue.database.commit(services.scan, wanted, venue.plugins, actor=GATE)
    (fact,) = scanned.facts
    assert (fact.kind, fact.subject) == ("admission.scanned", "lane/side")
    assert fact.data["result"] == "allowed"
    told = wire.Passed(scan_id=scanned.value.scan_id, outcome="passed")
    passed = await venue.database.commit(services.note_passage, told, actor=GATE)
    (fact,) = passed.facts
    assert (fact.kind, fact.data["passage"]) == ("admission.passed", "passed")
    again = await venue.database.commit(services.note_passage, told, actor=GATE)
    assert again.facts == []


@pytest.mark.sqlite
async def test_codes_are_stored_nowhere(venue: SmallVenue) -> None:
    code = await venue.ticket()
    await venue.scan(code)
    venue.database.close()
    data = b"".join(file.read_bytes() for file in venue.folder.iterdir())
    assert code[4:40].encode() not in data
    assert b"Letters from the Tide" in data


async def test_hook_venue_resolve_entries_tells_when_a_ticket_was_used(venue: SmallVenue) -> None:
    codes = await venue.print_codes(await venue.sell("a", "a"))
    venue.clock.turn(minutes=2)
    await venue.scan(codes[0])

    def used(view: View) -> dict[str, datetime]:
        return venue.plugins.resolve_entries(view, ["ticket/1", "ticket/2", "ticket/3"])

    assert await venue.database.read(used) == {"ticket/1": NOW + timedelta(minutes=2)}


async def test_hook_venue_resolve_medium_lets_a_plugin_own_a_code(venue: SmallVenue) -> None:
    """A plugin of members' cards: its card opens the gate as often as it says, then no more."""

    class Cards(VenueHooks):
        @hookimpl
        def venue_describe(self) -> PluginInfo:
            return PluginInfo("cards", "Members' cards", "0.1.0")

        @hookimpl
        def venue_resolve_medium(self, view: View, code: str) -> EntryRight | None:
            if not code.startswith("CARD-"):
                return None
            if code == "CARD-broken":
                raise RuntimeError("the card plugin has a fault")
            return EntryRight(f"card/{code[5:]}", 0, DOORS, END, title={"zh": "卡", "en": "Card"})

    venue.plugins.register("cards", Cards())
    decision = await venue.scan("CARD-7")
    assert (decision.result, decision.right_id) == ("allowed", "card/7")
    assert (await venue.scan("CARD-7")).code == "A-01"
    assert (await venue.scan(await venue.ticket())).result == "allowed"
    broken = await venue.scan("CARD-broken")
    assert (broken.code, broken.reason["en"]) == ("A-09", "This code is not known here.")
    assert await venue.violations() == []
