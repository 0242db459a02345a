"""What stands on a ticket and a receipt: final texts, in both languages, for the paper designs."""

from __future__ import annotations

from datetime import datetime

from venue_plugins.sales import wire
from venue_suite.domain.money import Currency
from venue_suite.settings import VenueIdentity
from venue_suite.wording import format_date, format_moment, format_time

TENDERS = {"cash": "现金 Cash", "qr": "扫码支付 QR payment"}


def ticket_values(
    order: wire.Order,
    line: wire.OrderLine,
    venue: VenueIdentity,
    token: str,
    generation: int,
    doors_at: datetime,
) -> dict[str, object]:
    """The fields of the design `ticket-80mm`."""
    zone, card = venue.zone, order.performance
    starts = card.starts_at.astimezone(zone)
    doors = format_time(doors_at, zone)
    values: dict[str, object] = {
        **_both("venue", venue.name),
        **_both("title", card.title),
        **_both("hall", card.hall),
        "year": str(starts.year),
        "date_zh": format_date(starts.date(), "zh"),
        "date_en": format_date(starts.date(), "en"),
        "time": format_time(card.starts_at, zone),
        "type_zh": _ticket_word(line.ticket_type.get("zh", "")),
        "type_en": line.ticket_type.get("en", ""),
        "price": Currency(order.currency).format(line.price_minor),
        "doors_zh": f"{doors} 起入场",
        "doors_en": f"Doors {doors}",
        "token": token,
        "ticket_number": line.ticket_number,
        "order_number": order.number,
        "sold_line": _sold_line(order, venue),
        "notice_zh": "首次扫码有效，转发、复印件会被拒绝。",
        "notice_en": "First scan counts; copies are refused.",
        "terms_zh": "遗失凭订单号补打，旧票作废。",
        "terms_en": "Lost? We reprint by order number; the old ticket is void.",
        "footer_left": venue.address.get("zh", ""),
        "footer_right": venue.phone,
        "reprint": f"补打 {generation}" if generation > 1 else "",
    }
    return values | (_seat(line) if line.seat_id else _open_place(order, venue))


def receipt_values(order: wire.Order, venue: VenueIdentity) -> dict[str, object]:
    """The fields of the design `receipt-80mm`."""
    zone, card = venue.zone, order.performance
    money = Currency(order.currency)
    starts = card.starts_at.astimezone(zone)
    paid_at = order.paid_at or order.placed_at
    cash = [one for one in order.payments if one.state == "paid" and one.tender == "cash"]
    return {
        **_both("venue", venue.name),
        **_both("title", card.title),
        "address": venue.address.get("zh", ""),
        "phone": venue.phone,
        "order_number": order.number,
        "sold_at": format_moment(paid_at, zone),
        "sold_line": " · ".join(filter(None, (order.station, order.staff))),
        "performance_line": (
            f"{format_date(starts.date(), 'zh')} {format_time(card.starts_at, zone)} "
            f"{card.hall.get('zh', '')}"
        ),
        "lines": [_price_row(one, money) for one in order.prices if one.amount_minor],
        "total": money.format(order.total_minor),
        "tenders": [
            {
                "name": TENDERS.get(one.tender, one.tender),
                "amount": money.format_plain(one.amount_minor),
            }
            for one in order.payments
            if one.state == "paid"
        ],
        "received": money.format_plain(sum(one.received_minor for one in cash)) if cash else "",
        "change": money.format_plain(sum(one.change_minor for one in cash)) if cash else "",
        "tax": (
            f"含增值税 {venue.tax_basis_points / 100:g}%："
            f"{money.format_plain(order.tax_included_minor)}"
        ),
        "notice_zh": "本小票不是发票，不作报销凭证。",
        "notice_en": "Not a tax invoice.",
        "closing": f"凭订单号 {order.number} 查询 · 谢谢光临 Thank you",
        "number": order.number,
    }


def _both(name: str, texts: dict[str, str]) -> dict[str, str]:
    return {f"{name}_zh": texts.get("zh", ""), f"{name}_en": texts.get("en", "")}


def _ticket_word(name: str) -> str:
    return name if name.endswith("票") else f"{name}票"


def _sold_line(order: wire.Order, venue: VenueIdentity) -> str:
    sold_at = (order.paid_at or order.placed_at).astimezone(venue.zone)
    seller = " ".join(filter(None, (order.station, order.staff)))
    return " · ".join(filter(None, (seller, sold_at.strftime("%m-%d %H:%M"))))


def _seat(line: wire.OrderLine) -> dict[str, object]:
    level = line.section.get("zh", "")
    return {"level": level, "row": line.row, "seat": line.number}


def _open_place(order: wire.Order, venue: VenueIdentity) -> dict[str, object]:
    start = format_time(order.performance.starts_at, venue.zone)
    end = format_time(order.performance.ends_at, venue.zone)
    return {"place_zh": "自由入场", "place_en": "Free entry", "slot": f"{start}–{end}"}


def _price_row(line: wire.PriceLine, money: Currency) -> dict[str, str]:
    names = " ".join(dict.fromkeys(filter(None, (line.text.get("zh"), line.text.get("en")))))
    count = ""
    if line.kind == "tickets":
        count = f"{line.count} × {money.format_plain(line.unit_minor)}"
    amount = money.format_plain(line.amount_minor).replace("-", "−")
    return {"name": names, "count": count, "amount": amount, "detail": ""}
