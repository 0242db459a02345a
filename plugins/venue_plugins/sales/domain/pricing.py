"""What an order costs, with the reason for every amount. Whole minor units throughout.

Rules of the house:

- A ticket takes part in one promotion at most. The order of the rules is the one that comes out
  cheapest for the visitor; among equals, the alphabetical one of their codes.
- Shares are rounded half up to the minor unit: a promotion's percentage on what it takes off, and
  the tax contained in the total of each rate: tax = total * rate / (1 + rate).
- A promotion never takes more than the tickets it uses cost, so no ticket and no order goes below
  zero.
- The order in which tickets stand in the request changes nothing but the order of `net_minor`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from venue_plugins.sales.domain.promotions import (
    FULL_BP,
    PricedTicket,
    Promotion,
    Reduction,
    find_reductions,
)
from venue_suite.domain.localized import Localized
from venue_suite.domain.money import Currency

TICKETS = "tickets"
PROMOTION = "promotion"
FEE = "fee"

# More rules at once than this are tried in one order only: six would be 720 orders for one price.
PERMUTED_RULES = 5


@dataclass(frozen=True, slots=True)
class PriceRequest:
    """What is to be priced.

    Attributes:
        tickets: at least one.
        weekday: of the performance's start in the venue's zone, 1 is Monday.
        channel: `counter`, `kiosk` ...
        currency: for the sentences.
        type_names: code of a ticket type -> its name.
        event: code of the event.
        fee_minor: service fee of the whole order, tax included at `fee_tax_bp`.
    """

    tickets: tuple[PricedTicket, ...]
    weekday: int
    channel: str
    currency: Currency
    type_names: Mapping[str, Localized]
    event: str = ""
    fee_minor: int = 0
    fee_tax_bp: int = 0


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of the explanation.

    Attributes:
        text: what ("成人票", "Weekend family offer").
        detail: why this much ("1 × ¥190 (half price)", the rule of a promotion).
        count: how many tickets, or how often a promotion applied.
        unit_minor: the amount of one; 0 if they differ.
        amount_minor: negative for promotions.
        kind: `tickets`, `promotion` or `fee`.
    """

    text: Localized
    detail: Localized
    count: int
    unit_minor: int
    amount_minor: int
    kind: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A price that explains itself.

    Attributes:
        lines: tickets (dearest first), promotions, then the fee, which is said even if it is none.
        total_minor: their sum.
        tax_included_minor: rate in basis points -> tax contained in the total.
        net_minor: what each ticket of the request really costs after promotions, fee excluded.
    """

    lines: tuple[QuoteLine, ...]
    total_minor: int
    tax_included_minor: dict[int, int] = field(default_factory=dict)
    net_minor: tuple[int, ...] = ()


def quote(request: PriceRequest, promotions: Iterable[Promotion] = ()) -> Quote:
    """Price an order.

    Args:
        promotions: all rules of the venue; those whose conditions don't hold are left out here.

    Raises:
        ValueError: if there are no tickets, or a price or the fee is negative.
    """
    if not request.tickets or request.fee_minor < 0:
        raise ValueError("an order has tickets, and a fee of zero or more")
    if any(ticket.unit_minor < 0 for ticket in request.tickets):
        raise ValueError("a ticket costs zero or more")
    used = _choose_reductions(request, promotions)
    net = [ticket.unit_minor for ticket in request.tickets]
    for _, reductions in used:
        for reduction in reductions:
            for index, off_minor in zip(reduction.tickets, reduction.off_minor, strict=True):
                net[index] -= off_minor
    lines = (
        *_ticket_lines(request),
        *(_promotion_line(promotion, reductions) for promotion, reductions in used),
        _fee_line(request),
    )
    return Quote(
        lines=lines,
        total_minor=sum(line.amount_minor for line in lines),
        tax_included_minor=_tax(request, net),
        net_minor=tuple(net),
    )


def contained_tax(total_minor: int, rate_bp: int) -> int:
    """The tax inside an amount that includes it, half a minor unit rounded up."""
    whole = FULL_BP + rate_bp
    return (total_minor * rate_bp * 2 + whole) // (2 * whole)


Uses = list[tuple[Promotion, list[Reduction]]]


def _choose_reductions(request: PriceRequest, promotions: Iterable[Promotion]) -> Uses:
    """The uses of the rules that take most off."""
    holding = sorted(
        (
            promotion
            for promotion in promotions
            if promotion.conditions.hold(request.weekday, request.channel, request.event)
        ),
        key=lambda promotion: promotion.code,
    )
    orders: Iterable[Sequence[Promotion]] = (
        permutations(holding) if len(holding) <= PERMUTED_RULES else [holding]
    )
    best: Uses = []
    best_minor = 0
    for order in orders:
        uses = _apply(request.tickets, order)
        off_minor = sum(use.total_minor for _, reductions in uses for use in reductions)
        if off_minor > best_minor:
            best, best_minor = uses, off_minor
    return sorted(best, key=lambda use: use[0].code)


def _apply(tickets: Sequence[PricedTicket], order: Sequence[Promotion]) -> Uses:
    free = sorted(range(len(tickets)), key=lambda index: (*_rank(tickets[index]), index))
    uses: Uses = []
    for promotion in order:
        reductions = find_reductions(promotion, tickets, free)
        if reductions:
            uses.append((promotion, reductions))
            taken = {index for reduction in reductions for index in reduction.tickets}
            free = [index for index in free if index not in taken]
    return uses


def _rank(ticket: PricedTicket) -> tuple[int, str, str, int, int]:
    """Dearest first; the rest only makes the order the same every time."""
    return -ticket.unit_minor, ticket.type_code, ticket.tier, ticket.full_minor, ticket.tax_bp


def _ticket_lines(request: PriceRequest) -> list[QuoteLine]:
    counts: dict[tuple[str, int, int], int] = {}
    for ticket in sorted(request.tickets, key=_rank):
        key = ticket.type_code, ticket.unit_minor, ticket.full_minor
        counts[key] = counts.get(key, 0) + 1
    return [
        QuoteLine(
            text=_type_text(request.type_names.get(type_code, {}), type_code),
            detail=_ticket_detail(count, unit_minor, full_minor, request.currency),
            count=count,
            unit_minor=unit_minor,
            amount_minor=count * unit_minor,
            kind=TICKETS,
        )
        for (type_code, unit_minor, full_minor), count in counts.items()
    ]


def _type_text(name: Localized, type_code: str) -> Localized:
    """A type's name as it stands in a sum: Chinese says 成人票 there, 成人 on a button."""
    zh = name.get("zh", type_code)
    return {**name, "zh": zh if zh.endswith("票") else f"{zh}票", "en": name.get("en", type_code)}


def _ticket_detail(count: int, unit_minor: int, full_minor: int, currency: Currency) -> Localized:
    sum_text = f"{count} × {currency.format(unit_minor, short=True)}"
    reduced = _explain_reduced(unit_minor, full_minor)
    return {
        "zh": sum_text + (f"（{reduced['zh']}）" if reduced else ""),
        "en": sum_text + (f" ({reduced['en']})" if reduced else ""),
    }


def _explain_reduced(unit_minor: int, full_minor: int) -> Localized:
    """How a price relates to the adult one; empty if it is that or no whole share of it."""
    if unit_minor >= full_minor:
        return {}
    if unit_minor == 0:
        return {"zh": "免费", "en": "free"}
    if unit_minor * 2 == full_minor:
        return {"zh": "成人价的一半", "en": "half price"}
    percent, rest = divmod(unit_minor * 100, full_minor)
    if rest:
        return {}
    return {"zh": f"成人价的 {percent}%", "en": f"{percent}% of the adult price"}


def _promotion_line(promotion: Promotion, reductions: Sequence[Reduction]) -> QuoteLine:
    amounts = [reduction.total_minor for reduction in reductions]
    return QuoteLine(
        text=promotion.name,
        detail=promotion.rule,
        count=len(amounts),
        unit_minor=-amounts[0] if len(set(amounts)) == 1 else 0,
        amount_minor=-sum(amounts),
        kind=PROMOTION,
    )


def _fee_line(request: PriceRequest) -> QuoteLine:
    amount = request.currency.format(request.fee_minor, short=True)
    return QuoteLine(
        text={"zh": "服务费", "en": "Service fee"},
        detail=(
            {"zh": f"每单 {amount}", "en": f"{amount} an order"}
            if request.fee_minor
            else {"zh": "无", "en": "none"}
        ),
        count=1,
        unit_minor=request.fee_minor,
        amount_minor=request.fee_minor,
        kind=FEE,
    )


def _tax(request: PriceRequest, net: Sequence[int]) -> dict[int, int]:
    """Tax contained, by rate; rates of zero are left out."""
    totals: dict[int, int] = {}
    for ticket, amount_minor in zip(request.tickets, net, strict=True):
        totals[ticket.tax_bp] = totals.get(ticket.tax_bp, 0) + amount_minor
    totals[request.fee_tax_bp] = totals.get(request.fee_tax_bp, 0) + request.fee_minor
    return {rate: contained_tax(total, rate) for rate, total in sorted(totals.items()) if rate}
