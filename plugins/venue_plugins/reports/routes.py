"""The reports API: parse, call one service, answer."""

from __future__ import annotations

from venue_plugins.reports import services, wire
from venue_suite.identity.permissions import Permission
from venue_suite.routing import Call, Route

PERMISSIONS = (Permission("reports.view", "read the reports", ("cashier",)),)


async def get_day(call: Call) -> wire.DayReport:
    """The sales of one business day."""
    return await call.report(services.read_day, call.asked(wire.AskDay).day)


ROUTES = (
    Route("GET", "/reports/day", get_day, "reports.view", query=wire.AskDay, reply=wire.DayReport),
)
