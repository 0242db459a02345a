"""From the server's seat plan to what the plan widgets draw."""

from __future__ import annotations

from venue_kiosk.widgets.seat_plan_geometry import PlanSeat, PlanSection, seat_token

from venue_plugins.sales import wire
from venue_plugins.sales.kiosk.screens.base import SalesScreen


def plan_seats(screen: SalesScreen, plan: wire.SeatPlan) -> list[PlanSeat]:
    """The seats, with the rank of their price level."""
    detail = screen.flow.detail
    ranks = {tier.code: tier.rank for tier in detail.tiers} if detail else {}
    return [
        PlanSeat(
            seat.id,
            seat.section,
            seat.row,
            seat.number,
            seat.x,
            seat.y,
            ranks.get(seat.tier, 1),
            seat.kind,
            seat.state,
        )
        for seat in plan.seats
    ]


def plan_sections(screen: SalesScreen, plan: wire.SeatPlan) -> list[PlanSection]:
    """The floors with their names and prices, the dearest first."""
    tiers = (
        sorted(screen.flow.detail.tiers, key=lambda tier: tier.rank) if screen.flow.detail else []
    )
    used: dict[str, set[str]] = {}
    for seat in plan.seats:
        used.setdefault(seat.section, set()).add(seat.tier)
    return [
        PlanSection(
            section.code,
            screen.own(section.name),
            tuple(
                (screen.amount(tier.full_price_minor), seat_token(tier.rank))
                for tier in tiers
                if tier.code in used.get(section.code, ())
            ),
        )
        for section in plan.sections
    ]


def plan_legend(screen: SalesScreen, plan: wire.SeatPlan) -> list[tuple[str, str]]:
    """What the dots mean: only looks that the plan uses."""
    detail, look = screen.flow.detail, screen.look
    used = {seat.tier for seat in plan.seats}
    entries: list[tuple[str, str]] = []
    for tier in sorted(detail.tiers, key=lambda tier: tier.rank) if detail else []:
        sprite = seat_token(tier.rank).replace("seat", "free")
        if tier.code in used and sprite not in dict(entries):
            entries.append((sprite, screen.amount(tier.full_price_minor)))
    if any(seat.kind == "wheelchair" for seat in plan.seats):
        entries.append(("access", look.say("Wheelchair")))
    return [*entries, ("held", look.say("In use")), ("gone", look.say("Sold"))]


def section_name(screen: SalesScreen, plan: wire.SeatPlan, code: str) -> str:
    """The short name of a floor."""
    found = next((section for section in plan.sections if section.code == code), None)
    return screen.own(found.short or found.name) if found else ""
