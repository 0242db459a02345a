"""The admission API: parse, call one service, answer."""

from __future__ import annotations

import msgspec

from venue_plugins.admission import services, wire
from venue_suite.domain.errors import NotFound
from venue_suite.domain.facts import FactKind
from venue_suite.identity.permissions import Permission
from venue_suite.routing import Call, Page, Route, page_of

PERMISSIONS = (
    Permission("admission.view", "see lanes and scans", ("gate", "usher", "cashier")),
    Permission("admission.scan", "check tickets in", ("gate", "usher", "cashier")),
)
FACTS = (
    FactKind(
        "admission.scanned", "a code was shown at a lane, and let in or not", "admission.view"
    ),
    FactKind("admission.passed", "a gate saw somebody pass, or nobody", "admission.view"),
)


async def get_lanes(call: Call) -> list[wire.Lane]:
    """The lanes and how many people came through each today."""
    return await call.read(services.list_lanes)


async def post_scan(call: Call) -> msgspec.Raw:
    """Check a ticket in: the decision, allowed or refused."""
    wanted = await call.body(wire.Scan)
    return await call.write(services.scan, wanted, call.context.questions)


async def post_passage(call: Call) -> msgspec.Raw:
    """Tell whether the visitor of an allowed scan went through."""
    return await call.write(services.note_passage, await call.body(wire.Passed))


async def get_scans(call: Call) -> Page[wire.Decision]:
    """The newest scans."""
    asked = call.asked(wire.ListScans)
    below = asked.after_number(services.NEWEST)
    scans = await call.read(services.list_scans, asked.limit + 1, below)
    return page_of(scans, asked.limit, lambda scan: scan.scan_id)


ROUTES = (
    Route("GET", "/admission/lanes", get_lanes, "admission.view", reply=list[wire.Lane]),
    Route(
        "POST",
        "/admission/scans",
        post_scan,
        "admission.scan",
        body=wire.Scan,
        reply=wire.Decision,
        refusals=(NotFound,),
        example=wire.Scan(lane="G1", code="VS1.CODE-ON-THE-TICKET", commit=True),
    ),
    Route(
        "POST",
        "/admission/passages",
        post_passage,
        "admission.scan",
        body=wire.Passed,
        reply=wire.Decision,
        refusals=(NotFound,),
        example=wire.Passed(scan_id=1, outcome="passed"),
    ),
    Route(
        "GET",
        "/admission/scans",
        get_scans,
        "admission.view",
        query=wire.ListScans,
        reply=Page[wire.Decision],
    ),
)
