"""What can be wrong with a design or with the values for one piece of paper."""

from __future__ import annotations

from typing import ClassVar

from venue_suite.domain.errors import VenueError


class DesignUnknown(VenueError):
    code: ClassVar[str] = "design_unknown"
    http_status: ClassVar[int] = 404
    default_template: ClassVar[str] = "There is no paper design named {design}. Known: {known}"


class DesignInvalid(VenueError):
    """The design's file breaks a rule of the format; `reason` says where and which."""

    code: ClassVar[str] = "design_invalid"
    default_template: ClassVar[str] = "The paper design {design} is not valid: {reason}"


class PaperTooNarrow(VenueError):
    code: ClassVar[str] = "paper_too_narrow"
    default_template: ClassVar[str] = (
        "No design like {design} fits a paper of {paper_width_dots} dots."
    )


class PaperValueMissing(VenueError):
    code: ClassVar[str] = "paper_value_missing"
    default_template: ClassVar[str] = "The paper {design} needs a value for {field}."


class PaperValueInvalid(VenueError):
    code: ClassVar[str] = "paper_value_invalid"
    default_template: ClassVar[str] = "The paper {design} can't show {field}: {reason}"
