"""What an order should hold after a step at the counter. Pure: from an order to what is wanted.

The server decides whether it is possible and what it costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from venue_plugins.sales.terminal.sell_line import Group, LineUnclear
from venue_plugins.sales.wire import Order, OrderLine, PriceLine, TicketType, Wanted


@dataclass(frozen=True, slots=True)
class CartGroup:
    """Tickets of one type, as the screen lists them, with what they cost before promotions."""

    type_id: int
    lines: tuple[OrderLine, ...]
    amount_minor: int


def group_lines(lines: Sequence[OrderLine]) -> list[CartGroup]:
    """One group a ticket type, in the order in which they were taken, at what they really cost."""
    found: dict[int, list[OrderLine]] = {}
    for line in lines:
        found.setdefault(line.ticket_type_id, []).append(line)
    return [
        CartGroup(type_id, tuple(some), sum(line.price_minor for line in some))
        for type_id, some in found.items()
    ]


def price_groups(
    order: Order, types: Sequence[TicketType]
) -> tuple[list[CartGroup], list[PriceLine]]:
    """How an order's total comes about: tickets at their listed prices, then promotions and fees.

    Where the listed prices are not known (another price list since), the tickets stand at what they
    really cost and nothing needs to be added.
    """
    extras = [line for line in order.prices if line.kind != "tickets" and line.amount_minor]
    listed = {one.id: one.prices_minor for one in types}
    groups = [
        replace(
            group,
            amount_minor=sum(
                listed.get(group.type_id, {}).get(line.tier, 0) for line in group.lines
            ),
        )
        for group in group_lines(order.lines)
    ]
    shown_minor = sum(one.amount_minor for one in groups)
    shown_minor += sum(one.amount_minor for one in extras)
    return (groups, extras) if shown_minor == order.total_minor else (group_lines(order.lines), [])


def find_type(types: Sequence[TicketType], letter: str) -> TicketType:
    """The ticket type of a letter; no letter means the first.

    Raises:
        LineUnclear: there is no such type on sale.
    """
    if not types:
        raise LineUnclear("There are no ticket types on sale for this show.")
    if not letter:
        return types[0]
    for one in types:
        if one.code.casefold() == letter:
            return one
    raise LineUnclear("No ticket type has the letter {letter}.", letter=letter)


def kept(lines: Sequence[OrderLine]) -> list[Wanted]:
    """Exactly what these lines hold."""
    return [
        Wanted(
            ticket_type_id=group.type_id,
            count=len(group.lines),
            seat_ids=[line.seat_id for line in group.lines if line.seat_id],
        )
        for group in group_lines(lines)
    ]


def wanted_more(
    lines: Sequence[OrderLine],
    types: Sequence[TicketType],
    groups: Sequence[Group],
    seat_ids: Sequence[int] = (),
) -> list[Wanted]:
    """What is held now, and these groups too.

    `seat_ids` are dealt out to the groups in their order. Without them the server chooses the best
    seats for the whole cart, so that all sit together.
    """
    wanted, seats = kept(lines) if seat_ids else wanted_anew(lines), list(seat_ids)
    for group in groups:
        taken, seats = seats[: group.count], seats[group.count :]
        kind = find_type(types, group.letter)
        wanted.append(Wanted(ticket_type_id=kind.id, count=group.count, seat_ids=taken))
    return wanted


def wanted_less(
    lines: Sequence[OrderLine], types: Sequence[TicketType], groups: Sequence[Group]
) -> list[Wanted]:
    """What is held now without these groups, the last taken first; empty if nothing is left.

    Raises:
        LineUnclear: fewer are in the cart.
    """
    left = list(lines)
    for group in groups:
        kind = find_type(types, group.letter)
        for _ in range(group.count):
            of_kind = [line for line in left if line.ticket_type_id == kind.id]
            if not of_kind:
                raise LineUnclear("There are fewer of them in the cart.")
            left.remove(of_kind[-1])
    return kept(left)


def wanted_without_last_group(lines: Sequence[OrderLine]) -> list[Wanted]:
    """What is held now without the line of the cart that stands last."""
    return [wanted for group in group_lines(lines)[:-1] for wanted in kept(group.lines)]


def wanted_anew(lines: Sequence[OrderLine]) -> list[Wanted]:
    """As many of each type, on seats of the server's choice."""
    return [
        Wanted(ticket_type_id=group.type_id, count=len(group.lines)) for group in group_lines(lines)
    ]


def seat_words(lines: Sequence[OrderLine]) -> list[tuple[OrderLine, list[str]]]:
    """The seats of some lines by row: (a line of the row, the seat numbers)."""
    rows: dict[tuple[str, str], tuple[OrderLine, list[str]]] = {}
    for line in lines:
        if line.seat_id:
            key = (str(line.section), line.row)
            rows.setdefault(key, (line, []))[1].append(line.number)
    return list(rows.values())
