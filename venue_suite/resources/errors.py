"""What a maintained table refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from venue_suite.domain.errors import Refused, VenueError
from venue_suite.domain.localized import Localized, localized


class Both(dict[str, str]):
    """A text in several languages that reads as English where a sentence is filled with it."""

    def __format__(self, spec: str) -> str:
        return format(localized(self, "en"), spec)


class FieldsRefused(VenueError):
    """Some fields of a record are not right. `fields`: name -> problems, each with its code and
    its sentence in every language."""

    code = "fields_refused"
    http_status = 422
    default_template = "Not saved. {summary}"

    def __init__(
        self, fields: Mapping[str, Sequence[Mapping[str, object]]], summary: Localized
    ) -> None:
        super().__init__(summary=Both(summary), fields=dict(fields))


class ChangedMeanwhile(Refused):
    """Somebody else changed the record since it was read. `theirs`: the values that differ from
    those that were sent; `version`: the one that they belong to."""

    code = "changed_meanwhile"
    default_template = "{what} was changed by somebody else meanwhile. Nothing was overwritten."


class RecordClash(Refused):
    """Another server process saved something at the same moment that does not go with this."""

    code = "record_clash"
    default_template = "Somebody else has just saved something that clashes with this. Try again."


class StillUsed(Refused):
    code = "still_used"
    default_template = "{what} can't be removed: it is still used by {users}."


class NeverRemoved(Refused):
    code = "never_removed"
    default_template = "{what} can't be removed."


class FileRefused(VenueError):
    """A file to import can't be read as a table."""

    code = "file_refused"
    http_status = 422
    default_template = "The file can't be read."


class ImportRefused(Refused):
    """Some rows of an import are wrong, so none was written."""

    code = "import_refused"
    http_status = 422
    default_template = "Nothing was imported: {count} rows are refused."


class ImportChanged(Refused):
    """The records changed between the check of an import and the import itself."""

    code = "import_changed"
    default_template = "The records changed since the file was checked. Please check it again."
