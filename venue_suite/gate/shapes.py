"""What the gate reads of the admission API's answers, and no more.

The gate knows no plugin: these are its own shapes, and a test holds them against the plugin's.
"""

from __future__ import annotations

import msgspec

from venue_suite.domain.localized import Localized
from venue_suite.gate.events import Answer

SCANS = "/admission/scans"
PASSAGES = "/admission/passages"
LANES = "/admission/lanes"
PERMISSION = "admission.scan"


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    lane: str
    code: str


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    scan_id: int
    outcome: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    scan_id: int
    result: str
    code: str
    reason: Localized
    admits_left: int

    def to_answer(self) -> Answer:
        return Answer(self.result, self.code, self.reason, self.scan_id, self.admits_left)


class LaneRow(msgspec.Struct, frozen=True, kw_only=True):
    code: str
