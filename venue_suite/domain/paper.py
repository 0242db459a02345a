"""What is printed: values of a ticket or slip, before any layout."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PaperJob:
    """One piece of paper to print.

    Attributes:
        job_id: made by the station and saved before printing; repeats are recognised by it.
        design: name of the design, for example `ticket-80mm` or `receipt-80mm`.
        values: field name -> text (or rows) that the design places; texts are final, in the
            language or languages that the paper shows.
        copies: how many, usually 1.
    """

    job_id: str
    design: str
    values: dict[str, object] = field(default_factory=dict)
    copies: int = 1
