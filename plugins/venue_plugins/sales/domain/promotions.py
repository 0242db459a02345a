"""Price rules as data: what a rule needs, and what it takes off which ticket.

A rule is stored as a mapping (JSON, TOML) and read by `read_promotion`:

    code = "weekend-family"
    kind = "together"            # one of each of `parts`, bought together
    parts = [["a"], ["c"]]       # ticket type codes: an adult and a child
    amount_minor = 3800          # off each pair; or percent_bp = 1000 for 10 %
    weekdays = [6, 7]            # of the performance, Monday is 1; left out: any day
    channels = ["counter"]       # left out: all
    events = ["tide"]            # codes of events; left out: all
    name = {zh = "周末亲子优惠", en = "Weekend family offer"}
    rule = {zh = "周六、周日，一大一小同行，减 ¥38", en = "..."}

    kind = "every_nth"           # of each `nth` tickets, dearest first, the last is cheaper
    nth = 3
    percent_bp = 5000
    types = ["a", "c"]           # which ticket types count; left out: all
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from venue_suite.domain.errors import ConfigInvalid
from venue_suite.domain.localized import Localized

TOGETHER = "together"
EVERY_NTH = "every_nth"
FULL_BP = 10_000  # basis points of one whole


@dataclass(frozen=True, slots=True)
class PricedTicket:
    """One ticket of an order with the price of its type and tier.

    Attributes:
        type_code, tier: letter of the ticket type, code of the tier.
        unit_minor: what it costs before promotions, tax included; not negative.
        full_minor: the adult price of that tier, to explain a reduced one; 0 if there is none.
        tax_bp: rate of the tax contained, in basis points (300 is 3 %).
    """

    type_code: str
    tier: str
    unit_minor: int
    full_minor: int = 0
    tax_bp: int = 0


@dataclass(frozen=True, slots=True)
class Conditions:
    """When a rule holds; an empty set asks nothing.

    Attributes:
        weekdays: of the performance's local start, 1 is Monday.
        channels, events: codes.
    """

    weekdays: frozenset[int] = frozenset()
    channels: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()

    def hold(self, weekday: int, channel: str, event: str) -> bool:
        return (
            (not self.weekdays or weekday in self.weekdays)
            and (not self.channels or channel in self.channels)
            and (not self.events or event in self.events)
        )


@dataclass(frozen=True, slots=True)
class Promotion:
    """A stored rule.

    Attributes:
        kind: `together` or `every_nth`.
        name, rule: what it is called, and one sentence that says when and how much.
        parts: `together`: one ticket of each of these sets of types; the dearest ones first.
        nth: `every_nth`: how many tickets make one group.
        types: `every_nth`: which ticket types count; empty: all.
        amount_minor, percent_bp: what is taken off: of a whole group of `together`, of the
            cheapest ticket in a group of `every_nth`. One of the two is zero.
    """

    code: str
    kind: str
    name: Localized
    rule: Localized
    conditions: Conditions = Conditions()
    parts: tuple[frozenset[str], ...] = ()
    nth: int = 0
    types: frozenset[str] = frozenset()
    amount_minor: int = 0
    percent_bp: int = 0


@dataclass(frozen=True, slots=True)
class Reduction:
    """One use of a rule: which tickets it used up, and what it takes off each of them."""

    tickets: tuple[int, ...]
    off_minor: tuple[int, ...]

    @property
    def total_minor(self) -> int:
        return sum(self.off_minor)


def percent_of(amount_minor: int, rate_bp: int) -> int:
    """A share of an amount that is not negative, half a minor unit rounded up."""
    return (amount_minor * rate_bp * 2 + FULL_BP) // (2 * FULL_BP)


def read_promotion(data: Mapping[str, object]) -> Promotion:
    """Read a rule as stored; see the head of this module.

    Raises:
        ConfigInvalid: if something is missing, unknown or contradicts itself.
    """
    source = f"promotion {data.get('code', '?')}"
    try:
        promotion = _read(data)
    except (KeyError, TypeError, ValueError) as reason:
        raise ConfigInvalid(source=source, reason=repr(reason)) from reason
    if fault := _find_fault(promotion):
        raise ConfigInvalid(source=source, reason=fault)
    return promotion


def find_reductions(
    promotion: Promotion, tickets: Sequence[PricedTicket], free: Sequence[int]
) -> list[Reduction]:
    """Use a rule as often as it fits.

    Args:
        tickets: all tickets of the order.
        free: places of the tickets that no other rule has used, dearest first.

    Returns:
        The uses that take something off.
    """
    if promotion.kind == TOGETHER:
        groups = _group_together(promotion, tickets, free)
    else:
        groups = _group_every_nth(promotion, tickets, free)
    reductions = [_reduce(promotion, tickets, group) for group in groups]
    return [reduction for reduction in reductions if reduction.total_minor > 0]


def _group_together(
    promotion: Promotion, tickets: Sequence[PricedTicket], free: Sequence[int]
) -> list[tuple[int, ...]]:
    left = list(free)
    groups: list[tuple[int, ...]] = []
    while True:
        group: list[int] = []
        for types in promotion.parts:
            found = next(
                (i for i in left if tickets[i].type_code in types and i not in group), None
            )
            if found is None:
                return groups
            group.append(found)
        groups.append(tuple(group))
        left = [index for index in left if index not in group]


def _group_every_nth(
    promotion: Promotion, tickets: Sequence[PricedTicket], free: Sequence[int]
) -> list[tuple[int, ...]]:
    counted = [i for i in free if not promotion.types or tickets[i].type_code in promotion.types]
    whole = len(counted) // promotion.nth * promotion.nth
    return [tuple(counted[i : i + promotion.nth]) for i in range(0, whole, promotion.nth)]


def _reduce(
    promotion: Promotion, tickets: Sequence[PricedTicket], group: tuple[int, ...]
) -> Reduction:
    prices = [tickets[index].unit_minor for index in group]
    if promotion.kind == EVERY_NTH:
        prices = [0] * (len(group) - 1) + prices[-1:]
    base = sum(prices)
    wanted = promotion.amount_minor or percent_of(base, promotion.percent_bp)
    return Reduction(group, share_out(min(wanted, base), prices))


def share_out(amount_minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split an amount in proportion to weights so that the parts add up exactly.

    Each part is rounded down; the rest goes, one unit each, to the largest remainders, the first
    of equals first. No part exceeds its weight if the amount doesn't exceed their sum.

    Args:
        amount_minor: not negative.
        weights: not negative; if all are zero, the amount must be zero too.
    """
    whole = sum(weights)
    if whole == 0:
        return (0,) * len(weights)
    parts = [amount_minor * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda i: (-(amount_minor * weights[i] % whole), i))
    for index in by_rest[: amount_minor - sum(parts)]:
        parts[index] += 1
    return tuple(parts)


def _read(data: Mapping[str, object]) -> Promotion:
    known = set(Promotion.__dataclass_fields__) | {"weekdays", "channels", "events"}
    known.remove("conditions")
    if unknown := set(data) - known:
        raise ValueError(f"unknown fields {sorted(unknown)}")
    conditions = Conditions(
        weekdays=frozenset(_integers(data.get("weekdays", ()))),
        channels=_words(data.get("channels", ())),
        events=_words(data.get("events", ())),
    )
    parts = data.get("parts", ())
    if not isinstance(parts, Sequence):
        raise TypeError("parts is a list of lists of ticket types")
    return Promotion(
        code=_text(data["code"]),
        kind=_text(data["kind"]),
        name=_localized(data["name"]),
        rule=_localized(data["rule"]),
        conditions=conditions,
        parts=tuple(_words(part) for part in parts),
        nth=_integer(data.get("nth", 0)),
        types=_words(data.get("types", ())),
        amount_minor=_integer(data.get("amount_minor", 0)),
        percent_bp=_integer(data.get("percent_bp", 0)),
    )


def _find_fault(promotion: Promotion) -> str:
    """What contradicts itself in a rule; empty if nothing does."""
    amount_minor, percent_bp = promotion.amount_minor, promotion.percent_bp
    named_parts = bool(promotion.parts) and all(promotion.parts)
    faults = (
        (promotion.kind not in (TOGETHER, EVERY_NTH), f"kind is {TOGETHER} or {EVERY_NTH}"),
        (promotion.kind == TOGETHER and not named_parts, "parts names the ticket types"),
        (promotion.kind == EVERY_NTH and promotion.nth < 1, "nth is at least 1"),
        (amount_minor < 0 or not 0 <= percent_bp <= FULL_BP, "no more than everything comes off"),
        ((amount_minor > 0) == (percent_bp > 0), "either amount_minor or percent_bp is given"),
        (not promotion.conditions.weekdays <= set(range(1, 8)), "weekdays are 1 to 7 (Sunday)"),
    )
    return next((reason for wrong, reason in faults if wrong), "")


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _integers(value: object) -> list[int]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"{value!r} is not a list of whole numbers")
    return [_integer(item) for item in value]


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{value!r} is not a text")
    return value


def _words(value: object) -> frozenset[str]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"{value!r} is not a list of codes")
    return frozenset(_text(item) for item in value)


def _localized(value: object) -> Localized:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is not a text in several languages")
    return {_text(language): _text(text) for language, text in value.items()}
