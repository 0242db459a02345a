"""Past a door whose permission the actor lacks: by a second person's approval, and by that alone.

What is not allowed stays so unless the request is a change with an operation id, carries an
approval for exactly this door, actor, station and operation, and its handler uses that approval up
in the one transaction it writes. A handler that answered without writing has used nothing up, so
its answer is withheld. Exactly what was done already is answered again from what was kept, without
its handler.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from venue_suite.domain.errors import NotAllowed, VenueError
from venue_suite.identity.approvals import HEADER, Offer
from venue_suite.identity.roles import RoleBook
from venue_suite.identity.secret_writes import find_reply
from venue_suite.routing import Call, Route


def may_override(request: web.Request, route: Route) -> bool:
    """Whether a request could be one that somebody approves, or approved."""
    return route.changes and "Idempotency-Key" in request.headers


def take_offer(call: Call, roles: RoleBook) -> None:
    """Keep the approval that came along, for the service that will demand it."""
    token = call.request.headers.get(HEADER, "")
    if token and call.route.changes:
        call.offer = Offer(roles, token)


async def answer_refused(
    call: Call, roles: RoleBook, refusal: NotAllowed, body_timeout_s: float
) -> Any:
    """Answer somebody who lacks the route's permission.

    Raises:
        NotAllowed: the refusal, unless all of the above holds.
        ApprovalInvalid: the approval is for something else, or not any more.
    """
    try:
        await call.receive(body_timeout_s)
    except VenueError as malformed:  # nobody who may not knock learns what the letter should be
        raise refusal from malformed
    operation = call.operation()
    done = await call.read(find_reply, operation)
    if done is not None:
        return done
    take_offer(call, roles)
    if call.offer is None:
        raise refusal
    offer = call.offer
    await call.read(offer.check, call.actor, operation.operation_id, call.route.permission)
    reply = await call.route.handler(call)
    if not call.written:
        raise refusal
    return reply
