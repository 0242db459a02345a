"""Who may call which operation, as kernel and plugins declare it."""

from __future__ import annotations

from tests.tidy.doc_blocks.routes import served_routes
from venue_suite.identity.permissions import (
    OPEN,
    ROLES,
    SIGNED_IN,
    Permission,
    permissions_of,
)
from venue_suite.plugin_manager import PluginManager
from venue_suite.server.parts import PARTS

NOBODY = "nobody"
YES = "●"


def declared_permissions() -> list[Permission]:
    """All of the kernel's rooms and the installed plugins."""
    plugins = PluginManager()
    plugins.load_entry_points()
    of_kernel = [one for part in PARTS for one in part.permissions]
    return [*of_kernel, *plugins.permissions()]


def who_may() -> dict[str, set[str]]:
    """Operation -> the roles that may call it, `nobody` among them where it is open."""
    declared = declared_permissions()
    held = {role: permissions_of(role, declared) for role in ROLES}
    found = {}
    for served in served_routes().served:
        wanted = served.route.permission
        everybody = {*ROLES, NOBODY} if wanted == OPEN else set(ROLES)
        some = {role for role in ROLES if held[role] & {wanted, "*"}}
        found[served.id] = everybody if wanted in (OPEN, SIGNED_IN) else some
    return found


def render_rights() -> str:
    """The matrix of docs/rights.md."""
    columns = (*ROLES, NOBODY)
    allowed = who_may()
    rows = [
        f"| operation | permission | {' | '.join(columns)} |",
        f"|---|---|{'---|' * len(columns)}",
    ]
    for served in served_routes().served:
        marks = (YES if role in allowed[served.id] else "" for role in columns)
        rows.append(f"| `{served.id}` | `{served.route.permission}` | {' | '.join(marks)} |")
    return "\n".join(rows)
