"""What the server refuses before a route looks at it."""

from __future__ import annotations

from venue_suite.domain.errors import BadRequest, VenueError


class OperationIdMissing(BadRequest):
    """A change without a usable operation id: it could not be asked for again safely."""

    code = "operation_id_missing"
    default_template = (
        "The header Idempotency-Key is missing or malformed: one to {chars_max} printable ASCII "
        "characters."
    )


class BodyTooLarge(VenueError):
    """The body is longer than this route takes."""

    code = "body_too_large"
    http_status = 413
    default_template = "What was sent is too large: {bytes_max} bytes at most."


class MediaTypeWrong(VenueError):
    """The body is of a type, or packed in a way, that this route does not take."""

    code = "media_type_wrong"
    http_status = 415
    default_template = "This takes {wanted}, not {found}."


class MethodNotPossible(VenueError):
    """The address is known, but not with this method; `Allow` names those that are."""

    code = "method_not_possible"
    http_status = 405
    default_template = "{method} is not possible here."


class TooSlow(VenueError):
    """The body did not arrive in time; the connection is closed."""

    code = "too_slow"
    http_status = 408
    default_template = "The request did not arrive within {limit_s} seconds."


class TooManyRequests(VenueError):
    """One address asks too often without being signed in."""

    code = "too_many_requests"
    http_status = 429
    default_template = "Too many requests from this address. Please wait {wait_s} seconds."
