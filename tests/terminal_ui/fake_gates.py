"""Admission and reports of the fake venue."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from venue_plugins.admission.wire import Decision, Lane, Scan
from venue_plugins.reports.wire import DayReport, TenderLine, TypeLine

from tests.terminal_ui.fake_data import DAY, NOW
from tests.terminal_ui.fake_venue import FakeVenue
from venue_suite.paging import Page


class FakeGates:
    """Two lanes; a code is let in once. Adds its routes to a fake venue."""

    def __init__(self, venue: FakeVenue) -> None:
        self.decisions: list[Decision] = []
        self._venue = venue
        venue.answers["/admission/lanes"] = lambda _: self.lanes()
        venue.answers["/admission/scans"] = lambda _: Page(items=list(reversed(self.decisions)))
        venue.posts["/admission/scans"] = self.scan

    def lanes(self) -> list[Lane]:
        names = (("1", "正门A", "Front A"), ("2", "正门B", "Front B"))
        return [
            Lane(
                id=number,
                code=code,
                name={"zh": zh, "en": en},
                state="open",
                inside=sum(d.lane == code and d.result == "allowed" for d in self.decisions),
            )
            for number, (code, zh, en) in enumerate(names, start=1)
        ]

    def scan(self, body: bytes) -> Decision:
        wanted = msgspec.json.decode(body, type=Scan)
        first = next(
            (d for d in self.decisions if d.right_id == wanted.code and d.result == "allowed"), None
        )
        known = wanted.code.startswith("VS1")
        reason = {"zh": "此票已使用", "en": "This ticket was already used"}
        if not known:
            reason = {"zh": "无法识别", "en": "This code is not known here"}
        allowed = known and first is None
        decision = Decision(
            scan_id=len(self.decisions) + 1,
            at=NOW + timedelta(minutes=len(self.decisions)),
            lane=wanted.lane,
            result="allowed" if allowed else "refused",
            code="" if allowed else "A-01" if known else "A-09",
            reason={} if allowed else reason,
            advice={},
            title={"zh": "话剧《雨夜来信》", "en": "A Letter on a Rainy Night"} if known else {},
            detail={"zh": "1层 7排 1座 成人", "en": "Stalls row 7 seat 1, Adult"} if known else {},
            right_id=wanted.code,
            admits_left=0,
            first_at=first.at if first else None,
            first_lane={"zh": "正门A", "en": "Front A"} if first else {},
            passage="passed" if allowed and wanted.commit else "",
        )
        self.decisions.append(decision)
        self._venue.tell(
            "admission.scanned", f"lane/{wanted.lane}", **msgspec.to_builtins(decision)
        )
        return decision


def make_report(day: str = DAY, *, agrees: bool = True) -> DayReport:
    """A day of three types and two tenders, 1,120.00 in all."""
    return DayReport(
        day=day,
        currency="CNY",
        types=[
            TypeLine(
                code="adult",
                name={"zh": "成人", "en": "Adult"},
                tickets=3,
                amount_minor=84000,
                share_percent=75.0,
            ),
            TypeLine(
                code="child",
                name={"zh": "儿童", "en": "Child"},
                tickets=2,
                amount_minor=27900,
                share_percent=24.9,
            ),
            TypeLine(
                code="guest",
                name={"zh": "赠票", "en": "Guest"},
                tickets=1,
                amount_minor=100,
                share_percent=0.1,
            ),
        ],
        tenders=[
            TenderLine(
                tender="cash", name={"zh": "现金", "en": "Cash"}, payments=2, amount_minor=56000
            ),
            TenderLine(
                tender="qr", name={"zh": "扫码", "en": "QR"}, payments=1, amount_minor=56000
            ),
        ],
        tickets=6,
        revenue_minor=108700,
        tax_minor=3300,
        total_minor=112000,
        agrees=agrees,
        difference_minor=0 if agrees else -12000,
        hours={"17": 28000, "18": 84000},
        as_of=NOW,
    )
