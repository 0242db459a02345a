"""The business day: a night's takings belong to the evening that began them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo


def business_day(moment: datetime, zone: tzinfo, cut_off_hour: int) -> date:
    """The day that `moment` (aware) counts for: before the cut-off hour it is still yesterday."""
    local = moment.astimezone(zone)
    return local.date() - timedelta(days=1) if local.hour < cut_off_hour else local.date()
