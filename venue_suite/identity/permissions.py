"""Permissions are declared by whoever guards something with them; roles gather them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from venue_suite.domain.localized import Localized

OPEN = "open"  # a route that anybody may call
SIGNED_IN = "signed_in"  # any staff or station

MANAGER = "manager"
AUDITOR = "auditor"
LOOKING = ".view"  # the verb of permissions that change nothing


@dataclass(frozen=True, slots=True)
class BuiltInRole:
    """A role that every venue has.

    Attributes:
        title: for people.
        for_stations: it is what a station is, not what a person is.
        based_on: it also gets what is declared for that role.
    """

    title: Localized
    for_stations: bool = False
    based_on: str = ""


BUILT_IN: Mapping[str, BuiltInRole] = {
    MANAGER: BuiltInRole({"zh": "经理", "en": "Manager"}),
    "senior_cashier": BuiltInRole({"zh": "领班售票员", "en": "Senior cashier"}, based_on="cashier"),
    "cashier": BuiltInRole({"zh": "售票员", "en": "Cashier"}),
    "usher": BuiltInRole({"zh": "检票员", "en": "Usher"}),
    "finance": BuiltInRole({"zh": "财务", "en": "Finance"}),
    "catalogue_editor": BuiltInRole({"zh": "节目编辑", "en": "Catalogue editor"}),
    AUDITOR: BuiltInRole({"zh": "审计", "en": "Auditor"}),
    "kiosk": BuiltInRole({"zh": "自助机", "en": "Kiosk"}, for_stations=True),
    "console": BuiltInRole({"zh": "终端", "en": "Console"}, for_stations=True),
    "gate": BuiltInRole({"zh": "闸机", "en": "Gate"}, for_stations=True),
}
ROLES = tuple(BUILT_IN)


@dataclass(frozen=True, slots=True)
class Permission:
    """One right.

    Attributes:
        name: plugin and verb, for example `sales.refund`.
        summary: what it allows, for people.
        roles: which roles have it from the start; managers have all, auditors all `.view`.
        limits: which limits the service behind it demands, so that a role can be given them:
            `amount_minor`, `count_per_day`, and the kinds of its scopes, such as `event`. The scope
            `station` works everywhere.
    """

    name: str
    summary: str
    roles: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


def permissions_of(role: str, declared: Iterable[Permission]) -> frozenset[str]:
    """What a built-in role may do as it comes, before the venue changes it."""
    if role == MANAGER:
        return frozenset({"*"})
    built_in = BUILT_IN.get(role)
    names = {role, built_in.based_on} if built_in is not None else {role}
    return frozenset(
        permission.name
        for permission in declared
        if names & set(permission.roles) or (role == AUDITOR and permission.name.endswith(LOOKING))
    )
