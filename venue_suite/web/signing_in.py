"""A browser's session is opened and ended by the same services as a station's."""

from __future__ import annotations

import asyncio

from aiohttp import web

from venue_suite.domain.digests import hash_secret
from venue_suite.identity import services as identity
from venue_suite.web.site import Site


async def sign_in(site: Site, request: web.Request, code: str, secret: str) -> str:
    """The token of a new session. Raises WrongPin, SignInBlocked."""
    database = site.context.database
    origin = request.remote or ""
    known = await database.write(identity.begin_sign_in, code, origin)
    matches = await asyncio.to_thread(identity.pin_matches, secret, known.pin_hash)
    if known.staff_id is None or not matches:
        raise identity.WrongPin
    token = database.seams.random_bytes(32).hex()
    await database.write(identity.open_session, known.staff_id, token, "")
    return token


async def sign_out(site: Site, token: str) -> None:
    await site.context.database.write(identity.end_session, hash_secret(token))
    site.doorkeeper.forget(token)
