"""Verbs of admission: decide a scan, note a passage, list what happened."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import resources
from typing import Any

import msgspec

from venue_plugins.admission import domain, wire
from venue_plugins.admission.tables import EntryRow, LaneRow, ScanRow
from venue_suite.context import Questions
from venue_suite.database import Statement, View, Work, param
from venue_suite.database.rows import from_ms, to_json
from venue_suite.domain.errors import BadRequest, NotFound, VenueError
from venue_suite.domain.localized import Localized
from venue_suite.domain.rights import EntryRight
from venue_suite.settings import current_business_day, read_identity
from venue_suite.texts import Texts

CODE_CHARS_MAX = 512
UNKNOWN_CODE = "This code is not known here."
OUTCOMES = ("passed", "timed_out", "unknown")

_texts = Texts.load("venue_suite", "venue_plugins.admission")

_LANE = Statement(
    lambda: LaneRow.select(LaneRow.id, LaneRow.name, LaneRow.state).where(
        LaneRow.code == param("code")
    )
)
_ENTRIES = Statement(
    lambda: EntryRow.select(EntryRow.at, LaneRow.name, EntryRow.number)
    .join(LaneRow)
    .where(EntryRow.right_id == param("right_id"))
    .order_by(EntryRow.number)
)
_ADD_SCAN = Statement(
    lambda: ScanRow.insert(
        at=param("at"),
        lane=param("lane"),
        station=param("station"),
        right_id=param("right_id"),
        result=param("result"),
        code=param("code"),
        answer="{}",
        passage=param("passage"),
    ).returning(ScanRow.id)
)
_SAVE_ANSWER = Statement(
    lambda: ScanRow.update(answer=param("answer")).where(ScanRow.id == param("id"))
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
    lambda: ScanRow.select(ScanRow.passage, ScanRow.answer).where(ScanRow.id == param("id"))
)
_SET_PASSAGE = Statement(
    lambda: ScanRow.update(passage=param("passage"), answer=param("answer")).where(
        (ScanRow.id == param("id")) & (ScanRow.passage == "waiting")
    )
)
_DROP_ENTRY = Statement(lambda: EntryRow.delete().where(EntryRow.scan == param("scan")))


def scan(work: Work, wanted: wire.Scan, questions: Questions) -> wire.Decision:
    """Decide one scan and keep it. A refusal is an answer, not an error.

    Raises:
        NotFound: the lane is unknown.
        BadRequest: the code is empty or longer than 512 characters.
    """
    if not 0 < len(wanted.code) <= CODE_CHARS_MAX:
        raise BadRequest(reason=f"a code has 1 to {CODE_CHARS_MAX} characters")
    lane = work.one(_LANE, code=wanted.lane)
    if lane is None:
        raise NotFound(what="Lane", key=wanted.lane)
    right, refusal = _recognise(work, wanted.code, questions)
    if right is None:
        verdict, number = domain.not_recognised(refusal), 0
    else:
        entries = work.all(_ENTRIES, right_id=right.right_id)
        used = [domain.Entry(from_ms(at), msgspec.json.decode(name)) for at, name, _ in entries]
        verdict = domain.decide(right, used, work.now, read_identity(work).zone)
        number = _free_number([row[2] for row in entries])
    return _keep(work, wanted, lane, right, verdict, number)


def note_passage(work: Work, told: wire.Passed) -> wire.Decision:
    """What the gate saw. Only a time-out gives the right back; the first word counts.

    Raises NotFound, BadRequest.
    """
    if told.outcome not in OUTCOMES:
        raise BadRequest(reason=f"a passage is one of {', '.join(OUTCOMES)}")
    row = work.one(_FIND_SCAN, id=told.scan_id)
    if row is None:
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
    day = current_business_day(view)
    zone = read_identity(view)
    counts: dict[int, int] = {}
    for entry in EntryRow.select(EntryRow.lane, EntryRow.at).order_by(EntryRow.id.desc()):
        local = entry.at.astimezone(zone.zone)
        if local.date().isoformat() < day:
            break
        counts[entry.lane_id] = counts.get(entry.lane_id, 0) + 1
    return [
        wire.Lane(
            id=row.id, code=row.code, name=row.name, state=row.state, inside=counts.get(row.id, 0)
        )
        for row in LaneRow.select().order_by(LaneRow.id)
    ]


def list_scans(view: View, limit: int) -> list[wire.Decision]:
    """The newest scans first."""
    rows = ScanRow.select(ScanRow.answer).order_by(ScanRow.id.desc()).limit(limit)
    return [msgspec.convert(row.answer, wire.Decision) for row in rows]


def find_entries(view: View, right_ids: Sequence[str]) -> Mapping[str, datetime]:
    """When each of these rights was first used."""
    found: dict[str, datetime] = {}
    for right_id in right_ids:
        entries = view.all(_ENTRIES, right_id=right_id)
        if entries:
            found[right_id] = from_ms(entries[0][0])
    return found


def _recognise(
    work: Work, code: str, questions: Questions
) -> tuple[EntryRight | None, Localized]:
    """The right behind a code, or why there is none, in both languages."""
    try:
        right = questions.resolve_medium(work, code)
    except VenueError as error:
        return None, {
            language: _texts.say(error.template, language, **error.params)
            for language in ("zh", "en")
        }
    if right is None:
        return None, {language: _texts.say(UNKNOWN_CODE, language) for language in ("zh", "en")}
    return right, {}


def _free_number(used: Sequence[int]) -> int:
    number = 1
    while number in used:
        number += 1
    return number


def _keep(
    work: Work,
    wanted: wire.Scan,
    lane: tuple[Any, ...],
    right: EntryRight | None,
    verdict: domain.Verdict,
    number: int,
) -> wire.Decision:
    allowed = verdict.result == domain.ALLOWED
    passage = "" if not allowed else "passed" if wanted.commit else "waiting"
    right_id = right.right_id if right else ""
    key = work.insert(
        _ADD_SCAN,
        at=work.now_ms,
        lane=lane[0],
        station=work.actor.station or work.actor.code,
        right_id=right_id,
        result=verdict.result,
        code=verdict.code,
        passage=passage,
    )
    if allowed:
        work.run(
            _ADD_ENTRY, right_id=right_id, number=number, scan=key, lane=lane[0], at=work.now_ms
        )
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
    work.run(_SAVE_ANSWER, id=key, answer=to_json(decision))
    work.record("admission.scanned", f"lane/{wanted.lane}", **msgspec.to_builtins(decision))
    return decision


def store_sample_lanes() -> None:
    """The lanes of the sample venue."""
    data = resources.files("venue_templates").joinpath("sample", "venue.toml").read_text("utf-8")
    for lane in tomllib.loads(data)["lane"]:
        LaneRow.create(code=lane["code"], name=lane["name"], state="open")
