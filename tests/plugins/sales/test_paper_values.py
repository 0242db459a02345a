"""What stands on the papers of real orders, and that the designs take it."""

from __future__ import annotations

import io
from typing import Any

import pytest
import zxingcpp
from msgspec.structs import replace
from PIL import Image
from venue_plugins.sales import wire
from venue_plugins.sales.services import catalogue, payments

from tests.plugins.sales.house import (
    ADULT,
    CASHIER,
    CHILD,
    GUEST,
    MANAGER,
    SLOT,
    House,
    want,
)
from venue_suite.paper import raster_to_png, render_sheet
from venue_suite.settings import VENUE_KEY, put_setting, read_identity


async def papers(house: House, order: wire.Order, **how: Any) -> dict[str, dict[str, object]]:
    """Ticket or receipt -> values, of an order with one ticket."""
    sheets = await house.start_print(order, **how)
    return {"ticket" if sheet.line_id else "receipt": sheet.values for sheet in sheets.sheets}


def read_code(values: dict[str, object], width_dots: int = 576) -> str:
    png = raster_to_png(render_sheet("ticket-80mm", values, width_dots))
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))
    return str(found.text)


async def test_ticket_says_where_and_when_in_venue_time(house: House) -> None:
    order = await house.sell(want(ADULT, seats=[12]), actor=CASHIER)
    ticket = (await papers(house, order))["ticket"]
    assert ticket["title_zh"] == "潮汐"
    assert (ticket["date_zh"], ticket["date_en"]) == ("11月27日 周五", "Fri 27 Nov")
    assert (ticket["time"], ticket["doors_en"]) == ("19:30", "Doors 19:00")
    assert (ticket["level"], ticket["row"], ticket["seat"]) == ("池座", "2", "4")
    assert (ticket["type_zh"], ticket["type_en"]) == ("成人票", "Adult")
    assert ticket["price"] == "¥60.00"
    assert ticket["order_number"] == order.number
    assert ticket["ticket_number"] == order.lines[0].ticket_number
    assert ticket["sold_line"] == "window-1 C01 · 11-27 18:00"
    assert "place_zh" not in ticket
    assert ticket["reprint"] == ""


async def test_ticket_without_a_seat_says_its_slot(house: House) -> None:
    order = await house.sell(want(ADULT), performance=SLOT)
    ticket = (await papers(house, order))["ticket"]
    assert "seat" not in ticket
    assert ticket["slot"] == "18:30–20:30"
    assert (ticket["place_zh"], ticket["place_en"]) == ("自由入场", "Free entry")


async def test_receipt_says_what_was_paid_and_how(house: House) -> None:
    order = await house.place(want(ADULT, 2), want(CHILD), actor=CASHIER)
    paid = wire.PayCash(received_minor=20000)
    order = await house.commit(payments.pay_cash, order.id, paid, actor=CASHIER)
    receipt = (await papers(house, order))["receipt"]
    assert receipt["lines"] == [
        {"name": "成人票 Adult", "count": "2 × 60.00", "amount": "120.00", "detail": ""},
        {"name": "儿童票 Child", "count": "1 × 30.00", "amount": "30.00", "detail": ""},
    ]
    assert receipt["total"] == "¥150.00"
    assert receipt["tenders"] == [{"name": "现金 Cash", "amount": "150.00"}]
    assert (receipt["received"], receipt["change"]) == ("200.00", "50.00")
    assert receipt["tax"] == "含增值税 3%：4.37"
    assert receipt["sold_at"] == "2026-11-27 18:00:00"
    assert receipt["performance_line"] == "11月27日 周五 19:30 大厅"
    assert receipt["copy"] == ""


async def test_free_tickets_stand_on_the_receipt_of_the_others(house: House) -> None:
    order = await house.sell(want(ADULT), want(GUEST), performance=SLOT)
    receipt = (await papers(house, order))["receipt"]
    assert [row["amount"] for row in receipt["lines"]] == ["40.00", "0.00"]  # type: ignore[attr-defined]


async def test_promotion_stands_on_the_receipt(theatre: House) -> None:
    """Saturday night at the sample venue: an adult with a child."""
    events = await theatre.read(catalogue.list_events)
    (camellia,) = [one for one in events if one.title["en"] == "The Camellia Tale"]
    order = await theatre.sell(want(1), want(3), performance=camellia.next_performance_id)
    receipt = (await papers(theatre, order))["receipt"]
    assert receipt["lines"][-1] == {  # type: ignore[index]
        "name": "周末亲子优惠 Weekend family offer",
        "count": "",
        "amount": "−38.00",
        "detail": "",
    }
    render_sheet("receipt-80mm", receipt, 576)


async def test_visitors_language_comes_first(house: House) -> None:
    order = await house.place(want(ADULT, seats=[12]), language="en")
    order = await house.pay(order)
    values = await papers(house, order)
    assert values["ticket"]["first_language"] == "en"
    assert values["ticket"]["level"] == "Stalls"
    assert values["receipt"]["performance_line"] == "Fri 27 Nov 19:30 Main hall"
    assert values["receipt"]["tax"] == "Tax included, 3%: 1.75"


@pytest.mark.parametrize("names", [{"en": "Only English"}, {"zh": "只有中文"}])
async def test_name_in_one_language_is_enough(house: House, names: dict[str, str]) -> None:
    def rename(work: Any) -> None:
        put_setting(work, VENUE_KEY, replace(read_identity(work), name=names, address=names))

    await house.database.write(rename)
    order = await house.sell(want(ADULT))
    for name, values in (await papers(house, order)).items():
        assert values["venue_zh"] == next(iter(names.values()))
        assert values["venue_en"] == ""
        render_sheet(f"{name}-80mm", values, 576)


@pytest.mark.parametrize("language", ["zh", "en", "fr", ""])
@pytest.mark.parametrize("width_dots", [384, 576])
async def test_designs_take_the_values_and_the_code_can_be_scanned(
    house: House, language: str, width_dots: int
) -> None:
    order = await house.place(want(ADULT), performance=SLOT, language=language)
    order = await house.pay(order)
    values = await papers(house, order)
    assert read_code(values["ticket"], width_dots) == values["ticket"]["token"]
    render_sheet("receipt-80mm", values["receipt"], width_dots)
    again = await papers(house, order, actor=MANAGER, reprint=True)
    assert read_code(again["ticket"], width_dots) == again["ticket"]["token"]
    render_sheet("receipt-80mm", again["receipt"], width_dots)
