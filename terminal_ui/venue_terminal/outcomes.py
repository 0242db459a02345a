"""Whether a failed request is known to have done nothing."""

from __future__ import annotations

from venue_suite.domain.errors import Busy, NotSignedIn, VenueError


def did_nothing(error: VenueError) -> bool:
    """True if the server refused, so nothing was done and the next try is a new one.

    False if the answer is missing or unusable, if the server was too busy, or if the session has
    ended: then the same request is sent again with the same operation id.
    """
    if error.code in (Busy.code, NotSignedIn.code):
        return False
    return 400 <= error.http_status < 500
