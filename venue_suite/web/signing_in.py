"""A browser's session: opened by the same desk as a station's, under the rules for browsers."""

from __future__ import annotations

from aiohttp import web

from venue_suite.domain.digests import hash_secret
from venue_suite.identity.factor_tickets import FactorWanted, open_or_ticket
from venue_suite.identity.places import find_place
from venue_suite.identity.rules import PASSWORD, PIN
from venue_suite.identity.services import end_session
from venue_suite.web.site import Site


async def sign_in(site: Site, request: web.Request, code: str, secret: str) -> str:
    """The token of a new session.

    A secret of digits alone is a PIN. It opens the same session as a password does, which ends
    sooner than one at a window, and demands the same second factor.

    Raises:
        WrongPin, SignInBlocked, Busy.
        FactorWanted: the second factor comes next.
    """
    people = site.people
    way = PIN if secret.isascii() and secret.isdigit() else PASSWORD
    staff = await people.prove(code, secret, await find_place(request, people.doorkeeper, way))
    where = await find_place(request, people.doorkeeper, PASSWORD)
    token = people.make_token()
    ticket = await people.database.write(open_or_ticket, staff, token, where)
    if ticket is not None:
        raise FactorWanted(ticket=token, enrol=ticket.must_enrol)
    return token


async def sign_out(site: Site, token: str) -> None:
    """End the session."""
    await site.context.database.write(end_session, hash_secret(token))
    site.people.doorkeeper.forget(token)
