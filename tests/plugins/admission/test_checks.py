"""`venue verify` finds what must not be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from venue_plugins.admission.checks import CHECKS
from venue_plugins.admission.tables import EntryRow, ScanRow

from tests.plugins.admission.small_venue import SmallVenue
from venue_suite.database import Work


def lose_the_entry(work: Work) -> None:
    EntryRow.delete().execute()


def forbid_the_scan(work: Work) -> None:
    ScanRow.update(result="refused").execute()


def let_nobody_have_passed(work: Work) -> None:
    ScanRow.update(passage="timed_out").execute()


def give_the_entry_to_another(work: Work) -> None:
    EntryRow.update(right_id="ticket/9").execute()


def change_the_passage_only(work: Work) -> None:
    ScanRow.update(passage="passed").execute()


@pytest.mark.parametrize(
    ("plant", "sentence"),
    [
        (lose_the_entry, "scan 1 allowed ticket/1, but no entry was kept"),
        (forbid_the_scan, "entry 1 of ticket/1 has no scan that allowed it"),
        (let_nobody_have_passed, "entry 1 of ticket/1 has no scan that allowed it"),
        (give_the_entry_to_another, "entry 1 of ticket/9 has no scan that allowed it"),
        (change_the_passage_only, "scan 1 is allowed, passed, but its answer said"),
        (forbid_the_scan, "scan 1 is refused, waiting, but its answer said allowed, waiting"),
    ],
)
async def test_hook_venue_register_checks_finds_planted_violations(
    venue: SmallVenue, plant: Callable[[Work], None], sentence: str
) -> None:
    await venue.scan(await venue.ticket())
    assert await venue.violations() == []
    await venue.database.write(plant)
    assert any(found.startswith(sentence) for found in await venue.violations())


async def test_checks_have_names_of_their_own() -> None:
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    assert all(name.startswith("admission.") for name in names)
