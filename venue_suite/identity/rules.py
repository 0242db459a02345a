"""How long sessions last and who must show a second factor: settings of the venue."""

from __future__ import annotations

from typing import Annotated

import msgspec

from venue_suite.database.work import View
from venue_suite.settings import read_setting

RULES_KEY = "sign_in"
PIN, PASSWORD = "pin", "password"

Minutes = Annotated[int, msgspec.Meta(ge=0, le=7 * 24 * 60)]
Hours = Annotated[int, msgspec.Meta(ge=1, le=7 * 24)]
RoleName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class SignInRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rules of sign-in.

    Attributes:
        station_idle_minutes: a PIN session ends after so long without a request; 0: never. Long,
            because a cashier stands at one window for a whole shift.
        station_hours: and after so long in any case.
        browser_idle_minutes, browser_hours: the same for passwords.
        factor_roles: who needs a second factor to sign in with a password.
        station_factor_roles: who needs it also with a PIN at a station, and to approve there.
    """

    station_idle_minutes: Minutes = 60
    station_hours: Hours = 12
    browser_idle_minutes: Minutes = 15
    browser_hours: Hours = 10
    factor_roles: list[RoleName] = msgspec.field(default_factory=lambda: ["manager", "finance"])
    station_factor_roles: list[RoleName] = []

    def wants_factor(self, role: str, at_station: bool, has_factor: bool) -> bool:
        """Whether somebody must show a second factor: those whose role is named for where they
        are, and in a browser everybody who has set one up."""
        if at_station:
            return role in self.station_factor_roles
        return has_factor or role in self.factor_roles


def read_rules(view: View) -> SignInRules:
    return read_setting(view, RULES_KEY, SignInRules, SignInRules())
