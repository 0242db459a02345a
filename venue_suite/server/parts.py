"""The rooms of the kernel that add something to the server, in the order in which they do.

A room is a package of its own (`venue_suite/ledger` ...). What it gives the server it declares in
one `Part`, as a plugin does through its hooks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from venue_suite.database.checks import check_feed, check_pages, check_references
from venue_suite.hookspecs import Check, Job
from venue_suite.identity.permissions import Permission
from venue_suite.ledger.checks import check_balanced, check_balances
from venue_suite.routing import Route


@dataclass(frozen=True, slots=True)
class Part:
    """What one room of the kernel adds. Permissions begin with its name and a dot."""

    name: str
    routes: Sequence[Route] = ()
    permissions: Sequence[Permission] = ()
    jobs: Sequence[Job] = ()
    checks: Sequence[Check] = ()


DATABASE = Part(
    "database",
    checks=(
        Check("database.pages", "pages and indexes of the database are sound", check_pages),
        Check("database.references", "every reference leads to a row", check_references),
        Check("database.feed", "the feed has no gap", check_feed),
    ),
)
LEDGER = Part(
    "ledger",
    checks=(
        Check("ledger.balanced", "every ledger transaction sums to zero", check_balanced),
        Check("ledger.balances", "every balance is the sum of its postings", check_balances),
    ),
)
PARTS: tuple[Part, ...] = (DATABASE, LEDGER)
