"""What stands on a ticket and a receipt: final texts for the paper designs.

Papers show both languages, the visitor's first; where there is room for one, it is the visitor's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from venue_plugins.sales import wire
from venue_suite.domain.localized import Localized, localized
from venue_suite.domain.money import Currency
from venue_suite.settings import VenueIdentity
from venue_suite.wording import format_date, format_moment, format_time

TENDERS = {"cash": "现金 Cash", "qr": "扫码支付 QR payment"}
MINUS = "−"


@dataclass(frozen=True, slots=True)
class TicketPaper:
    """What a ticket's paper has beside its order: its code, which paper it is, when doors open."""

    token: str
    generation: int
    doors_at: datetime


def ticket_values(
    order: wire.Order, line: wire.OrderLine, venue: VenueIdentity, paper: TicketPaper
) -> dict[str, object]:
    """The fields of the design `ticket-80mm`."""
    zone, card = venue.zone, order.performance
    starts = card.starts_at.astimezone(zone)
    doors = format_time(paper.doors_at, zone)
    reprints = paper.generation - 1
    values: dict[str, object] = {
        "first_language": order.language,
        **_both("venue", venue.name),
        **_both("title", card.title),
        **_both("hall", card.hall),
        "year": str(starts.year),
        "date_zh": format_date(starts.date(), "zh"),
        "date_en": format_date(starts.date(), "en"),
        "time": format_time(card.starts_at, zone),
        "type_zh": _ticket_word(localized(line.ticket_type, "zh")),
        "type_en": line.ticket_type.get("en", ""),
        "price": Currency(order.currency).format(line.price_minor),
        "doors_zh": f"{doors} 起入场",
        "doors_en": f"Doors {doors}",
        "token": paper.token,
        "ticket_number": line.ticket_number,
        "order_number": order.number,
        "sold_line": _sold_line(order, venue),
        "notice_zh": "首次扫码有效，转发、复印件会被拒绝。",
        "notice_en": "First scan counts; copies are refused.",
        "terms_zh": "遗失凭订单号补打，旧票作废。",
        "terms_en": "Lost? We reprint by order number; the old ticket is void.",
        "footer_left": localized(venue.address, order.language),
        "footer_right": venue.phone,
        "reprint": f"补打 Reprint {reprints}" if reprints else "",
    }
    return values | (_seat(order, line) if line.seat_id else _open_place(order, venue))


def receipt_values(order: wire.Order, venue: VenueIdentity, *, copy: int = 0) -> dict[str, object]:
    """The fields of the design `receipt-80mm`. `copy`: 0 is the first paper, 1 its first copy."""
    money = Currency(order.currency)
    paid = [one for one in order.payments if one.state == "paid" and not one.late]
    cash = [one for one in paid if one.tender == "cash"]
    return {
        "first_language": order.language,
        **_both("venue", venue.name),
        **_both("title", order.performance.title),
        "address": localized(venue.address, order.language),
        "phone": venue.phone,
        "order_number": order.number,
        "sold_at": format_moment(order.paid_at or order.placed_at, venue.zone),
        "sold_line": " · ".join(filter(None, (order.station, order.staff))),
        "performance_line": _performance_line(order, venue),
        "lines": [
            _price_row(one, money)
            for one in order.prices
            if one.kind == "tickets" or one.amount_minor
        ],
        "total": money.format(order.total_minor),
        "tenders": [
            {
                "name": TENDERS.get(one.tender, one.tender),
                "amount": money.format_plain(one.amount_minor),
            }
            for one in paid
        ],
        "received": money.format_plain(sum(one.received_minor for one in cash)) if cash else "",
        "change": money.format_plain(sum(one.change_minor for one in cash)) if cash else "",
        "tax": _tax_line(order, venue, money),
        "notice_zh": "本小票不是发票，不作报销凭证。",
        "notice_en": "Not a tax invoice.",
        "closing": f"凭订单号 {order.number} 查询 · 谢谢光临 Thank you",
        "number": order.number,
        "copy": f"副本 Copy {copy}" if copy else "",
    }


def _both(name: str, texts: Localized) -> dict[str, str]:
    """Fields of a name in both languages; a name in one language only stands first, alone."""
    first = localized(texts, "zh")
    english = texts.get("en", "")
    return {f"{name}_zh": first, f"{name}_en": english if english != first else ""}


def _ticket_word(name: str) -> str:
    """A type's name as it stands alone: 成人票, 轮椅及陪同票; names in letters stay as they are."""
    return name if name.endswith("票") or name.isascii() else f"{name}票"


def _sold_line(order: wire.Order, venue: VenueIdentity) -> str:
    sold_at = (order.paid_at or order.placed_at).astimezone(venue.zone)
    seller = " ".join(filter(None, (order.station, order.staff)))
    return " · ".join(filter(None, (seller, sold_at.strftime("%m-%d %H:%M"))))


def _seat(order: wire.Order, line: wire.OrderLine) -> dict[str, object]:
    level = localized(line.section, order.language)
    return {"level": level, "row": line.row, "seat": line.number}


def _open_place(order: wire.Order, venue: VenueIdentity) -> dict[str, object]:
    start = format_time(order.performance.starts_at, venue.zone)
    end = format_time(order.performance.ends_at, venue.zone)
    return {"place_zh": "自由入场", "place_en": "Free entry", "slot": f"{start}–{end}"}


def _performance_line(order: wire.Order, venue: VenueIdentity) -> str:
    card, language = order.performance, order.language
    day = format_date(card.starts_at.astimezone(venue.zone).date(), language)
    return f"{day} {format_time(card.starts_at, venue.zone)} {localized(card.hall, language)}"


def _tax_line(order: wire.Order, venue: VenueIdentity, money: Currency) -> str:
    rate = f"{venue.tax_basis_points / 100:g}%"
    amount = money.format_plain(order.tax_included_minor)
    if order.language == "en":
        return f"Tax included, {rate}: {amount}"
    return f"含增值税 {rate}：{amount}"


def _price_row(line: wire.PriceLine, money: Currency) -> dict[str, str]:
    names = " ".join(dict.fromkeys(filter(None, (line.text.get("zh"), line.text.get("en")))))
    count = ""
    if line.kind == "tickets":
        count = f"{line.count} × {money.format_plain(line.unit_minor)}"
    amount = money.format_plain(line.amount_minor).replace("-", MINUS)
    return {"name": names, "count": count, "amount": amount, "detail": ""}
