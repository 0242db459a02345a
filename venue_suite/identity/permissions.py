"""Permissions are declared by whoever guards something with them; roles gather them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

OPEN = "open"  # a route that anybody may call
SIGNED_IN = "signed_in"  # any staff or station

MANAGER = "manager"
ROLES = (MANAGER, "cashier", "usher", "kiosk", "console", "gate")


@dataclass(frozen=True, slots=True)
class Permission:
    """One right.

    Attributes:
        name: plugin and verb, for example `sales.refund`.
        summary: what it allows, for people.
        roles: which roles have it from the start; managers have all.
    """

    name: str
    summary: str
    roles: tuple[str, ...] = ()


def permissions_of(role: str, declared: Iterable[Permission]) -> frozenset[str]:
    """What a role may do."""
    if role == MANAGER:
        return frozenset({"*"})
    return frozenset(permission.name for permission in declared if role in permission.roles)
