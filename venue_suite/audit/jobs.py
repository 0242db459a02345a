"""Signing the head by the clock."""

from __future__ import annotations

from venue_suite.audit.heads import sign_if_moved
from venue_suite.context import Context
from venue_suite.hookspecs import Job

SIGN_EVERY_S = 300.0


async def sign(context: Context) -> None:
    """Sign the head if the chain has moved."""
    await context.database.write(sign_if_moved, context.heads)


JOBS = (Job("sign_head", SIGN_EVERY_S, sign),)
