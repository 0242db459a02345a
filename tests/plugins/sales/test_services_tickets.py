"""Paper and codes: each ticket comes out once, and each code stands for one ticket."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec
import pytest
from venue_plugins.sales import wire
from venue_plugins.sales.domain.errors import PrinterJobUnknown, WrongState
from venue_plugins.sales.plugin import plugin
from venue_plugins.sales.services import reading
from venue_plugins.sales.services.tickets import PrintedElsewhere
from venue_plugins.sales.tables import TicketRow

from tests.plugins.sales.house import (
    ADULT,
    CASHIER,
    CHILD,
    GUEST,
    KIOSK,
    MANAGER,
    NOW,
    SLOT,
    TONIGHT,
    House,
    make_signer,
    want,
)
from venue_suite.audit.entries import read_rows
from venue_suite.database import View
from venue_suite.domain.errors import BadRequest, NotAllowed, NotFound, Refused
from venue_suite.ticket_tokens import TicketToken, TokenForeign, TokenNotRecognised, read_token


async def sell(house: House, count: int = 2) -> wire.Order:
    return await house.sell(want(ADULT, count), actor=CASHIER)


def codes(sheets: wire.PrintSheet) -> list[str]:
    return [str(sheet.values["token"]) for sheet in sheets.sheets if sheet.line_id]


def jobs(sheets: wire.PrintSheet) -> list[str]:
    return [sheet.job_id for sheet in sheets.sheets]


def receipts(sheets: wire.PrintSheet) -> list[wire.Sheet]:
    return [sheet for sheet in sheets.sheets if not sheet.line_id]


async def states(house: House, order: wire.Order) -> list[str]:
    seen = await house.read(reading.read_order, order.id)
    return [*(line.print_state for line in seen.lines), seen.receipt_state]


async def print_all(house: House, order: wire.Order) -> wire.PrintSheet:
    sheets = await house.start_print(order)
    await house.note_print(order, dict.fromkeys(jobs(sheets), "printed"))
    return sheets


# --- printing -----------------------------------------------------------------------------------


async def test_tickets_come_first_and_then_the_receipt(house: House) -> None:
    order = await sell(house)
    sheets = await house.start_print(order)
    assert [sheet.design for sheet in sheets.sheets] == [
        "ticket-80mm",
        "ticket-80mm",
        "receipt-80mm",
    ]
    assert [sheet.line_id for sheet in sheets.sheets] == [*(line.id for line in order.lines), 0]
    assert len(set(jobs(sheets))) == 3
    assert await states(house, order) == ["printing"] * 3
    keys = {house.signer.key_id: house.signer.public_key}
    tokens = [read_token(code, keys) for code in codes(sheets)]
    assert [token.generation for token in tokens] == [1, 1]
    assert {token.performance_id for token in tokens} == {TONIGHT}
    assert all(token.valid_from < token.valid_until for token in tokens)


async def test_lost_answer_is_given_again_word_for_word(house: House) -> None:
    order = await sell(house)
    first = await house.start_print(order, operation="op-1")
    again = await house.start_print(order, operation="op-1")
    assert bytes(first) == bytes(again)


async def test_sheets_that_nobody_spoke_about_are_given_again_with_the_same_codes(
    house: House,
) -> None:
    order = await sell(house)
    first = await house.start_print(order)
    again = await house.start_print(order)
    assert jobs(again) == jobs(first)
    assert codes(again) == codes(first)


async def test_what_is_printed_is_not_printed_again_by_itself(house: House) -> None:
    order = await sell(house)
    await print_all(house, order)
    assert await states(house, order) == ["printed"] * 3
    assert jobs(await house.start_print(order)) == []


async def test_what_may_be_printed_is_not_printed_again_by_itself(house: House) -> None:
    order = await sell(house)
    first = await house.start_print(order)
    await house.note_print(order, {jobs(first)[0]: "doubtful", jobs(first)[1]: "failed"})
    assert await states(house, order) == ["doubtful", "waiting", "printing"]
    again = await house.start_print(order)
    assert jobs(again) == jobs(first)[1:]
    assert codes(again) == codes(first)[1:]  # it did not come out: the same code is still alone


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (["printed", "failed"], "printed"),
        (["printed", "doubtful"], "printed"),
        (["doubtful", "failed"], "doubtful"),
        (["doubtful", "printed"], "printed"),
        (["failed", "printed"], "printed"),
        (["failed", "failed"], "waiting"),
    ],
)
async def test_later_words_never_make_a_second_paper(
    house: House, words: list[str], state: str
) -> None:
    order = await sell(house, 1)
    ticket, receipt = jobs(await house.start_print(order))
    for word in words:
        await house.note_print(order, {ticket: word, receipt: word})
    assert await states(house, order) == [state] * 2


async def test_receipt_is_printed_once_though_its_tickets_come_later(house: House) -> None:
    order = await sell(house, 1)
    ticket, receipt = jobs(await house.start_print(order))
    await house.note_print(order, {ticket: "failed", receipt: "printed"})
    assert jobs(await house.start_print(order)) == [ticket]


async def test_receipt_that_failed_can_be_had_when_the_tickets_are_out(house: House) -> None:
    order = await sell(house, 1)
    ticket, receipt = jobs(await house.start_print(order))
    await house.note_print(order, {ticket: "printed", receipt: "failed"})
    assert jobs(await house.start_print(order)) == [receipt]


async def test_doubtful_receipt_is_not_printed_again_by_itself(house: House) -> None:
    order = await sell(house, 1)
    ticket, receipt = jobs(await house.start_print(order))
    await house.note_print(order, {ticket: "printed", receipt: "doubtful"})
    assert jobs(await house.start_print(order)) == []


async def test_receipt_may_be_left_out_and_come_later(house: House) -> None:
    order = await sell(house)
    sheets = await house.start_print(order, receipt=False)
    assert receipts(sheets) == []
    assert (await states(house, order))[-1] == "waiting"
    assert len(receipts(await house.start_print(order))) == 1


async def test_order_for_nothing_has_tickets_and_no_receipt(house: House) -> None:
    order = await house.sell(want(GUEST), performance=SLOT)
    sheets = await house.start_print(order)
    assert len(sheets.sheets) == 1
    assert receipts(sheets) == []


@pytest.mark.parametrize("state", ["held", "released"])
async def test_only_paid_orders_have_paper(house: House, state: str) -> None:
    order = await house.place(want(ADULT))
    if state == "released":
        house.clock.turn(hours=1)
        await house.expire()
    with pytest.raises(WrongState):
        await house.start_print(order)
    with pytest.raises(WrongState):
        await house.start_print(order, actor=MANAGER, reprint=True)
    with pytest.raises(PrinterJobUnknown):
        await house.note_print(order, {f"receipt-{order.id + 1}-1": "printed"})


# --- two stations -------------------------------------------------------------------------------


async def test_two_stations_do_not_print_one_order_at_once(house: House) -> None:
    order = await sell(house)
    outcomes = await asyncio.gather(
        house.start_print(order, actor=KIOSK),
        house.start_print(order, actor=CASHIER),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], wire.PrintSheet)
    assert isinstance(outcomes[1], PrintedElsewhere)
    assert outcomes[1].params == {"station": "kiosk-1"}
    await house.start_print(order, actor=KIOSK)  # its own try again


async def test_other_station_prints_what_the_first_one_could_not(house: House) -> None:
    order = await sell(house)
    first = await house.start_print(order, actor=KIOSK)
    await house.note_print(order, dict.fromkeys(jobs(first), "failed"))
    assert jobs(await house.start_print(order, actor=CASHIER)) == jobs(first)


@pytest.mark.parametrize("word", ["failed", "doubtful"])
async def test_other_station_prints_the_rest_as_soon_as_the_first_ones_printer_stopped(
    house: House, word: str
) -> None:
    order = await sell(house, 3)
    first = await house.start_print(order, actor=KIOSK)
    told = {jobs(first)[0]: "printed", jobs(first)[1]: word}
    await house.note_print(order, told, actor=KIOSK)
    rest = jobs(first)[1:] if word == "failed" else jobs(first)[2:]
    assert jobs(await house.start_print(order, actor=CASHIER)) == rest


async def test_other_station_waits_while_sheet_after_sheet_comes_out(house: House) -> None:
    order = await sell(house)
    first = await house.start_print(order, actor=KIOSK)
    await house.note_print(order, {jobs(first)[0]: "printed"}, actor=KIOSK)
    with pytest.raises(PrintedElsewhere):
        await house.start_print(order, actor=CASHIER)


async def test_other_station_prints_when_the_first_one_has_been_silent(house: House) -> None:
    order = await sell(house)
    first = await house.start_print(order, actor=KIOSK)
    house.clock.turn(seconds=59)
    with pytest.raises(PrintedElsewhere):
        await house.start_print(order, actor=CASHIER)
    house.clock.turn(seconds=1)
    assert codes(await house.start_print(order, actor=CASHIER)) == codes(first)
    with pytest.raises(PrintedElsewhere):  # now it is the other's turn
        await house.start_print(order, actor=KIOSK)


async def test_manager_reprints_without_waiting(house: House) -> None:
    order = await sell(house)
    first = await house.start_print(order, actor=KIOSK)
    second = await house.start_print(order, actor=MANAGER, reprint=True)
    assert not set(codes(first)) & set(codes(second))


# --- reprints -----------------------------------------------------------------------------------


async def test_reprint_stands_in_the_audit_log(house: House) -> None:
    """A second paper is money: who made it, and which codes count now, is on record."""
    order = await sell(house)
    await house.start_print(order, actor=KIOSK)
    assert await house.read(read_rows, 1, 10) == []
    await house.start_print(order, actor=MANAGER, reprint=True)
    ((*values, _),) = await house.read(read_rows, 1, 10)
    assert values[2] == f"{MANAGER.kind}/{MANAGER.code}"
    assert values[6:8] == ["sales.reprint", f"order/{order.id}"]
    generations = msgspec.json.decode(values[10])["generations"]
    assert set(generations.values()) == {2}


async def test_reprint_needs_its_own_right(house: House) -> None:
    order = await sell(house)
    before = await print_all(house, order)
    for actor in (KIOSK, CASHIER):
        with pytest.raises(NotAllowed) as refused:
            await house.start_print(order, actor=actor, reprint=True)
        assert refused.value.params == {"permission": "sales.reprint"}
    assert (await house.read(plugin.venue_resolve_medium, codes(before)[0])).state == "valid"


async def test_reprint_has_new_codes_and_voids_the_old_ones(house: House) -> None:
    order = await sell(house)
    old = await print_all(house, order)
    new = await house.start_print(order, actor=MANAGER, reprint=True)
    assert len(new.sheets) == 3
    assert not set(jobs(old)) & set(jobs(new))
    for code in codes(old):
        assert (await house.read(plugin.venue_resolve_medium, code)).state == "reprinted"
    for code in codes(new):
        assert (await house.read(plugin.venue_resolve_medium, code)).state == "valid"
    assert {sheet.values["reprint"] for sheet in new.sheets if sheet.line_id} == {"补打 Reprint 1"}
    (receipt,) = receipts(new)
    assert receipt.values["copy"] == "副本 Copy 1"
    (told,) = house.told("sales.reprinted")
    assert (told.data["station"], told.data["staff"]) == ("window-2", "C03")
    assert await house.violations() == []


async def test_doubtful_ticket_comes_again_only_by_a_reprint(house: House) -> None:
    order = await sell(house, 1)
    first = await house.start_print(order)
    await house.note_print(order, dict.fromkeys(jobs(first), "doubtful"))
    assert jobs(await house.start_print(order)) == []
    (code,) = codes(await house.start_print(order, actor=MANAGER, reprint=True))
    assert code != codes(first)[0]
    assert (await house.read(plugin.venue_resolve_medium, codes(first)[0])).state == "reprinted"


async def test_word_about_void_paper_changes_nothing(house: House) -> None:
    order = await sell(house, 1)
    old = await house.start_print(order)
    new = await house.start_print(order, actor=MANAGER, reprint=True)
    told = dict.fromkeys(jobs(old), "printed") | {jobs(new)[0]: "failed"}
    await house.note_print(order, told)
    assert await states(house, order) == ["waiting", "printing"]
    assert jobs(await house.start_print(order, actor=MANAGER)) == jobs(new)


async def test_same_reprint_is_one_reprint(house: House) -> None:
    order = await sell(house, 1)
    first = await house.start_print(order, actor=MANAGER, operation="op-1", reprint=True)
    again = await house.start_print(order, actor=MANAGER, operation="op-1", reprint=True)
    assert bytes(first) == bytes(again)
    sheets = msgspec.json.decode(bytes(again), type=wire.PrintSheet)
    assert sheets.sheets[0].job_id == "ticket-1-2"


async def test_reprints_end_before_the_code_has_no_room_for_them(house: House) -> None:
    order = await sell(house, 1)
    await house.database.write(lambda work: TicketRow.update(generation=254).execute())
    await house.start_print(order, actor=MANAGER, reprint=True)
    with pytest.raises(Refused):
        await house.start_print(order, actor=MANAGER, reprint=True)


# --- reports of stations ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "job",
    [
        "ticket-999-1",
        "ticket-1-2",
        "receipt-1-9",
        "receipt-2-1",
        "ticket-1-x",
        "",
        "ticket-1",
        "ticket-١-1",
    ],
)
async def test_word_about_unknown_paper_is_refused(house: House, job: str) -> None:
    order = await sell(house, 1)
    known = jobs(await house.start_print(order))
    with pytest.raises(PrinterJobUnknown):
        await house.note_print(order, {known[0]: "printed", job: "printed"})
    assert await states(house, order) == ["printing"] * 2  # nothing of it was kept


async def test_word_that_no_printer_says_is_refused(house: House) -> None:
    order = await sell(house, 1)
    (job, _) = jobs(await house.start_print(order))
    with pytest.raises(BadRequest):
        await house.note_print(order, {job: "perhaps"})
    with pytest.raises(NotFound):
        await house.commit(lambda work: reading.read_order(work, 999))


async def test_everybody_hears_what_was_printed(house: House) -> None:
    order = await sell(house, 1)
    (ticket, receipt) = jobs(await house.start_print(order))
    await house.note_print(order, {ticket: "printed", receipt: "failed"})
    (told,) = house.told("sales.printed")
    assert told.data["results"] == {ticket: "printed", receipt: "waiting"}
    assert told.data["station"] == "kiosk-1"


# --- codes --------------------------------------------------------------------------------------


async def test_hook_venue_resolve_medium(house: House) -> None:
    order = await house.sell(want(ADULT, seats=[12]), want(CHILD, seats=[13]))
    first, second = codes(await house.start_print(order))
    right = await house.read(plugin.venue_resolve_medium, first)
    assert right.right_id == f"ticket/{int(order.lines[0].ticket_number)}"
    assert (right.performance_id, right.admits, right.state) == (TONIGHT, 1, "valid")
    assert right.valid_from > NOW
    assert right.title == {"zh": "潮汐", "en": "Tide"}
    assert right.detail == {"zh": "池座 2 排 4 座，成人", "en": "Stalls row 2 seat 4, Adult"}
    assert (await house.read(plugin.venue_resolve_medium, second)).ticket_type == "child"


async def test_ticket_without_a_seat_says_its_type(house: House) -> None:
    order = await house.sell(want(ADULT), performance=SLOT)
    (code,) = codes(await house.start_print(order))
    right = await house.read(plugin.venue_resolve_medium, code)
    assert right.detail == {"zh": "成人", "en": "Adult"}


@pytest.mark.parametrize("code", ["", "4006381333931", "vs1:abc", "MC1:1", "\x00", "票"])
async def test_other_codes_are_left_to_others(house: House, code: str) -> None:
    assert await house.read(plugin.venue_resolve_medium, code) is None


@pytest.mark.parametrize("code", ["VS1:", "VS1:" + "0" * 134, "VS1:" + "票" * 134, "VS1:A" * 9])
async def test_broken_codes_are_refused(house: House, code: str) -> None:
    with pytest.raises(TokenNotRecognised):
        await house.read(plugin.venue_resolve_medium, code)


async def test_codes_of_other_venues_are_refused(house: House) -> None:
    order = await sell(house, 1)
    token = TicketToken(1, 1, TONIGHT, NOW, NOW)
    with pytest.raises(TokenForeign):
        await house.read(plugin.venue_resolve_medium, make_signer(2).sign(token))
    # Signed with our key by another copy of our data: that ticket was never sold here.
    unsold = TicketToken(int(order.lines[0].ticket_number) + 1, 1, TONIGHT, NOW, NOW)
    with pytest.raises(TokenForeign):
        await house.read(plugin.venue_resolve_medium, house.signer.sign(unsold))


async def test_order_is_found_by_the_code_on_its_ticket(house: House) -> None:
    await sell(house)
    order = await sell(house)
    code = codes(await print_all(house, order))[0]
    assert [one.id for one in await house.read(reading.find_orders, code)] == [order.id]
    assert await house.read(reading.find_orders, code[:-1]) == []
    assert await house.read(reading.find_orders, "VS1:HELLO") == []


async def test_order_shows_which_tickets_were_used_and_when(house: House) -> None:
    order = await sell(house)
    used = [f"ticket/{int(line.ticket_number)}" for line in order.lines]

    def entries(view: View, right_ids: Sequence[str]) -> dict[str, datetime]:
        assert right_ids == used
        return {used[1]: NOW}

    seen = await house.read(reading.read_order, order.id, entries)
    assert [(line.ticket_state, line.entered_at) for line in seen.lines] == [
        ("valid", None),
        ("entered", NOW),
    ]
