"""Pages: declared with their permission, like the routes of the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from venue_suite.web.visit import Visit

FORM_BYTES_MAX = 256 * 1024


@dataclass(frozen=True, slots=True)
class Page:
    """One page or the target of one form.

    Attributes:
        permission: a permission, or `open` or `signed_in`. A page of a table demands the table's
            own rights itself.
        form_bytes_max: how much a form may send.
    """

    method: str
    path: str
    handler: Callable[[Visit], Awaitable[web.StreamResponse]]
    permission: str
    form_bytes_max: int = FORM_BYTES_MAX
