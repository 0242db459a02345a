"""How handlers find the desk of the running server."""

from __future__ import annotations

from aiohttp import web

from venue_suite.identity.people import People
from venue_suite.routing import Call

PEOPLE = web.AppKey("people", People)


def people_of(call: Call) -> People:
    """The desk where people prove who they are."""
    return call.request.app[PEOPLE]
