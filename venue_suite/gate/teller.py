"""What a gate tells the outside: a log line for each result, and lines of JSON for programs."""

from __future__ import annotations

import contextlib
import logging
import queue
import sys
import threading
from collections.abc import Mapping
from typing import TextIO

import msgspec

from venue_suite.domain.localized import localized
from venue_suite.gate.events import Answer
from venue_suite.ports import Passage

EVENTS_VARIABLE = "VENUE_GATE_EVENTS"
LINES_WAITING_MAX = 1000
STOP_TIMEOUT_S = 1.0

logger = logging.getLogger(__name__)


class EventLines:
    """Writes one JSON object a line, from a thread: a reader that stalls must not stop a gate."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._lines: queue.Queue[str | None] = queue.Queue(LINES_WAITING_MAX)
        self._thread = threading.Thread(target=self._run, name="gate-events", daemon=True)
        self._thread.start()

    def write(self, event: str, **values: object) -> None:
        """Queue one line; what nobody reads is left out."""
        line = msgspec.json.encode({"event": event, **values}).decode()
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(line)

    def stop(self) -> None:
        """Write what waits, and end."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(None)
        self._thread.join(STOP_TIMEOUT_S)

    def _run(self) -> None:
        # A reader that went away ends the lines, not the gate.
        with contextlib.suppress(OSError, ValueError):
            while (line := self._lines.get()) is not None:
                self._out.write(line + "\n")
                self._out.flush()


class Teller:
    """Says what happens at one lane.

    Args:
        lane: code of the lane.
        language: of the log.
        lines: where programs read; None if none does.

    Attributes:
        last_decision: what the last visitor was told.
    """

    def __init__(self, lane: str, language: str, lines: EventLines | None) -> None:
        self._lane = lane
        self._language = language
        self._lines = lines
        self.last_decision: Mapping[str, object] = {}

    def ready(self, server: str, devices: list[str]) -> None:
        logger.info("ready", extra={"lane": self._lane, "server": server})
        self._write("ready", lane=self._lane, server=server, devices=devices)

    def decision(self, answer: Answer, latency_ms: float) -> None:
        """`latency_ms`: from the code to the relay, or to the refusal."""
        self.last_decision = {
            "result": answer.result,
            "code": answer.code,
            "reason": answer.reason,
            "scan_id": answer.scan_id,
            "latency_ms": round(latency_ms, 1),
        }
        said = localized(answer.reason, self._language)
        logger.info("decision", extra={"lane": self._lane} | self.last_decision | {"reason": said})
        self._write("decision", **self.last_decision)

    def passage(self, scan_id: int, outcome: Passage) -> None:
        logger.info(
            "passage",
            extra={"lane": self._lane, "scan_id": scan_id, "outcome": outcome.value},
        )
        self._write("passage", scan_id=scan_id, outcome=outcome.value)

    def device(self, name: str, *, is_ready: bool, reason: str) -> None:
        """A device became ready, or ceased to be."""
        log = logger.info if is_ready else logger.warning
        log("device", extra={"device": name, "ready": is_ready, "reason": reason})
        self._write("device", name=name, ready=is_ready, reason=reason)

    def state(self, state: str, *, is_online: bool) -> None:
        """The lane went on or off line, or into an emergency or out of it."""
        log = logger.info if state == "waiting" else logger.warning
        log("lane state", extra={"lane": self._lane, "state": state, "online": is_online})
        self._write("state", state=state, online=is_online)

    def stop(self) -> None:
        if self._lines is not None:
            self._lines.stop()

    def _write(self, event: str, **values: object) -> None:
        if self._lines is not None:
            self._lines.write(event, **values)
