"""Whether somebody may enter: one pure function, and its answer in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo

from venue_suite.domain.localized import Localized
from venue_suite.domain.rights import EntryRight
from venue_suite.wording import format_date, format_time

ALLOWED = "allowed"
REFUSED = "refused"

# Codes that staff find in the documents.
ALREADY_IN = "A-01"
TOO_EARLY = "A-02"
OVER = "A-03"
OTHER_LANE = "A-05"
NOT_VALID = "A-06"
NOT_RECOGNISED = "A-09"


@dataclass(frozen=True, slots=True)
class Entry:
    """One use of a right. `lane` is the lane's name."""

    at: datetime
    lane: Localized


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a scan: result, code, and sentences for the visitor."""

    result: str
    code: str = ""
    reason: Localized = field(default_factory=dict)
    advice: Localized = field(default_factory=dict)
    admits_left: int = 0
    first: Entry | None = None


_ASK = {"zh": "如有疑问，请联系工作人员。", "en": "Please ask a member of staff."}
_OTHER_LANE = {"zh": "请走其他通道。", "en": "Please use another lane."}
_WELCOME = {"zh": "欢迎入场", "en": "Welcome"}
_NOT_VALID = {
    "refunded": {"zh": "这张票已退票", "en": "This ticket was refunded"},
    "reprinted": {
        "zh": "这张票已补打，请用新票",
        "en": "This ticket was reprinted: use the new one",
    },
    "blocked": {"zh": "这张票已停用", "en": "This ticket is blocked"},
    "unpaid": {"zh": "这张票还没有付款", "en": "This ticket is not paid"},
}


def decide(right: EntryRight, used: Sequence[Entry], now: datetime, zone: tzinfo) -> Verdict:
    """Decide one scan of a recognised right.

    Args:
        right: what the code stands for.
        used: its uses so far, oldest first; passages that timed out are not among them.
        now: aware time of the scan.
        zone: the venue's, for the words.

    The order of the rules: state of the right, already used, too early, over.
    """
    if right.state != "valid":
        reason = _NOT_VALID.get(right.state, _NOT_VALID["blocked"])
        return Verdict(REFUSED, NOT_VALID, reason, _ASK)
    if len(used) >= right.admits:
        first = used[0]
        moment = _moment(first.at, now, zone)
        return Verdict(
            REFUSED,
            ALREADY_IN,
            {
                "zh": f"此票已于 {moment['zh']} 从{first.lane.get('zh', '')}入场",
                "en": f"Already used {moment['en']} at {first.lane.get('en', '')}",
            },
            _ASK,
            first=first,
        )
    if now < right.valid_from:
        moment = _moment(right.valid_from, now, zone)
        return Verdict(
            REFUSED,
            TOO_EARLY,
            {"zh": f"还未开始入场，{moment['zh']} 开门", "en": f"Doors open {moment['en']}"},
            {"zh": "请稍后再来。", "en": "Please come back then."},
        )
    if now >= right.valid_until:
        moment = _moment(right.valid_until, now, zone)
        return Verdict(
            REFUSED,
            OVER,
            {"zh": f"此票已于 {moment['zh']} 过期", "en": f"This ticket ended {moment['en']}"},
            _ASK,
        )
    return Verdict(
        ALLOWED,
        reason=_WELCOME,
        admits_left=right.admits - len(used) - 1,
        first=used[0] if used else None,
    )


def lane_closed() -> Verdict:
    """The answer at a lane that lets nobody in, whatever is shown there."""
    reason = {"zh": "本通道已关闭", "en": "This lane is closed"}
    return Verdict(REFUSED, OTHER_LANE, reason, _OTHER_LANE)


def free_number(used: Sequence[int], admits: int) -> int:
    """The lowest number from 1 to `admits` that no use of a right has; a time-out leaves a gap.

    Raises:
        ValueError: there is none.
    """
    return min(set(range(1, admits + 1)) - set(used))


def day_start(day: date, cut_off_hour: int, zone: tzinfo) -> datetime:
    """When a business day begins, aware."""
    return datetime.combine(day, time(cut_off_hour), zone)


def not_recognised(reason: Localized) -> Verdict:
    """The answer to a code that stands for nothing here."""
    return Verdict(REFUSED, NOT_RECOGNISED, reason, _ASK)


def _moment(moment: datetime, now: datetime, zone: tzinfo) -> Localized:
    """`14:02`, and the day too unless it is today: `on Sat 28 Nov at 14:02`."""
    clock = format_time(moment, zone)
    day, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    if day == today:
        return {"zh": clock, "en": f"at {clock}"}
    with_year = day.year != today.year
    return {
        "zh": f"{format_date(day, 'zh', with_year=with_year)} {clock}",
        "en": f"on {format_date(day, 'en', with_year=with_year)} at {clock}",
    }
