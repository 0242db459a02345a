"""Everything the suite refuses, each with a stable code and one clear sentence.

The English sentence is also the key of its translation (`venue_suite.texts`), so a screen can show
it in the language of whoever stands before it. `params` fill the braces of the sentence.
"""

from __future__ import annotations

from typing import ClassVar


class VenueError(Exception):
    """Base of all refusals.

    Attributes:
        code: stable identifier, snake_case; listed in docs/error-codes.md.
        http_status: how the server answers it.
        exit_status: how a command line ends with it.
        template: the English sentence with `{name}` places for `params`.
        params: the values that explain this refusal.
    """

    code: ClassVar[str] = "venue_error"
    http_status: ClassVar[int] = 400
    exit_status: ClassVar[int] = 1
    default_template: ClassVar[str] = "This could not be done."

    def __init__(self, template: str = "", /, **params: object) -> None:
        self.template = template or self.default_template
        self.params = params
        super().__init__(self.template.format(**params))


class BadRequest(VenueError):
    """What was sent can't be understood."""

    code = "bad_request"
    default_template = "The request could not be understood: {reason}"


class NotSignedIn(VenueError):
    code = "not_signed_in"
    http_status = 401
    default_template = "Please sign in first."


class NotAllowed(VenueError):
    code = "not_allowed"
    http_status = 403
    default_template = "You may not do this: the permission {permission} is missing."


class NotFound(VenueError):
    code = "not_found"
    http_status = 404
    default_template = "{what} {key} does not exist."


class Refused(VenueError):
    """A rule says no. Subclasses name the rule."""

    code = "refused"
    http_status = 409
    default_template = "This is not possible now: {reason}"


class AlreadyExists(Refused):
    code = "already_exists"
    default_template = "{what} {key} exists already."


class OperationReused(Refused):
    """The same operation id came with other content."""

    code = "operation_reused"
    http_status = 422
    default_template = "The operation {operation_id} was already used for something else."


class Busy(VenueError):
    """The server has more work than it may queue; ask again in a moment."""

    code = "busy"
    http_status = 503
    default_template = "The venue server is busy. Please try again in a moment."


class PluginFailed(VenueError):
    code = "plugin_failed"
    http_status = 500
    default_template = "The plugin {plugin} failed; the rest of the venue goes on."


class ServerAway(VenueError):
    """No answer from the venue server in time. It may have acted: ask again with the same id."""

    code = "server_away"
    http_status = 503
    exit_status = 3
    default_template = "The venue server at {address} does not answer: {reason}"


class ServerNotOurs(ServerAway):
    """Whoever answers there can't prove to be this station's venue. Nothing was said to it."""

    code = "server_not_ours"
    exit_status = 3
    default_template = "The server at {address} is not the one of this station's venue: {reason}"


class NotPaired(VenueError):
    code = "not_paired"
    http_status = 401
    exit_status = 3
    default_template = (
        "This station is not paired with the venue server at {address}. First run venue pair."
    )


class TlsNeeded(VenueError):
    """Keys and money do not go over a network in the clear."""

    code = "tls_needed"
    exit_status = 3
    default_template = (
        "The venue server at {address} speaks without TLS. That is for the same machine only."
    )


class ConfigInvalid(VenueError):
    code = "config_invalid"
    exit_status = 2
    default_template = "Configuration {source}: {reason}"


class PortInUse(VenueError):
    code = "port_in_use"
    exit_status = 4
    default_template = "Port {port} on {host} is already in use by another program."


class AddressUnusable(VenueError):
    code = "address_unusable"
    exit_status = 4
    default_template = "The server can't listen on {host}: {reason}"


class DatabaseTooNew(VenueError):
    code = "database_too_new"
    exit_status = 5
    default_template = (
        "The database {path} was written by a newer version ({found}); this one knows {known}."
    )


class DatabaseDamaged(VenueError):
    code = "database_damaged"
    exit_status = 6
    default_template = "The database {path} is damaged ({reason}). Nothing was changed in it."


class DatabaseUnusable(VenueError):
    """The database can't be opened or written: no room, no right, or an I/O fault."""

    code = "database_unusable"
    http_status = 503
    exit_status = 6
    default_template = "The database {path} can't be used: {reason}"


class OutcomeUnknown(VenueError):
    """The connection to the database broke while it was told to keep something. Asking again with
    the same operation id tells whether it was kept, or does it."""

    code = "outcome_unknown"
    http_status = 503
    exit_status = 6
    default_template = (
        "The connection to the database {path} broke at the last moment. Please ask again."
    )


class QueryTooLong(VenueError):
    """A question took longer than any may; it was ended, so that selling goes on unhindered."""

    code = "query_too_long"
    http_status = 503
    default_template = "This took longer than {limit_s} seconds. Please ask for less at once."


class VerifyFailed(VenueError):
    code = "verify_failed"
    exit_status = 7
    default_template = "{count} invariants do not hold."


class DeviceUnavailable(VenueError):
    """A device does not answer, is not there, or says that it can't work now."""

    code = "device_unavailable"
    http_status = 503
    exit_status = 8
    default_template = "{device} is not available: {reason}"


class DriverUnknown(VenueError):
    code = "driver_unknown"
    exit_status = 2
    default_template = "There is no device driver named {driver}. Known: {known}"


class ExtraMissing(VenueError):
    """A program was asked for whose packages are not installed."""

    code = "extra_missing"
    exit_status = 9
    default_template = (
        "{program} needs more packages: pip install 'venue-suite[{extra}]' ({reason})"
    )
