"""The rooms of the kernel that add something to the server, in the order in which they do.

A room is a package of its own (`venue_suite/ledger` ...). What it gives the server it declares in
one `Part`, as a plugin does through its hooks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from venue_suite.audit.checks import check_chain, check_chain_since, check_heads
from venue_suite.audit.jobs import JOBS as AUDIT_JOBS
from venue_suite.audit.routes import PERMISSIONS as AUDIT_PERMISSIONS
from venue_suite.audit.routes import ROUTES as AUDIT_ROUTES
from venue_suite.database.checks import check_feed, check_pages, check_references
from venue_suite.domain.facts import FactKind
from venue_suite.hookspecs import Check, Job
from venue_suite.identity.part import JOBS as STAFF_JOBS
from venue_suite.identity.part import PERMISSIONS as STAFF_PERMISSIONS
from venue_suite.identity.part import ROUTES as STAFF_ROUTES
from venue_suite.identity.permissions import Permission
from venue_suite.ledger.checks import CHECKS as LEDGER_CHECKS
from venue_suite.ledger.routes import JOBS as LEDGER_JOBS
from venue_suite.ledger.routes import PERMISSIONS as LEDGER_PERMISSIONS
from venue_suite.ledger.routes import ROUTES as LEDGER_ROUTES
from venue_suite.resources.declaration import Resource
from venue_suite.routing import Route
from venue_suite.trust.checks import check_revoked
from venue_suite.trust.routes import PERMISSIONS as STATION_PERMISSIONS
from venue_suite.verify.kernel_checks import CHECKS as KERNEL_CHECKS
from venue_suite.verify.kernel_checks import check_feed_since
from venue_suite.webhooks.routes import CHECKS as WEBHOOK_CHECKS
from venue_suite.webhooks.routes import JOBS as WEBHOOK_JOBS
from venue_suite.webhooks.routes import PERMISSIONS as WEBHOOK_PERMISSIONS
from venue_suite.webhooks.routes import ROUTES as WEBHOOK_ROUTES


@dataclass(frozen=True, slots=True)
class Part:
    """What one room of the kernel adds. Permissions begin with its name and a dot."""

    name: str
    routes: Sequence[Route] = ()
    permissions: Sequence[Permission] = ()
    jobs: Sequence[Job] = ()
    checks: Sequence[Check] = ()
    resources: Sequence[Resource] = ()
    facts: Sequence[FactKind] = ()


FEED = Part(
    "feed",
    permissions=(
        Permission("feed.calls", "hear when a station calls staff", ("cashier", "usher")),
    ),
    facts=(FactKind("station.called_staff", "a station asks staff to come", "feed.calls"),),
)
DATABASE = Part(
    "database",
    checks=(
        Check("database.pages", "pages and indexes of the database are sound", check_pages),
        Check("database.references", "every reference leads to a row", check_references),
        Check("database.feed", "the feed has no gap", check_feed, check_feed_since),
        *KERNEL_CHECKS,
    ),
    facts=(FactKind("database.", "what the checks of the data found", "ledger.view"),),
)
LEDGER = Part(
    "ledger",
    routes=LEDGER_ROUTES,
    permissions=LEDGER_PERMISSIONS,
    jobs=LEDGER_JOBS,
    checks=LEDGER_CHECKS,
    facts=(FactKind("ledger.", "holds, reversals, accounts that close", "ledger.view"),),
)
AUDIT = Part(
    "audit",
    routes=AUDIT_ROUTES,
    permissions=AUDIT_PERMISSIONS,
    jobs=AUDIT_JOBS,
    checks=(
        Check(
            "audit.chain",
            "no entry of the audit log was changed or removed",
            check_chain,
            check_chain_since,
        ),
        Check("audit.heads", "every signed head of the audit log is in its chain", check_heads),
    ),
)
STATIONS = Part(
    "stations",
    permissions=STATION_PERMISSIONS,
    checks=(Check("stations.revoked", "a station out of service has no key", check_revoked),),
)
STAFF = Part(
    "staff",
    routes=STAFF_ROUTES,
    permissions=STAFF_PERMISSIONS,
    jobs=STAFF_JOBS,
    facts=(FactKind("identity.", "sign-ins, staff, roles and second factors", "staff.view"),),
)
WEBHOOKS = Part(
    "webhooks",
    routes=WEBHOOK_ROUTES,
    permissions=WEBHOOK_PERMISSIONS,
    jobs=WEBHOOK_JOBS,
    checks=WEBHOOK_CHECKS,
)
PARTS: tuple[Part, ...] = (DATABASE, FEED, LEDGER, AUDIT, STATIONS, STAFF, WEBHOOKS)
