"""Who acts: a member of staff, a station, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass

from venue_suite.domain.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts.

    Attributes:
        kind: staff, station, system or nobody.
        code: staff code or station name.
        name: for people.
        station: the station it happens at, "" if none.
        station_kind: kiosk, console, gate, "".
        permissions: what it may do; `*` is everything.
    """

    kind: str
    code: str
    name: str = ""
    station: str = ""
    station_kind: str = ""
    permissions: frozenset[str] = frozenset()

    def may(self, permission: str) -> bool:
        return permission in self.permissions or "*" in self.permissions

    def demand(self, permission: str) -> None:
        """Raises NotAllowed, which names the permission."""
        if not self.may(permission):
            raise NotAllowed(permission=permission)


SYSTEM = Actor("system", "system", "system", permissions=frozenset({"*"}))
NOBODY = Actor("nobody", "")
