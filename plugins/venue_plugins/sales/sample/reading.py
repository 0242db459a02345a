"""Read the data of the sample venue (`venue_templates/sample/*.toml`) into plain values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from venue_plugins.sales.domain.plans import (
    COMPANION,
    WHEELCHAIR,
    HallPlan,
    PlanSection,
    RowLayout,
    SectionLayout,
    lay_out,
)
from venue_plugins.sales.domain.promotions import percent_of
from venue_plugins.sales.sample.model import (
    SampleEvent,
    SampleHall,
    SampleHold,
    SampleTicketType,
)
from venue_suite.domain.localized import Localized

# A parsed TOML table: its shape is the file's own, and the readers below say what it must hold.
Table = Mapping[str, Any]


def read_table(name: str) -> Table:
    """Parse one file of the sample, for example `halls`."""
    path = resources.files("venue_templates").joinpath("sample", f"{name}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_halls(tables: Sequence[Table]) -> tuple[SampleHall, ...]:
    return tuple(
        SampleHall(
            code=table["code"],
            name=table["name"],
            stage=table.get("stage", {}),
            plan=_read_plan(table) if "section" in table else None,
        )
        for table in tables
    )


def _read_plan(hall: Table) -> HallPlan:
    return lay_out(
        [_read_section(table) for table in hall["section"]], first_id=hall["first_seat_id"]
    )


def _read_section(table: Table) -> SectionLayout:
    kinds = {
        **dict.fromkeys(map(tuple, table.get("wheelchair", ())), WHEELCHAIR),
        **dict.fromkeys(map(tuple, table.get("companion", ())), COMPANION),
    }
    return SectionLayout(
        section=PlanSection(table["code"], table["name"], table["short"], table["level"]),
        rows=_read_rows(table["rows"]),
        first_y_cm=table["first_y_cm"],
        row_pitch_cm=table["row_pitch_cm"],
        seat_pitch_cm=table["seat_pitch_cm"],
        aisle_cm=table["aisle_cm"],
        bend_cm=table["bend_cm"],
        numbering=table["numbering"],
        kinds=kinds,
    )


def _read_rows(tables: Sequence[Table]) -> tuple[RowLayout, ...]:
    rows: list[RowLayout] = []
    for table in tables:
        blocks = tuple(int(count) for count in table["blocks"].split("+"))
        for _ in range(table["count"]):
            rows.append(RowLayout(str(len(rows) + 1), blocks, table["tier"]))
    return tuple(rows)


def read_ticket_types(tables: Sequence[Table]) -> tuple[SampleTicketType, ...]:
    return tuple(
        SampleTicketType(
            code=table["code"],
            name=table["name"],
            note=table["note"],
            percent_bp=table["percent_bp"],
            kinds=tuple(table.get("kinds", ())),
        )
        for table in tables
    )


def read_events(
    tables: Sequence[Table], types: Sequence[SampleTicketType]
) -> tuple[SampleEvent, ...]:
    return tuple(_read_event(table, types) for table in tables)


def _read_event(table: Table, types: Sequence[SampleTicketType]) -> SampleEvent:
    best_value: Mapping[str, list[str]] = table.get("best_value", {})
    return SampleEvent(
        code=table["code"],
        kind=table["kind"],
        art=table["art"],
        title=table["title"],
        genre=table["genre"],
        length=table["length"],
        about=table["about"],
        reserved="doors_before_min" in table,
        doors_before_min=table.get("doors_before_min", 0),
        early_min=table.get("early_min", 0),
        grace_min=table.get("grace_min", 0),
        notes=_read_notes(table),
        prices_minor={
            hall: {
                ticket_type.code: {
                    tier: percent_of(full_minor, ticket_type.percent_bp)
                    for tier, full_minor in prices.items()
                }
                for ticket_type in types
            }
            for hall, prices in table["prices"].items()
        },
        best_value={hall: tuple(tiers) for hall, tiers in best_value.items()},
    )


def _read_notes(table: Table) -> Mapping[str, Localized]:
    notes: Mapping[str, Localized] = table.get("notes", {})
    return notes


def read_holds(tables: Sequence[Table], halls: Sequence[SampleHall]) -> tuple[SampleHold, ...]:
    ids = {
        (hall.code, seat.section, seat.row, seat.number): seat.id
        for hall in halls
        if hall.plan is not None
        for seat in hall.plan.seats
    }
    return tuple(
        SampleHold(
            hall=table["hall"],
            reason=table["reason"],
            name=table["name"],
            seat_ids=tuple(
                ids[table["hall"], section, row, number]
                for section, row, numbers in table["seats"]
                for number in numbers
            ),
        )
        for table in tables
    )
