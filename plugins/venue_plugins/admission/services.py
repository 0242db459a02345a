"""Verbs of admission: decide a scan, note a passage, list what happened."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import resources
from typing import NamedTuple

import msgspec
from peewee import JOIN, fn

from venue_plugins.admission import domain, wire
from venue_plugins.admission.tables import EntryRow, LaneRow, ScanRow
from venue_suite.context import Questions
from venue_suite.database import Statement, View, Work, param
from venue_suite.database.rows import from_ms, to_json, to_ms
from venue_suite.domain.business_day import business_day
from venue_suite.domain.errors import BadRequest, NotFound, VenueError
from venue_suite.domain.localized import Localized
from venue_suite.domain.rights import EntryRight
from venue_suite.settings import read_identity
from venue_suite.texts import N_, Texts

CODE_CHARS_MAX = 512
NEWEST = 2**63 - 1
UNKNOWN_CODE = N_("This code is not known here.")
LANGUAGES = ("zh", "en")  # a gate's display shows both at once
OPEN = "open"
OUTCOMES = ("passed", "timed_out", "unknown")

_texts = Texts.load("venue_suite", "venue_plugins.admission")

_LANE = Statement(
    lambda: LaneRow.select(LaneRow.id, LaneRow.state).where(LaneRow.code == param("code"))
)
# Oldest first: after a time-out a low number may be newer than a high one.
_ENTRIES = Statement(
    lambda: (
        EntryRow.select(EntryRow.at, LaneRow.name, EntryRow.number)
        .join(LaneRow)
        .where(EntryRow.right_id == param("right_id"))
        .order_by(EntryRow.at, EntryRow.id)
    )
)
_NEXT_SCAN = Statement(lambda: ScanRow.select(fn.COALESCE(fn.MAX(ScanRow.id), 0) + 1))
_ADD_SCAN = Statement(
    lambda: ScanRow.insert(
        id=param("id"),
        at=param("at"),
        lane=param("lane"),
        station=param("station"),
        right_id=param("right_id"),
        result=param("result"),
        code=param("code"),
        answer=param("answer"),
        passage=param("passage"),
    )
)
_ADD_ENTRY = Statement(
    lambda: EntryRow.insert(
        right_id=param("right_id"),
        number=param("number"),
        scan=param("scan"),
        lane=param("lane"),
        at=param("at"),
    )
)
_FIND_SCAN = Statement(
    lambda: ScanRow.select(ScanRow.passage, ScanRow.answer, ScanRow.station).where(
        ScanRow.id == param("id")
    )
)
_SET_PASSAGE = Statement(
    lambda: ScanRow.update(passage=param("passage"), answer=param("answer")).where(
        (ScanRow.id == param("id")) & (ScanRow.passage == "waiting")
    )
)
_DROP_ENTRY = Statement(lambda: EntryRow.delete().where(EntryRow.scan == param("scan")))
_LANES_WITH_COUNTS = Statement(
    lambda: (
        LaneRow.select(LaneRow.id, LaneRow.code, LaneRow.name, LaneRow.state, fn.COUNT(EntryRow.id))
        .join(
            EntryRow,
            JOIN.LEFT_OUTER,
            on=(EntryRow.lane == LaneRow.id) & (EntryRow.at >= param("since")),
        )
        .group_by(LaneRow.id, LaneRow.code, LaneRow.name, LaneRow.state)
        .order_by(LaneRow.id)
    )
)


class _Lane(NamedTuple):
    """A lane as a scan needs it."""

    key: int
    state: str


def scan(work: Work, wanted: wire.Scan, questions: Questions) -> wire.Decision:
    """Decide one scan and keep it. A refusal is an answer, not an error.

    Raises:
        NotFound: the lane is unknown.
        BadRequest: the code is empty or longer than 512 characters.
    """
    if not 0 < len(wanted.code) <= CODE_CHARS_MAX:
        raise BadRequest(reason=f"a code has 1 to {CODE_CHARS_MAX} characters")
    row = work.one(_LANE, code=wanted.lane)
    if row is None:
        raise NotFound(what="Lane", key=wanted.lane[:CODE_CHARS_MAX])
    lane = _Lane(*row)
    if lane.state != OPEN:
        return _keep(work, wanted, lane, None, domain.lane_closed())
    right, refusal = _recognise(work, wanted.code, questions)
    if right is None:
        return _keep(work, wanted, lane, None, domain.not_recognised(refusal))
    entries = work.all(_ENTRIES, right_id=right.right_id)
    used = [domain.Entry(from_ms(at), msgspec.json.decode(name)) for at, name, _ in entries]
    verdict = domain.decide(right, used, work.now, read_identity(work).zone)
    numbers = [number for _, _, number in entries]
    return _keep(work, wanted, lane, right, verdict, numbers)


def note_passage(work: Work, told: wire.Passed) -> wire.Decision:
    """What the gate saw. Only a time-out gives the right back; the first word counts.

    Raises:
        NotFound: there is no such scan, or another station made it: only the gate that let
            somebody in can say that nobody came.
        BadRequest: the outcome is no word of a gate.
    """
    if told.outcome not in OUTCOMES:
        raise BadRequest(reason=f"a passage is one of {', '.join(OUTCOMES)}")
    row = work.one(_FIND_SCAN, id=told.scan_id)
    if row is None or row[2] != _place(work):
        raise NotFound(what="Scan", key=told.scan_id)
    decision = msgspec.json.decode(row[1], type=wire.Decision)
    if row[0] != "waiting":
        return decision
    decision = msgspec.structs.replace(decision, passage=told.outcome)
    work.run(_SET_PASSAGE, id=told.scan_id, passage=told.outcome, answer=to_json(decision))
    if told.outcome == "timed_out":
        work.run(_DROP_ENTRY, scan=told.scan_id)
    work.record("admission.passed", f"lane/{decision.lane}", **msgspec.to_builtins(decision))
    return decision


def list_lanes(view: View) -> list[wire.Lane]:
    """All lanes with how many people came in through them on this business day."""
    identity = read_identity(view)
    day = business_day(view.now, identity.zone, identity.day_cut_off_hour)
    since = domain.day_start(day, identity.day_cut_off_hour, identity.zone)
    return [
        wire.Lane(id=key, code=code, name=msgspec.json.decode(name), state=state, inside=count)
        for key, code, name, state, count in view.all(_LANES_WITH_COUNTS, since=to_ms(since))
    ]


def list_scans(view: View, limit: int, below: int = NEWEST) -> list[wire.Decision]:
    """The newest scans first, of those with an id `below` that."""
    rows = ScanRow.select(ScanRow.answer).where(ScanRow.id < below)
    rows = rows.order_by(ScanRow.id.desc()).limit(limit)
    return [msgspec.convert(row.answer, wire.Decision) for row in rows]


def find_entries(view: View, right_ids: Sequence[str]) -> Mapping[str, datetime]:
    """When each of these rights was first used."""
    found: dict[str, datetime] = {}
    for right_id in right_ids:
        entries = view.all(_ENTRIES, right_id=right_id)
        if entries:
            found[right_id] = from_ms(entries[0][0])
    return found


def _recognise(work: Work, code: str, questions: Questions) -> tuple[EntryRight | None, Localized]:
    """The right behind a code, or why there is none, in both languages."""
    try:
        right = questions.resolve_medium(work, code)
    except VenueError as error:
        template, params = error.template, error.params
        return None, {one: _texts.say_refusal(template, params, one) for one in LANGUAGES}
    if right is None:
        return None, {one: _texts.say(UNKNOWN_CODE, one) for one in LANGUAGES}
    return right, {}


def _place(work: Work) -> str:
    """Where a scan is made, as it is kept: the station, or who carries a handheld."""
    return work.actor.station or work.actor.code


def _keep(
    work: Work,
    wanted: wire.Scan,
    lane: _Lane,
    right: EntryRight | None,
    verdict: domain.Verdict,
    used_numbers: Sequence[int] = (),
) -> wire.Decision:
    """Write a scan down, and the entry if there is one."""
    allowed = verdict.result == domain.ALLOWED
    passage = "" if not allowed else "passed" if wanted.commit else "waiting"
    right_id = right.right_id if right else ""
    key: int = work.value(_NEXT_SCAN)
    decision = wire.Decision(
        scan_id=key,
        at=work.now,
        lane=wanted.lane,
        result=verdict.result,
        code=verdict.code,
        reason=verdict.reason,
        advice=verdict.advice,
        title=right.title if right else {},
        detail=right.detail if right else {},
        right_id=right_id,
        admits_left=verdict.admits_left,
        first_at=verdict.first.at if verdict.first else None,
        first_lane=verdict.first.lane if verdict.first else {},
        passage=passage,
    )
    work.put(
        _ADD_SCAN,
        id=key,
        at=work.now_ms,
        lane=lane.key,
        station=_place(work),
        right_id=right_id,
        result=verdict.result,
        code=verdict.code,
        answer=to_json(decision),
        passage=passage,
    )
    if allowed and right is not None:
        number = domain.free_number(used_numbers, right.admits)
        work.put(
            _ADD_ENTRY, right_id=right_id, number=number, scan=key, lane=lane.key, at=work.now_ms
        )
    work.record("admission.scanned", f"lane/{wanted.lane}", **msgspec.to_builtins(decision))
    return decision


def store_sample_lanes() -> None:
    """The lanes of the sample venue."""
    data = resources.files("venue_templates").joinpath("sample", "venue.toml").read_text("utf-8")
    for lane in tomllib.loads(data)["lane"]:
        LaneRow.create(code=lane["code"], name=lane["name"], state=OPEN)
