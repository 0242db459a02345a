"""The admission API: parse, call one service, answer."""

from __future__ import annotations

import msgspec

from venue_plugins.admission import services, wire
from venue_suite.identity.permissions import Permission
from venue_suite.routing import Call, Route

SCANS_MAX = 200
PERMISSIONS = (
    Permission("admission.view", "see lanes and scans", ("gate", "usher", "cashier")),
    Permission("admission.scan", "check tickets in", ("gate", "usher", "cashier")),
)


async def get_lanes(call: Call) -> list[wire.Lane]:
    return await call.read(services.list_lanes)


async def post_scan(call: Call) -> msgspec.Raw:
    """200 with the decision, allowed or refused. 404 for an unknown lane."""
    wanted = await call.body(wire.Scan)
    return await call.write(services.scan, wanted, call.context.questions)


async def post_passage(call: Call) -> msgspec.Raw:
    return await call.write(services.note_passage, await call.body(wire.Passed))


async def get_scans(call: Call) -> list[wire.Decision]:
    return await call.read(services.list_scans, call.query_number("limit", 20, SCANS_MAX))


ROUTES = (
    Route("GET", "/admission/lanes", get_lanes, "admission.view"),
    Route("POST", "/admission/scans", post_scan, "admission.scan"),
    Route("POST", "/admission/passages", post_passage, "admission.scan"),
    Route("GET", "/admission/scans", get_scans, "admission.view"),
)
